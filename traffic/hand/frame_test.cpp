// SPDX-License-Identifier: BSD-3-Clause
#include "traffic/hand/frame.hpp"

#include <gmock/gmock.h>

#include "targets/line/schema.hpp"

namespace gauntlet {
namespace {

// build(7, 0x0102030405060708, 1, 60) of traffic/frame.py.
constexpr auto kBuilt =
    "ffffffffffff02000000000188b5000000000701020304050607080b487e5701020304050607080102030405060708"
    "01"
    "020304050607080102030405";

std::vector<std::uint8_t> built() { return bytes_of(kBuilt); }

TEST(Frame, IsWhatScapyBuilt) {
  const Checked found = check(built());
  EXPECT_EQ(found.kind, Kind::kWhole);
  EXPECT_EQ(found.number.flow, 7U);
  EXPECT_EQ(found.number.seq, 0x0102030405060708U);
}

TEST(Frame, TheFirstIsWrittenAsItWasBuilt) {
  const Template flow(built());
  std::vector<std::uint8_t> written(flow.size());
  flow.write(written.data(), flow.first().seq);
  EXPECT_EQ(written, built());
}

TEST(Frame, TheNextDiffersInItsNumberOnly) {
  const Template flow(built());
  std::vector<std::uint8_t> written(flow.size());
  flow.write(written.data(), 5);
  EXPECT_EQ(check(written).kind, Kind::kWhole);
  EXPECT_EQ(check(written).number.seq, 5U);
  EXPECT_TRUE(flow.has_built(written));
}

TEST(Frame, EveryByteThatIsDamagedIsSeen) {
  const Template flow(built());
  for (std::size_t at = 0; at < flow.size(); ++at) {
    auto damaged = built();
    damaged[at] ^= 0x10U;
    const bool is_seen = check(damaged).kind != Kind::kWhole || !flow.has_built(damaged);
    EXPECT_EQ(is_seen, at != kWorkedOffset) << at;
  }
}

TEST(Frame, TheTailOfAnotherIsSeen) {
  const Template flow(built());
  std::vector<std::uint8_t> torn(flow.size());
  flow.write(torn.data(), 5);
  const auto whole = built();
  std::copy(whole.begin() + 40, whole.end(), torn.begin() + 40);
  EXPECT_EQ(check(torn).kind, Kind::kCorrupt);
  EXPECT_EQ(check(torn).number.seq, 5U);
}

TEST(Frame, OneThatIsShortClaimsNothing) {
  auto cut = built();
  cut.resize(kPaddingOffset - 1);
  EXPECT_EQ(check(cut).kind, Kind::kNameless);
  cut.resize(kWorkedOffset - 1);
  EXPECT_EQ(check(cut).kind, Kind::kForeign);
  EXPECT_EQ(check({}).kind, Kind::kForeign);
}

TEST(Frame, ALongerOneIsNotAsBuilt) {
  const Template flow(built());
  auto longer = built();
  longer.push_back(0);
  EXPECT_FALSE(flow.has_built(longer));
}

TEST(Frame, WhatIsNoTemplateIsTold) {
  EXPECT_EQ(why_no_template(built()), nullptr);
  auto damaged = built();
  damaged.back() ^= 1U;
  EXPECT_NE(why_no_template(damaged), nullptr);
  damaged = built();
  damaged.pop_back();
  EXPECT_NE(why_no_template(damaged), nullptr);
}

}  // namespace
}  // namespace gauntlet
