// SPDX-License-Identifier: BSD-3-Clause
// One thread that sleeps in poll(), or until it is told to watch again.
#include "faults/relay/lookout.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "targets/line/failure.hpp"

namespace gauntlet {

Lookout::Lookout(int watched)
    : watched_(watched),
      end_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")),
      thread_([this] { run(); }) {}

Lookout::~Lookout() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    over_ = true;
  }
  eventfd_write(end_.get(), 1);
  told_.notify_one();
  thread_.join();
}

void Lookout::watch(std::shared_ptr<const Handle> bell) {
  const std::lock_guard<std::mutex> lock(mutex_);
  bell_ = std::move(bell);
  rung_ = false;
  if (std::exchange(watching_, true)) return;
  told_.notify_one();
}

void Lookout::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    told_.wait(lock, [this] { return watching_ || over_; });
    if (over_) return;
    lock.unlock();
    std::array<pollfd, 2> until{{{watched_, POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    poll(until.data(), until.size(), -1);  // If it cannot wait, the engine looks itself.
    lock.lock();
    // All under the lock: whoever says watch() now is either rung at, or starts it anew.
    watching_ = false;
    rung_ = true;
    send(bell_->get(), nullptr, 0, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

}  // namespace gauntlet
