// SPDX-License-Identifier: BSD-3-Clause
// Proves that what is thrown becomes a fact, and that a thread that is cancelled ends as it should.
#include "targets/line/guard.hpp"

#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace gauntlet {
namespace {

TEST(Guard, SaysWhatWasThrown) {
  EXPECT_EQ(thrown_by([] { throw std::runtime_error("this"); }), "this");
  EXPECT_EQ(thrown_by([] { throw 1; }), "an exception that is no std::exception");
  EXPECT_EQ(thrown_by([] {}), std::nullopt);
}

TEST(Guard, AnAnswerIsWhatTheVerbReturnedOrWhyItFailed) {
  EXPECT_EQ(answer_of([] { return Json{{"ret", 0}}; }), Json({{"ret", 0}}));
  EXPECT_EQ(answer_of([]() -> Json { throw std::length_error("too long"); }),
            Json({{"failed", "too long"}}));
}

TEST(Guard, WhatAThreadThrowsIsAnEvent) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  Control control(ends[1]);
  guarded(control, [] { throw std::runtime_error("in a callback"); });
  std::array<char, 4096> data{};
  const ssize_t n = read(ends[0], data.data(), data.size());
  const Json line = Json::parse(data.data(), data.data() + n);
  EXPECT_EQ(line["event"], "failed");
  EXPECT_EQ(line["failed"], "in a callback");
  for (const int fd : ends) close(fd);
}

// glibc unwinds a cancelled thread by an exception: to keep it would end the process.
TEST(Guard, LetsAThreadBeCancelled) {
  pthread_t thread{};
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void* /*arg*/) -> void* {
                  thrown_by([] {
                    for (;;) pause();
                  });
                  return nullptr;
                },
                nullptr),
            0);
  ASSERT_EQ(pthread_cancel(thread), 0);
  void* ended = nullptr;
  ASSERT_EQ(pthread_join(thread, &ended), 0);
  EXPECT_EQ(ended, PTHREAD_CANCELED);
}

}  // namespace
}  // namespace gauntlet
