// SPDX-License-Identifier: BSD-3-Clause
// What the engine waits for: descriptors, each with the events that are wanted of it. Throws
// Failure.
#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>

#include "targets/line/failure.hpp"
#include "targets/line/handle.hpp"

namespace gauntlet {

class Watch {
 public:
  // Waits for these events of `fd` from now on; for none of them: before it is closed.
  void want(int fd, std::uint32_t events) {
    const auto before = wanted_.find(fd);
    if (events == 0) {
      if (before == wanted_.end()) return;
      checked(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr), "epoll_ctl");
      wanted_.erase(before);
      return;
    }
    if (before != wanted_.end() && before->second == events) return;
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    const int how = before == wanted_.end() ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    checked(epoll_ctl(epoll_.get(), how, fd, &event), "epoll_ctl");
    wanted_[fd] = events;
  }

  // Waits until there are some; what more than kMost have is seen by the next wait.
  void wait() { look(-1); }

  // Sees those that there are now.
  void look() { look(0); }

  // Readable when a wait would end at once.
  [[nodiscard]] int fd() const { return epoll_.get(); }

  // The events of a descriptor that the last wait has seen.
  [[nodiscard]] std::uint32_t seen(int fd) const {
    for (std::size_t n = 0; n < count_; ++n) {
      if (seen_.at(n).data.fd == fd) return seen_.at(n).events;
    }
    return 0;
  }

 private:
  static constexpr int kMost = 32;

  void look(int timeout_ms) {
    const int count = epoll_wait(epoll_.get(), seen_.data(), kMost, timeout_ms);
    if (count < 0 && errno != EINTR) throw Failure("epoll_wait", errno);
    count_ = static_cast<std::size_t>(std::max(count, 0));
  }

  Handle epoll_{checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  std::map<int, std::uint32_t> wanted_;
  std::array<epoll_event, kMost> seen_{};
  std::size_t count_ = 0;
};

}  // namespace gauntlet
