// SPDX-License-Identifier: BSD-3-Clause
// The warden hangs on a pipe to the engine: however that ends, it learns of it.
#include "warden.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>

#include "control.hpp"

namespace gauntlet {
namespace {

void close_all_but(int kept) {
  const auto fd = static_cast<unsigned>(kept);
  syscall(SYS_close_range, STDERR_FILENO + 1U, fd - 1, 0);
  syscall(SYS_close_range, fd + 1, ~0U, 0);
}

[[noreturn]] void watch(int pipe) {
  prctl(PR_SET_NAME, "relay-warden");
  setsid();  // Ctrl-C and a closed terminal end the engine; who cleans up after it goes on.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  Taken taken;
  Lines lines;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t size = read(pipe, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    lines.feed(chunk.data(), static_cast<std::size_t>(size),
               [&taken](const std::string& line) { taken.hear(line); });
  }
  taken.put_all_back();
  _exit(0);
}

}  // namespace

Warden::Warden() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    close_all_but(ends[0]);
    watch(ends[0]);
  }
  close(ends[0]);
  pipe_ = Handle(ends[1]);
}

Warden::~Warden() {
  pipe_.reset();
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

void Warden::note(const std::string& name, const Inode& ours) const {
  std::ostringstream line;
  line << "note " << name << " " << ours.device << " " << ours.number;
  tell(line.str());
}

void Warden::tell(const std::string& line) const {
  const std::string text = line + "\n";
  // A warden that was killed is missed only when we are killed, too.
  if (write(pipe_.get(), text.data(), text.size()) < 0) return;
}

void Taken::hear(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::string name;
  Inode ours;
  words >> what >> name >> ours.device >> ours.number;
  if (what == "forget") {
    places_.erase(name);
  } else {
    places_[name] = ours;
  }
}

void Taken::put_all_back() const {
  for (const auto& [name, ours] : places_) {
    if (ours.there()) {
      put_back(name, ours);
    } else if (!lives(aside_of(name))) {
      unlink(aside_of(name).c_str());  // It was not yet in the place.
    }
  }
}

}  // namespace gauntlet
