// SPDX-License-Identifier: BSD-3-Clause
// What counts is the CPU time of the thread: a busy machine does not make a call look hung.
#include "targets/peer/stepping/hang_watch.hpp"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <ctime>
#include <system_error>

namespace gauntlet {
namespace {

// Of the last looks: at the first one, a call that will spin may not have come to its loop yet.
constexpr std::size_t kPlaces = 3;
constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t cpu_ns_of_thread() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// What the signal handler must reach; C hands it nothing of ours.
struct Watch {
  sigjmp_buf way_out;
  timer_t timer;
  HangLimit most;
  std::int64_t enough_at_ns;
  const std::atomic<unsigned>* made;
  unsigned made_before;
  unsigned looks_without;
  std::array<std::uintptr_t, kPlaces> where;
  std::atomic<bool> over;  // A signal may still come when the call is over, or its timer is gone.
};
Watch watch;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void ring_in(std::int64_t ns) {
  const itimerspec at{{0, 0}, {ns / kSecond, ns % kSecond}};
  timer_settime(watch.timer, 0, &at, nullptr);
}

// CPU clocks ring at the kernel's next tick, which is milliseconds away: so a clock that rings in
// time, and a look at what has been used until then.
void look(int /*signal*/, siginfo_t* /*info*/, void* context) {
  if (watch.over) return;
  // Never in less than the budget: signal after signal, the call itself would get nowhere.
  if (cpu_ns_of_thread() < watch.enough_at_ns) {
    ring_in(watch.most.cpu_ns);
    return;
  }
  // A hypervisor that takes the CPU away may be counted as our own use of it: one look proves
  // nothing.
  if (watch.made_before == *watch.made) {
    watch.where.at(watch.looks_without % kPlaces) = static_cast<std::uintptr_t>(
        static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
    if (++watch.looks_without >= watch.most.looks) siglongjmp(watch.way_out, 1);
  } else {
    watch.looks_without = 0;
    watch.made_before = *watch.made;
  }
  watch.enough_at_ns = cpu_ns_of_thread() + watch.most.cpu_ns;
  ring_in(watch.most.cpu_ns);
}

}  // namespace

std::vector<std::uintptr_t> run_or_give_up(const HangLimit& limit,
                                           const std::atomic<unsigned>& progress,
                                           const std::function<void()>& call) {
  const int signal = SIGRTMIN + 3;
  struct sigaction action = {};
  action.sa_sigaction = look;
  action.sa_flags = SA_SIGINFO;
  sigaction(signal, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  if (timer_create(CLOCK_MONOTONIC, &event, &watch.timer) != 0) {
    throw std::system_error(errno, std::generic_category(), "timer_create");
  }
  volatile bool gave_up = true;  // Survives the jump.
  watch.over = false;
  if (sigsetjmp(watch.way_out, 1) == 0) {
    watch.most = limit;
    watch.made = &progress;
    watch.made_before = progress;
    watch.looks_without = 0;
    watch.enough_at_ns = cpu_ns_of_thread() + limit.cpu_ns;
    ring_in(limit.cpu_ns);
    call();
    gave_up = false;
  }
  watch.over = true;
  timer_delete(watch.timer);
  if (!gave_up) return {};
  return {watch.where.begin(), watch.where.end()};
}

}  // namespace gauntlet
