// SPDX-License-Identifier: BSD-3-Clause
// Proves that a burst stands at its driver's first instruction, and only where somebody asks.
#include "targets/peer/port/held.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

namespace gauntlet {
namespace {

[[gnu::noinline]] void driver(std::atomic<bool>* begun) { begun->store(true); }
[[gnu::noinline]] void another(std::atomic<bool>* begun) { begun->store(false); }

std::uintptr_t address(void (*function)(std::atomic<bool>*)) {
  return reinterpret_cast<std::uintptr_t>(function);
}

class HeldTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  void TearDown() override {
    for (const int fd : ends_) close(fd);
  }

  // Runs a burst that `driver` is, which is looked for at an address.
  void run(const Json& command, std::uintptr_t at) {
    Control control(ends_[1]);
    const Call call{command, control, job_};
    burst_or_held(call, at, [this] { driver(&begun_); });
  }

  // Whether anything has been said yet.
  [[nodiscard]] bool said(int flags) const {
    char first = 0;
    return recv(ends_[0], &first, 1, flags | MSG_PEEK) == 1;
  }

  std::array<int, 2> ends_{};
  std::atomic<bool> begun_{false};
  Job job_;
};

TEST_F(HeldTest, StandsBeforeTheDriverHasDoneAnythingUntilReleased) {
  std::thread burst([this] { run({{"id", 1}, {"hold", true}}, address(driver)); });
  EXPECT_TRUE(said(0));
  EXPECT_FALSE(begun_);
  job_.release();
  burst.join();
  EXPECT_TRUE(begun_);
}

TEST_F(HeldTest, GoesThroughWhereNobodyAsks) {
  run({{"id", 1}}, address(driver));
  EXPECT_TRUE(begun_);
  EXPECT_FALSE(said(MSG_DONTWAIT));
}

TEST_F(HeldTest, GoesThroughAndSaysNothingWhereTheDriverIsNotCalled) {
  run({{"id", 1}, {"hold", true}}, address(another));
  EXPECT_TRUE(begun_);
  EXPECT_FALSE(said(MSG_DONTWAIT));
}

}  // namespace
}  // namespace gauntlet
