// SPDX-License-Identifier: BSD-3-Clause
// Proves that whoever sleeps on a socket is woken by what the lookout sees, and by nothing before.
#include "faults/relay/lookout.hpp"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <optional>

#include "faults/relay/socket.hpp"

namespace gauntlet {
namespace {

class LookoutTest : public ::testing::Test {
 protected:
  LookoutTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    sleeping_ = Handle(ends[0]);
    bell_ = std::make_shared<const Handle>(ends[1]);
  }

  // Sleeps for ever if nobody rings.
  void sleep() {
    char none = 0;
    EXPECT_EQ(recv(sleeping_.get(), &none, 1, 0), 0);
  }
  void happen() const { EXPECT_EQ(eventfd_write(watched_.get(), 1), 0); }
  void see() const {
    eventfd_t seen = 0;
    EXPECT_EQ(eventfd_read(watched_.get(), &seen), 0);
  }

  Handle watched_{eventfd(0, EFD_CLOEXEC)};
  Handle sleeping_;
  std::shared_ptr<const Handle> bell_;
};

TEST_F(LookoutTest, RingsForWhatHappensWhileTheOtherSleeps) {
  Lookout lookout(watched_.get());
  for (int n = 0; n < 100; ++n) {
    lookout.watch(bell_);
    happen();
    sleep();
    EXPECT_TRUE(lookout.rung());
    see();
  }
}

TEST_F(LookoutTest, RingsForWhatHappenedBefore) {
  Lookout lookout(watched_.get());
  happen();
  lookout.watch(bell_);
  sleep();
  EXPECT_TRUE(lookout.rung());
}

TEST_F(LookoutTest, SaysNothingBeforeItIsToldToWatch) {
  happen();
  std::optional<Lookout> lookout(std::in_place, watched_.get());
  lookout.reset();
  char none = 0;
  EXPECT_EQ(recv(sleeping_.get(), &none, 1, MSG_DONTWAIT), -1);
}

TEST_F(LookoutTest, TakesTheBellThatItWasGivenLast) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Handle first(ends[0]);
  Lookout lookout(watched_.get());
  lookout.watch(std::make_shared<const Handle>(ends[1]));
  lookout.watch(bell_);
  happen();
  sleep();
  char none = 0;
  EXPECT_EQ(recv(first.get(), &none, 1, MSG_DONTWAIT), -1);
}

TEST_F(LookoutTest, EndsWhileItWatches) {
  Lookout lookout(watched_.get());
  lookout.watch(bell_);
}

}  // namespace
}  // namespace gauntlet
