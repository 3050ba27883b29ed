// SPDX-License-Identifier: BSD-3-Clause
// Proves that threads take turns: a deadlock is found in the order that has it, whoever spins stops
// nobody, time passes by choice, and memory that was freed shows who uses it.
#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "faults/schedule/director.hpp"
#include "faults/schedule/freed.hpp"
#include "faults/schedule/world.hpp"

// The linker's: where the code of this program begins and ends.
extern "C" const char __executable_start;  // NOLINT(bugprone-reserved-identifier)
extern "C" const char etext;

namespace {

using gauntlet::schedule::view;
using ::testing::HasSubstr;

constexpr int kNobodyElse = 1;

std::string threads() {
  std::array<char, 4096> text{};
  gauntlet_schedule_threads(text.data(), text.size());
  return text.data();
}

// What `body` prints, in a process of its own, whose threads take turns.
std::string in_turns(const std::function<std::string()>& body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string path = "/tmp/gauntlet-schedule-" + std::to_string(getpid());
    if (gauntlet_schedule_make(path.c_str()) != 0) _exit(1);
    unlink(path.c_str());
    join_as_process(*view().world, reinterpret_cast<std::uintptr_t>(&__executable_start),
                    reinterpret_cast<std::uintptr_t>(&etext));
    gauntlet_schedule_name(getpid(), getpid(), "test");
    gauntlet_schedule_begin();
    gauntlet_schedule_order(0);
    const std::string told = body();
    _exit(write(ends[1], told.data(), told.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::string told;
  std::array<char, 256> some{};
  for (ssize_t n = 0; (n = read(ends[0], some.data(), some.size())) > 0;) {
    told.append(some.data(), static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? "killed by " + std::to_string(WTERMSIG(status)) : told;
}

// Lets all threads go on until nobody can: who waits then, and for what.
std::string until_nobody_can() {
  gauntlet_schedule_wait(1);
  return gauntlet_schedule_turn(5000) == kNobodyElse ? threads() : "not within 5 s";
}

std::string locked_crosswise(const std::function<void()>& order) {
  return in_turns([&order] {
    std::mutex one;
    std::mutex other;
    const auto lock = [](std::mutex& first, std::mutex& second) {
      const std::lock_guard<std::mutex> a(first);
      const std::lock_guard<std::mutex> b(second);
    };
    order();
    std::thread(lock, std::ref(one), std::ref(other)).detach();
    std::thread(lock, std::ref(other), std::ref(one)).detach();
    return until_nobody_can();
  });
}

TEST(Schedule, NobodyWaitsWhereOneGoesOnAfterTheOther) {
  EXPECT_EQ(locked_crosswise([] {}), "");
}

TEST(Schedule, DeadlockIsFoundByOneSwitchOrAnother) {
  std::string found;
  for (std::uint32_t at = 0; at < 8 && found.empty(); ++at) {
    found = locked_crosswise([at] { gauntlet_schedule_switch(at, "test.thread2"); });
  }
  EXPECT_THAT(found, HasSubstr("test.thread1\twaits for a mutex\tpthread_mutex_lock"));
  EXPECT_THAT(found, HasSubstr("test.thread2\twaits for a mutex\tpthread_mutex_lock"));
}

TEST(Schedule, DeadlockIsFoundByChanceAndAgainByItsSeed) {
  std::uint64_t seed = 0;
  const auto found = [&seed] {
    return locked_crosswise([&seed] {
      gauntlet_schedule_by_chance(seed);
      gauntlet_schedule_change(static_cast<std::uint32_t>(seed % 5));
    });
  };
  while (seed < 50 && found().empty()) ++seed;
  ASSERT_LT(seed, 50U);
  EXPECT_EQ(found(), found());
}

TEST(Schedule, WhoeverSpinsStopsNobody) {
  EXPECT_EQ(in_turns([] {
              std::atomic<bool> go{false};
              std::thread([&go] {
                while (!go) {
                }
              }).detach();
              std::thread([&go] { go = true; }).detach();
              return until_nobody_can();
            }),
            "");
}

TEST(Schedule, WhoeverSpinsForEverIsTold) {
  EXPECT_THAT(in_turns([] {
                std::atomic<bool> go{false};
                std::thread([&go] {
                  while (!go) {
                  }
                }).detach();
                return until_nobody_can();
              }),
              HasSubstr("test.thread1\tspins"));
}

TEST(Schedule, AnHourPassesWhereNobodyElseCanGoOn) {
  EXPECT_EQ(in_turns([] {
              int ret = 0;
              std::thread([&ret] {
                pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
                pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
                timespec until{};
                clock_gettime(CLOCK_MONOTONIC, &until);
                until.tv_sec += 3600;
                pthread_mutex_lock(&mutex);
                ret = pthread_cond_timedwait(&condition, &mutex, &until);
                pthread_mutex_unlock(&mutex);
              }).detach();
              const auto told = until_nobody_can();
              return told + std::to_string(ret);
            }),
            std::to_string(ETIMEDOUT));
}

TEST(Schedule, SwitchToNobodyIsCounted) {
  EXPECT_EQ(in_turns([] {
              gauntlet_schedule_switch(0, "test.nobody");
              std::thread([] {}).detach();
              std::thread([] {}).detach();
              const auto told = until_nobody_can();
              return told + std::to_string(gauntlet_schedule_missed());
            }),
            "1");
}

TEST(Freed, WhatIsReadIsNoPointer) {
  auto* const block = static_cast<unsigned char*>(std::malloc(64));
  gauntlet::schedule::keep_freed(block);
  // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is kept.
  EXPECT_EQ(block[63], 0xa5);
  gauntlet::schedule::check_freed();
}

TEST(Freed, WriterIsFoundOut) {
  EXPECT_EXIT(
      {
        auto* const block = static_cast<unsigned char*>(std::malloc(64));
        gauntlet::schedule::keep_freed(block);
        block[7] = 0;
        gauntlet::schedule::check_freed();
      },
      ::testing::KilledBySignal(SIGABRT), "written to after it was freed");
}

}  // namespace
