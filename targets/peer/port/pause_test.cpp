// SPDX-License-Identifier: BSD-3-Clause
// Proves that a loop holds where it is told, and that what it never comes to is refused.
#include "targets/peer/port/pause.hpp"

#include <gmock/gmock.h>

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

// Whether a loop told by `command` would hold at `place` after `passed` frames.
bool due(const Json& command, const char* place, std::uint64_t passed) {
  Control control(-1);
  Job job;
  const Call call{command, control, job};
  return Pause(call).due(place, passed);
}

TEST(Pause, IsDueAtItsPlaceAfterSoManyFrames) {
  const Json command = {{"hold", "putting"}, {"hold_after", 8}};
  EXPECT_FALSE(due(command, "putting", 7));
  EXPECT_TRUE(due(command, "putting", 8));
  EXPECT_FALSE(due(command, "taken", 8));
}

TEST(Pause, WithoutAPlaceHasABurstInHand) { EXPECT_TRUE(due({{"hold_after", 8}}, "taken", 9)); }

TEST(Pause, IsNowhereWhenNobodyAsks) { EXPECT_FALSE(due(Json::object(), "taken", 9)); }

TEST(Pause, RefusesAPlaceThatTheLoopDoesNotHave) {
  const std::vector<std::string> places = {"idle", "taken"};
  EXPECT_EQ(pause_refusal({{"hold", "idle"}}, places), std::nullopt);
  EXPECT_EQ(pause_refusal(Json::object(), places), std::nullopt);
  EXPECT_THAT(pause_refusal({{"hold", "asleep"}}, places).value_or(""),
              HasSubstr("hold is \"asleep\"; it must be one of idle, taken"));
}

TEST(Burst, RefusesWhatDoesNotFit) {
  EXPECT_EQ(burst_refusal({{"burst", 64}}), std::nullopt);
  EXPECT_THAT(burst_refusal({{"burst", 65}}).value_or(""), HasSubstr("must be 1 to 64"));
  EXPECT_THAT(burst_refusal({{"burst", 0}}).value_or(""), HasSubstr("must be 1 to 64"));
}

}  // namespace
}  // namespace gauntlet
