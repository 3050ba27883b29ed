// SPDX-License-Identifier: BSD-3-Clause
// One thread that spins for the time that an answer takes. The kernel lets it run only where nobody
// else wants to, and gives its CPU to whoever is woken.
#include "faults/relay/warm_cpu.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>

#include "targets/line/control.hpp"
#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

// A datagram of a conversation comes some 80 us after the one before. Longer costs the slowest more
// than it gains the others.
constexpr std::int64_t kSpin = 100'000;

}  // namespace

WarmCpu::WarmCpu()
    : wake_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")), thread_([this] { run(); }) {}

WarmCpu::~WarmCpu() {
  over_ = true;
  eventfd_write(wake_.get(), 1);
  // To end it needs a CPU, which nobody may leave to it. Where this is refused, that takes longer.
  const sched_param none{};
  pthread_setschedparam(thread_.native_handle(), SCHED_OTHER, &none);
  thread_.join();
}

void WarmCpu::keep(std::int64_t now_ns) {
  until_ = now_ns + kSpin;
  if (asleep_.exchange(false)) eventfd_write(wake_.get(), 1);
}

void WarmCpu::run() {
  const sched_param none{};
  // Without it we would take the CPU from those who talk.
  if (pthread_setschedparam(pthread_self(), SCHED_IDLE, &none) != 0) return;
  while (!over_) {
    while (now_ns() < until_) __builtin_ia32_pause();
    asleep_ = true;
    // Whoever calls keep() after this wakes us; what was asked before is seen here.
    eventfd_t count = 0;
    if (now_ns() >= until_ && !over_) eventfd_read(wake_.get(), &count);
    asleep_ = false;
  }
}

}  // namespace gauntlet
