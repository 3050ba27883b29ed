// SPDX-License-Identifier: BSD-3-Clause
// Proves that what cannot be waited for is told, and not waited for in silence.
#include "faults/relay/watch.hpp"

#include <gmock/gmock.h>
#include <sys/eventfd.h>

namespace gauntlet {
namespace {

TEST(WatchTest, SeesWhatIsWantedOnly) {
  const Handle ready(eventfd(1, EFD_CLOEXEC));
  Watch watch;
  watch.want(ready.get(), EPOLLIN);
  watch.look();
  EXPECT_EQ(watch.seen(ready.get()), EPOLLIN);
  watch.want(ready.get(), 0);
  watch.look();
  EXPECT_EQ(watch.seen(ready.get()), 0);
}

TEST(WatchTest, DescriptorThatIsNotOpenIsToldAtOnce) {
  Watch watch;
  const Handle open(eventfd(0, EFD_CLOEXEC));
  const int closed = Handle(eventfd(0, EFD_CLOEXEC)).get();
  EXPECT_NO_THROW(watch.want(open.get(), EPOLLIN));
  EXPECT_THROW(watch.want(closed, EPOLLIN), Failure);
}

}  // namespace
}  // namespace gauntlet
