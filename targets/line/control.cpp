// SPDX-License-Identifier: BSD-3-Clause
// The line protocol on the inherited socket (design: "targets/: a peer").
#include "targets/line/control.hpp"

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

void Lines::feed(const char* data, std::size_t size,
                 const std::function<void(const std::string&)>& on_line) {
  pending_.append(data, size);
  std::size_t start = 0;
  for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', start)) {
    on_line(pending_.substr(start, end - start));
    start = end + 1;
  }
  pending_.erase(0, start);
}

std::string line_of(Json line) {
  line["at"] = now_ns();
  // A mangled datagram may hold any bytes in its name: they are shown, never fatal.
  return line.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

void Control::send(Json line) {
  // Two lines must not be stamped in one order and written in the other.
  const std::lock_guard<std::mutex> lock(writing_);
  const std::string text = line_of(std::move(line));
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
  Lines lines;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t n = ::read(fd_, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    lines.feed(chunk.data(), static_cast<std::size_t>(n), on_line);
  }
}

}  // namespace gauntlet
