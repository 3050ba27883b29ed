// SPDX-License-Identifier: BSD-3-Clause
// Lines to the owner, as fast as it reads them.
#include "reports.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace gauntlet {

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
