// SPDX-License-Identifier: BSD-3-Clause
// The undo process hangs on a pipe to the engine: however that ends, it learns of it.
#include "faults/relay/undo.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>

#include "targets/line/control.hpp"
#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

void close_all_but(int kept) {
  const auto fd = static_cast<unsigned>(kept);
  // Else it would hold the engine's control socket open: the end of either would not be noticed.
  const bool closed =
      (fd == STDERR_FILENO + 1U || syscall(SYS_close_range, STDERR_FILENO + 1U, fd - 1, 0) == 0) &&
      syscall(SYS_close_range, fd + 1, ~0U, 0) == 0;
  if (!closed) _exit(1);  // The engine learns of it by the pipe.
}

[[noreturn]] void watch(int pipe) {
  prctl(PR_SET_NAME, "relay-undo");
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

UndoProcess::UndoProcess() {
  std::array<int, 2> ends{};
  checked(pipe2(ends.data(), O_CLOEXEC), "pipe to the undo process");
  Handle theirs(ends[0]);
  pipe_ = Handle(ends[1]);
  pid_ = checked(fork(), "fork of the undo process");
  if (pid_ == 0) {
    close_all_but(ends[0]);
    watch(ends[0]);
  }
}

UndoProcess::~UndoProcess() {
  pipe_.reset();
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

void UndoProcess::expect(const std::string& name) const {
  if (!tell("expect " + name)) throw Failure("the undo process is gone", errno);
}

void UndoProcess::note(const std::string& name, const Inode& ours) const {
  std::ostringstream line;
  line << "note " << name << " " << ours.device << " " << ours.number;
  // One that was killed meanwhile is missed only when we are killed, too.
  (void)tell(line.str());
}

bool UndoProcess::tell(const std::string& line) const {
  const std::string text = line + "\n";
  ssize_t written = -1;
  do {
    written = write(pipe_.get(), text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  return written >= 0;
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
