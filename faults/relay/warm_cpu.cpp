// SPDX-License-Identifier: BSD-3-Clause
// One thread that spins for the time that an answer takes. The kernel lets it run only where nobody
// else wants to, and gives its CPU to whoever is woken.
#include "faults/relay/warm_cpu.hpp"

#include <pthread.h>
#include <sched.h>

#include "targets/line/control.hpp"

namespace gauntlet {
namespace {

// A datagram of a conversation comes some 80 us after the one before. Longer costs the slowest more
// than it gains the others.
constexpr std::int64_t kSpin = 100'000;

}  // namespace

WarmCpu::WarmCpu() : thread_([this] { run(); }) {}

WarmCpu::~WarmCpu() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    over_ = true;
  }
  told_.notify_one();
  thread_.join();
}

void WarmCpu::keep(std::int64_t now_ns) {
  until_ = now_ns + kSpin;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (asleep_) told_.notify_one();
}

void WarmCpu::run() {
  const sched_param none{};
  // Without it we would take the CPU from those who talk.
  if (pthread_setschedparam(pthread_self(), SCHED_IDLE, &none) != 0) return;
  std::unique_lock<std::mutex> lock(mutex_);
  while (!over_) {
    lock.unlock();
    while (now_ns() < until_) __builtin_ia32_pause();
    lock.lock();
    asleep_ = true;
    told_.wait(lock, [this] { return over_ || now_ns() < until_; });
    asleep_ = false;
  }
}

}  // namespace gauntlet
