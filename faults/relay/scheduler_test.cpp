// SPDX-License-Identifier: BSD-3-Clause
// Proves when each datagram leaves, in which order, and that none stays behind at the end.
#include "faults/relay/scheduler.hpp"

#include <gmock/gmock.h>

namespace gauntlet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Layout kLayout = {20, {0, 4}, {4, 4}, {8, 4}, {12, 4}, {16, 4}};

class SchedulerTest : public ::testing::Test {
 protected:
  void SetUp() override { scheduler_.set_layout(kLayout); }

  void add(const Json& command) {
    auto rule = rule_of(command);
    ASSERT_TRUE(std::holds_alternative<Rule>(rule));
    scheduler_.add(std::get<Rule>(std::move(rule)));
  }

  void comes(const std::string& name, std::int64_t now = 0) {
    Datagram datagram{encode(kLayout, 1, name, ""), "/run/mp_socket", {}};
    const Decision decision = scheduler_.decide(datagram, "mp_socket_1");
    if (scheduler_.passes(decision)) {
      names_.push_back(name);
    } else {
      scheduler_.take(decision, std::move(datagram), "mp_socket_1", now);
    }
    leave_some();
  }

  // What has left since this was asked last.
  std::vector<std::string> leave() {
    leave_some();
    return std::exchange(names_, {});
  }

  std::vector<std::int64_t> bites() {
    std::vector<std::int64_t> bites;
    for (const auto& rule : scheduler_.rules()) bites.push_back(rule.bites);
    return bites;
  }

  Scheduler scheduler_{"/run"};

 private:
  void leave_some() {
    for (const auto& leaving : scheduler_.leaving()) {
      names_.emplace_back(name_in(kLayout, leaving.datagram->bytes));
    }
  }

  std::vector<std::string> names_;
};

TEST_F(SchedulerTest, WithoutARuleAllPasses) {
  comes("a");
  comes("b");
  EXPECT_THAT(leave(), ElementsAre("a", "b"));
  EXPECT_THAT(leave(), IsEmpty());
}

TEST_F(SchedulerTest, TheFirstRuleThatTakesOneCounts) {
  add({{"action", "drop"}, {"name", "61"}, {"most", 1}});
  add({{"action", "double"}, {"name", "61"}});
  comes("a");
  comes("a");
  comes("b");
  EXPECT_THAT(leave(), ElementsAre("a", "a", "b"));
  EXPECT_THAT(bites(), ElementsAre(1, 1));
}

TEST_F(SchedulerTest, DelayedLeavesInItsTime) {
  add({{"action", "delay"}, {"delay_ns", 10}, {"name", "61"}});
  add({{"action", "delay"}, {"delay_ns", 5}, {"name", "62"}});
  comes("a", 100);
  comes("b", 102);
  EXPECT_EQ(scheduler_.next_due(), 107);
  scheduler_.tick(106);
  EXPECT_THAT(leave(), IsEmpty());
  scheduler_.tick(110);
  EXPECT_THAT(leave(), ElementsAre("b", "a"));
  EXPECT_EQ(scheduler_.next_due(), std::nullopt);
}

TEST_F(SchedulerTest, EqualTimesKeepTheirOrder) {
  add({{"action", "delay"}, {"delay_ns", 10}});
  for (const char* name : {"a", "b", "c", "d"}) comes(name, 100);
  scheduler_.tick(110);
  EXPECT_THAT(leave(), ElementsAre("a", "b", "c", "d"));
}

TEST_F(SchedulerTest, HeldLeavesWhenReleased) {
  add({{"action", "hold"}, {"name", "61"}});
  comes("a");
  comes("b");
  EXPECT_THAT(leave(), ElementsAre("b"));
  EXPECT_EQ(scheduler_.waiting(), 1);
  scheduler_.release();
  EXPECT_THAT(leave(), ElementsAre("a"));
}

TEST_F(SchedulerTest, OneThatReleasesGoesFirst) {
  add({{"action", "hold"}, {"name", "61"}});
  add({{"action", "release"}, {"name", "62"}});
  comes("a");
  comes("b");
  EXPECT_THAT(leave(), ElementsAre("b", "a"));
}

TEST_F(SchedulerTest, GroupsLeaveInReverse) {
  add({{"action", "reorder"}, {"group", 2}});
  for (const char* name : {"a", "b", "c"}) comes(name);
  EXPECT_THAT(leave(), ElementsAre("b", "a"));
  EXPECT_THAT(bites(), ElementsAre(1));
  EXPECT_EQ(scheduler_.waiting(), 1);
}

TEST_F(SchedulerTest, AnswerIsInTheNameOfTheOneWhoWasAsked) {
  add({{"action", "answer"}, {"answer_type", 2}, {"answer_param", "78"}});
  Datagram datagram{encode(kLayout, 1, "a", ""), "/run/mp_socket", {}};
  const Decision decision = scheduler_.decide(datagram, "mp_socket_1");
  ASSERT_FALSE(scheduler_.passes(decision));
  scheduler_.take(decision, std::move(datagram), "mp_socket_1", 0);
  const auto leaving = scheduler_.leaving();
  ASSERT_EQ(leaving.size(), 1);
  EXPECT_TRUE(leaving[0].answer);
  EXPECT_EQ(leaving[0].to, "/run/mp_socket");
  EXPECT_EQ(leaving[0].datagram->from, "/run/mp_socket_1");
  EXPECT_EQ(leaving[0].datagram->bytes, encode(kLayout, 2, "a", "x"));
}

TEST_F(SchedulerTest, AtTheEndAllLeavesInTheOrderInWhichItCame) {
  add({{"action", "delay"}, {"delay_ns", 10}, {"name", "61"}});
  add({{"action", "hold"}, {"name", "62"}});
  add({{"action", "reorder"}, {"group", 9}, {"name", "63"}});
  for (const char* name : {"c", "b", "a", "b", "c"}) comes(name);
  EXPECT_THAT(leave(), IsEmpty());
  scheduler_.leave_all();
  EXPECT_THAT(leave(), ElementsAre("c", "b", "a", "b", "c"));
  EXPECT_EQ(scheduler_.waiting(), 0);
  EXPECT_THAT(bites(), ElementsAre(1, 2, 0));  // No group was whole.
}

TEST(SchedulerWithoutLayoutTest, NothingIsTaken) {
  Scheduler scheduler("/run");
  EXPECT_FALSE(scheduler.decide({{1, 2, 3}, "", {}}, "mp_socket").rule);
}

}  // namespace
}  // namespace gauntlet
