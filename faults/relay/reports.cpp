// SPDX-License-Identifier: BSD-3-Clause
// Lines to the owner, as fast as it reads them.
#include "faults/relay/reports.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace gauntlet {
namespace {

// Addresses are made of any bytes, but most are made of plain ones.
std::string quoted(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char each) {
    return each >= ' ' && each <= '~' && each != '"' && each != '\\';
  });
  if (plain) return '"' + text + '"';
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

void put_hex(const Bytes& bytes, std::string& text) {
  static const char digits[] = "0123456789abcdef";
  std::size_t at = text.size();
  text.resize(at + 2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text[at++] = digits[byte >> 4U];
    text[at++] = digits[byte & 0xfU];
  }
}

}  // namespace

void Reports::add(std::int64_t at, const Datagram& datagram, const std::string& to,
                  const Decision& decision) {
  text_ += R"({"event":"datagram","at":)" + std::to_string(at);
  text_ += R"(,"action":")";
  text_ += name_of(decision.action);
  text_ += R"(","rule":)" + (decision.rule ? std::to_string(*decision.rule) : "null");
  text_ += R"(,"to":)" + quoted(to) + R"(,"from":)" + quoted(datagram.from);
  text_ += R"(,"fds":)" + std::to_string(datagram.fds.size()) + R"(,"data":")";
  put_hex(datagram.bytes, text_);
  text_ += "\"}\n";
}

void Reports::flush() {
  while (!text_.empty()) {
    const ssize_t sent = send(fd_, text_.data(), text_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) {
      text_.clear();
      return;
    }
    text_.erase(0, static_cast<std::size_t>(sent));
  }
}

void Reports::flush_all() {
  for (flush(); waiting(); flush()) {
    pollfd owner{fd_, POLLOUT, 0};
    poll(&owner, 1, -1);
  }
}

}  // namespace gauntlet
