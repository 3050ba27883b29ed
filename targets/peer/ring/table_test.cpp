// SPDX-License-Identifier: BSD-3-Clause
// Proves that tables are what C would have, and that what C could not say is refused.
#include "targets/peer/ring/table.hpp"

#include <gmock/gmock.h>
#include <rte_ring.h>

#include <array>

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

class RingTable : public ::testing::Test {
 protected:
  RingTable() : control_(-1) {
    rte_ring_init(ring(), "r", 8, 0);
    rings().remember(ring());
  }

  rte_ring* ring() { return reinterpret_cast<rte_ring*>(memory_.data()); }
  Json on_ring(Json keys) {
    keys["ring"] = text_of(ring());
    return keys;
  }
  Table given(const Json& command) { return Table(Call{command, control_, job_}); }

  alignas(64) std::array<char, 1024> memory_{};
  Control control_;
  Job job_;
};

TEST_F(RingTable, HasThePointersThatAreGiven) {
  Table table = given(on_ring({{"objs", {1, 18446744073709551615U}}}));
  EXPECT_EQ(table.n(), 2U);
  EXPECT_EQ(static_cast<std::uint64_t*>(table.data())[1], 18446744073709551615U);
  EXPECT_EQ(table.told(1), Json({1}));
}

TEST_F(RingTable, HasTheElementsThatAreGiven) {
  Table table = given(on_ring({{"obj_table", "0102030405060708"}, {"esize", 4}}));
  EXPECT_EQ(table.n(), 2U);
  EXPECT_EQ(table.told(1), "01020304");
}

TEST_F(RingTable, HasRoomForAllThatIsAskedFor) {
  const Json command = on_ring({{"n", 64}});
  EXPECT_EQ(Table(Call{command, control_, job_}, ring(), 64).n(), 64U);
}

TEST_F(RingTable, HasRoomForWhatTheRingCanHold) {
  const Json command = on_ring({{"n", 4294967295}});
  EXPECT_EQ(Table(Call{command, control_, job_}, ring(), 4294967295).n(), 4096U);
  EXPECT_EQ(wanted_refusal(command), std::nullopt);
}

TEST_F(RingTable, PartOfAnElementIsRefused) {
  const auto why = [&](const char* table, unsigned esize) {
    return given_refusal(on_ring({{"obj_table", table}, {"esize", esize}})).value_or("accepted");
  };
  EXPECT_THAT(why("010203", 4), HasSubstr("3 bytes: no whole number of elements of 4"));
  EXPECT_THAT(why("01020304", 0), HasSubstr("no whole number"));
  EXPECT_EQ(why("01020304", 4), "accepted");
}

TEST_F(RingTable, RingOfNobodyIsRefused) {
  const Json command = {{"ring", "0x10"}, {"n", 1}, {"objs", {1}}};
  EXPECT_THAT(wanted_refusal(command).value_or("accepted"), HasSubstr("was not created"));
  EXPECT_THAT(given_refusal(command).value_or("accepted"), HasSubstr("was not created"));
}

TEST(Output, TellsWhatWasWrittenAndWhatWasNot) {
  Output room(Json::object(), "free_space");
  EXPECT_EQ(room.told(), "untouched");
  *room.pointer() = 3;
  EXPECT_EQ(room.told(), 3);
  Output none({{"free_space", nullptr}}, "free_space");
  EXPECT_EQ(none.pointer(), nullptr);
  EXPECT_EQ(none.told(), nullptr);
}

}  // namespace
}  // namespace gauntlet
