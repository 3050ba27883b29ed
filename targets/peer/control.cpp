// SPDX-License-Identifier: BSD-3-Clause
// The line protocol on the inherited socket (design: "targets/: a peer").
#include "control.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

namespace gauntlet {

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void Control::send(Json line) {
  // Two lines must not be stamped in one order and written in the other.
  const std::lock_guard<std::mutex> lock(writing_);
  line["at"] = now_ns();
  // A mangled datagram may hold any bytes in its name: they are shown, never fatal.
  const std::string text = line.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

void Control::event(const char* name, Json facts) {
  facts["event"] = name;
  send(std::move(facts));
}

void Control::read_until_eof(const std::function<void(const std::string&)>& on_line) const {
  std::string pending;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t n = ::read(fd_, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    pending.append(chunk.data(), static_cast<std::size_t>(n));
    std::size_t start = 0;
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', start)) {
      on_line(pending.substr(start, end - start));
      start = end + 1;
    }
    pending.erase(0, start);
  }
}

}  // namespace gauntlet
