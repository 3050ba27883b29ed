// SPDX-License-Identifier: BSD-3-Clause
// What the replacements of calls have in common: this thread, its turns, and where it stands.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <ctime>

#include "faults/schedule/world.hpp"

namespace gauntlet::schedule {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

inline std::uint64_t ns_of(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// The function that a replacement stands before. pthread_cond_* exist twice in glibc, and dlsym()
// finds the old one.
template <typename Function>
Function* next(const char* name) {
  if (void* const found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2")) {
    return reinterpret_cast<Function*>(found);
  }
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Whether a call comes from the library that is looked into.
bool of_interest(const void* caller);

// The world that this process is part of; null where it takes part in none.
inline World* world() { return view().world; }
inline bool on() { return world() != nullptr && world()->on.load(std::memory_order_acquire) != 0; }

inline std::uint64_t key_of(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

// This thread, where it is one of those that take turns, else null.
Thread* self();

// From now on this thread is that one; it says so when it ends.
void begin(Thread& thread);

bool takes_turns();

// Stands here until it is this thread's turn; with a caller: only if that is of interest.
void point(const char* at);
void point(const char* at, const void* caller);

// Makes a thread of EAL's own one that takes turns, the first time.
void enlist(const char* kind);

// Takes turns no more until the call is done, which waits in the kernel.
class Outside {
 public:
  Outside(const char* at, int fd, std::uint64_t key = 0);
  ~Outside();
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  // There was something for it before it went.
  [[nodiscard]] bool stays() const { return stays_; }

 private:
  void back() const;

  bool stays_ = false;
};

// Waits for what can be read, and leaves it there: so whoever decides sees that this thread comes.
void wait_readable(const char* at, int fd);

// The descriptor by which this process is told what to do, -1 where there is no schedule.
int control_fd();

}  // namespace gauntlet::schedule
