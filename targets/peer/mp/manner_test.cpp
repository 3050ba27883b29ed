// SPDX-License-Identifier: BSD-3-Clause
// Proves that manners are checked, and that each registration has a callback of its own.
#include "targets/peer/mp/manner.hpp"

#include <gmock/gmock.h>

#include <optional>

#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

class MannerTest : public ::testing::Test {
 protected:
  MannerTest() : control_(-1), verbs_(control_) { add_mp_verbs(verbs_); }

  std::string why(const Json& command) {
    return manner_refusal(verbs_, command).value_or("accepted");
  }

  Control control_;
  Verbs verbs_;
};

TEST_F(MannerTest, KnowsItsNames) {
  for (const char* name : {"reply", "silent", "late", "hold", "twice", "die"}) {
    EXPECT_EQ(why({{"manner", name}}), "accepted") << name;
  }
  EXPECT_EQ(why({{"manner", nullptr}}), "accepted");
  EXPECT_THAT(why({{"manner", "rude"}}), HasSubstr("unknown manner \"rude\""));
  EXPECT_THAT(why({{"manner", "rude"}}), HasSubstr("die, hold, late, reply, silent, twice"));
}

TEST_F(MannerTest, RefusesWhatTheReplyCannotHold) {
  EXPECT_THAT(why({{"reply_name", std::string(65, 'n')}}), HasSubstr("reply_name"));
  EXPECT_THAT(why({{"reply_param", std::string(514, '0')}}), HasSubstr("reply_param"));
  EXPECT_THAT(why({{"reply_fds", std::vector<int>(RTE_MP_MAX_FD_NUM + 1)}}),
              HasSubstr("reply_fds"));
}

TEST_F(MannerTest, RefusesAnImpossibleInside) {
  EXPECT_THAT(why({{"inside", {{"verb", "shout"}}}}), HasSubstr("inside: unknown verb"));
  EXPECT_EQ(why({{"inside", {{"verb", "mp_sendmsg"}, {"name", "n"}}}}), "accepted");
}

TEST_F(MannerTest, EveryRegistrationHasItsOwnCallback) {
  const rte_mp_t first = callback_for("a", Json::object(), control_, verbs_);
  const rte_mp_t second = callback_for("a", Json::object(), control_, verbs_);
  EXPECT_NE(first, nullptr);
  EXPECT_NE(first, second);
}

TEST_F(MannerTest, PlacesThatAreNotKeptAreGivenAgain) {
  const auto before = callbacks(std::nullopt);
  const rte_mp_t first = callback_for("a", Json::object(), control_, verbs_);
  const rte_mp_async_reply_t reply = async_callback_for(Json::object(), control_, verbs_);
  EXPECT_EQ(callbacks(std::nullopt).asyncs, before.asyncs + 1);
  EXPECT_EQ(callbacks(before).actions, before.actions);
  EXPECT_EQ(callback_for("a", Json::object(), control_, verbs_), first);
  EXPECT_EQ(async_callback_for(Json::object(), control_, verbs_), reply);
}

TEST_F(MannerTest, NothingIsReleasedThatIsNotHeld) { EXPECT_FALSE(release_action("nobody")); }

}  // namespace
}  // namespace gauntlet
