// SPDX-License-Identifier: BSD-3-Clause
// Proves that a count that would take all the memory is refused, however large it is.
#include "targets/peer/room.hpp"

#include <gmock/gmock.h>

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

TEST(Room, RefusesWhatWouldTakeTheMemory) {
  EXPECT_EQ(room_refusal({{"n", 0}}, "n", 8), std::nullopt);
  EXPECT_EQ(room_refusal({{"n", kMostBytes / 8}}, "n", 8), std::nullopt);
  EXPECT_THAT(room_refusal({{"n", kMostBytes / 8 + 1}}, "n", 8).value_or(""),
              HasSubstr("n is 2097153; this peer has room for 2097152"));
  EXPECT_THAT(room_refusal({{"n", std::uint64_t{1} << 62U}}, "n", 8).value_or(""),
              HasSubstr("n is 4611686018427387904"));
}

TEST(Room, AKeyThatIsAbsentTakesNothing) {
  EXPECT_EQ(room_refusal(Json::object(), "n", 8), std::nullopt);
}

}  // namespace
}  // namespace gauntlet
