// SPDX-License-Identifier: BSD-3-Clause
// Replacements of the calls by which threads wait for each other: mutexes, conditions, threads.
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "faults/schedule/turns.hpp"

// The names here are glibc's: its own functions, and those that this file replaces.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)

namespace gauntlet::schedule {
namespace {

// Whether somebody has the mutex who takes no turns, and so gives it back without being let go on.
bool comes_free(const pthread_mutex_t& mutex) {
  const auto& all = world()->threads;
  return std::none_of(all.begin(), all.end(), [&](const auto& one) {
    return one.process == view().me && one.tid == mutex.__data.__owner &&
           one.state != State::kFree && one.state != State::kEnded;
  });
}

void lock_in_turn(pthread_mutex_t* mutex, int& ret) {
  static auto* const try_lock = next<decltype(pthread_mutex_trylock)>("pthread_mutex_trylock");
  static auto* const real = next<decltype(pthread_mutex_lock)>("pthread_mutex_lock");
  while (on()) {
    bool free_soon = false;
    {
      const Lock lock(*world());
      ret = try_lock(mutex);
      if (ret != EBUSY) return;
      free_soon = comes_free(*mutex);
      if (!free_soon) {
        self()->key = key_of(mutex);
        arrive(*world(), *self(), State::kLock, "pthread_mutex_lock");
      }
    }
    if (free_soon) {
      sched_yield();
    } else {
      park(*self());
    }
  }
  ret = real(mutex);
}

int unlock(pthread_mutex_t* mutex) {
  static auto* const real = next<decltype(pthread_mutex_unlock)>("pthread_mutex_unlock");
  if (!on()) return real(mutex);
  const Lock lock(*world());
  const int ret = real(mutex);
  unlocked(*world(), key_of(mutex));
  decide(*world());
  return ret;
}

// deadline: 0: none. ETIMEDOUT where that came first.
int wait_in_turn(pthread_cond_t* condition, pthread_mutex_t* mutex, std::uint64_t deadline) {
  static auto* const real_unlock = next<decltype(pthread_mutex_unlock)>("pthread_mutex_unlock");
  Thread& thread = *self();
  {
    const Lock lock(*world());
    real_unlock(mutex);
    unlocked(*world(), key_of(mutex));
    thread.key = key_of(condition);
    thread.deadline = deadline;
    thread.timed_out = 0;
    arrive(*world(), thread, State::kCondition, "pthread_cond_wait");
  }
  park(thread);
  thread.deadline = 0;
  int ret = 0;
  lock_in_turn(mutex, ret);
  return thread.timed_out != 0 ? ETIMEDOUT : ret;
}

void signalled(pthread_cond_t* condition, bool all) {
  if (!on()) return;
  const Lock lock(*world());
  for (auto& one : world()->threads) {
    if (one.state != State::kCondition || one.key != key_of(condition) || one.process != view().me)
      continue;
    one.state = State::kReady;
    if (!all) break;
  }
  decide(*world());
}

// What a new thread runs, and which it is.
struct Start {
  void* (*run)(void*);
  void* argument;
  Thread* thread;
};

void* run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  if (start->thread != nullptr) {
    begin(*start->thread);
    bool turns = false;
    {
      const Lock lock(*world());
      turns = on();
      arrive(*world(), *start->thread, State::kReady, "start");
    }
    if (turns) park(*start->thread);
  }
  auto* const what = start->run;
  void* const with = start->argument;
  return what(with);
}

Thread* new_thread() {
  if (!on()) return nullptr;
  const Lock lock(*world());
  auto& process = world()->processes.at(static_cast<std::size_t>(view().me));
  Thread* const thread = add_thread(*world(), ("thread" + std::to_string(++process.made)).c_str());
  ++world()->starts;
  futex_wake(world()->starts);
  return thread;
}

}  // namespace
}  // namespace gauntlet::schedule

using namespace gauntlet::schedule;  // NOLINT(google-build-using-namespace)

// Each replacement names its caller itself: no other frame can tell who that is.
extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static auto* const real = next<decltype(pthread_mutex_lock)>("pthread_mutex_lock");
  if (!takes_turns()) return real(mutex);
  point("pthread_mutex_lock", __builtin_return_address(0));
  int ret = 0;
  lock_in_turn(mutex, ret);
  return ret;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  const int ret = unlock(mutex);
  point("pthread_mutex_unlock", __builtin_return_address(0));
  return ret;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real = next<decltype(pthread_cond_wait)>("pthread_cond_wait");
  if (!takes_turns()) return real(condition, mutex);
  return wait_in_turn(condition, mutex, 0);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  static auto* const real = next<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
  if (!takes_turns() || !of_interest(__builtin_return_address(0)))
    return real(condition, mutex, until);
  if (until->tv_nsec < 0 || until->tv_nsec >= static_cast<long>(kNsPerSecond)) return EINVAL;
  // The clock of the deadline is the one that is shown; what is over already is no wait.
  return wait_in_turn(condition, mutex,
                      until->tv_sec < 0 ? 1 : std::max<std::uint64_t>(1, ns_of(*until)));
}

int pthread_cond_signal(pthread_cond_t* condition) {
  static auto* const real = next<decltype(pthread_cond_signal)>("pthread_cond_signal");
  point("pthread_cond_signal", __builtin_return_address(0));
  signalled(condition, false);
  return real(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
  static auto* const real = next<decltype(pthread_cond_broadcast)>("pthread_cond_broadcast");
  point("pthread_cond_broadcast", __builtin_return_address(0));
  signalled(condition, true);
  return real(condition);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  static auto* const real = next<decltype(pthread_create)>("pthread_create");
  if (!on()) return real(thread, attributes, start, argument);
  Thread* const made = new_thread();
  auto what = std::make_unique<Start>(Start{start, argument, made});
  const int ret = real(thread, attributes, run, what.get());
  if (ret == 0) {
    what.release();  // NOLINT(bugprone-unused-return-value): the thread has it now.
  } else if (made != nullptr) {
    const Lock lock(*world());
    made->state = State::kEnded;
  }
  return ret;
}

int pthread_join(pthread_t thread, void** value) {
  static auto* const real = next<decltype(pthread_join)>("pthread_join");
  if (!takes_turns()) return real(thread, value);
  const Outside outside("pthread_join", -1, static_cast<std::uint64_t>(thread));
  return real(thread, value);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
