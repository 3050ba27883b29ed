// SPDX-License-Identifier: BSD-3-Clause
#include "traffic/hand/books.hpp"

#include <gmock/gmock.h>

#include "targets/line/schema.hpp"

namespace gauntlet {
namespace {

// build(0, 10, 1, 60) and build(1, 10, 1, 60) of traffic/frame.py.
constexpr auto kFlow0 =
    "ffffffffffff02000000000188b50000000000000000000000000aca854ec6000000000000000a000000000000000a"
    "00"
    "0000000000000a0000000000";
constexpr auto kFlow1 =
    "ffffffffffff02000000000188b50000000001000000000000000a470db324000000000000000a000000000000000a"
    "00"
    "0000000000000a0000000000";

constexpr std::uint64_t kSentNs = 1000;
constexpr std::uint64_t kCameNs = 1500;

using Frame = std::vector<std::uint8_t>;

class BooksTest : public testing::Test {
 protected:
  BooksTest() : books_({Template(bytes_of(kFlow0)), Template(bytes_of(kFlow1))}, 100, 8, 2) {}

  void send(unsigned count) {
    for (unsigned i = 0; i < count; ++i) books_.note_sent(kSentNs);
  }
  // Frame `index` of the run: flow index % 2, seq 10 + index / 2.
  [[nodiscard]] Frame frame(std::uint64_t index) const {
    Frame bytes(books_.built(index).size());
    books_.built(index).write(bytes.data(), books_.seq(index));
    return bytes;
  }
  void come(std::uint64_t index) { books_.note(frame(index), kCameNs); }
  [[nodiscard]] Json told(const char* key) const { return books_.told()[key]; }

  Books books_;
};

TEST_F(BooksTest, WhatHasNotComeIsLost) {
  send(6);
  come(0);
  come(1);
  come(5);
  EXPECT_EQ(told("lost"), Json::parse("[[0,11,12],[1,11,11]]"));
  EXPECT_EQ(books_.back(), 3U);
  EXPECT_FALSE(books_.complete());
}

TEST_F(BooksTest, IsCompleteWhenAllHasCome) {
  send(200);
  for (unsigned i = 0; i < 199; ++i) come(i);
  EXPECT_FALSE(books_.complete());
  come(199);
  EXPECT_TRUE(books_.complete());
  EXPECT_EQ(told("lost"), Json::array());
  EXPECT_EQ(told("received"), 200);
}

TEST_F(BooksTest, EveryArrivalAfterTheFirstIsADouble) {
  send(2);
  come(0);
  come(0);
  come(0);
  EXPECT_EQ(told("doubled"), Json::parse("[[0,10,10],[0,10,10]]"));
  EXPECT_EQ(books_.back(), 1U);
}

TEST_F(BooksTest, OrderIsThatOfItsFlow) {
  send(6);
  for (const unsigned index : {1U, 0U, 4U, 2U, 3U}) come(index);
  EXPECT_EQ(told("disordered"), Json::parse("[[0,11,11]]"));
}

TEST_F(BooksTest, ADamagedOneAccountsForWhatItClaims) {
  send(2);
  Frame damaged = frame(0);
  damaged.back() ^= 1U;
  books_.note(damaged, kCameNs);
  EXPECT_EQ(told("lost"), Json::parse("[[1,10,10]]"));
  EXPECT_EQ(told("kept")[0]["kind"], "corrupt");
  EXPECT_EQ(books_.back(), 1U);
}

TEST_F(BooksTest, ADamagedAddressIsDamage) {
  send(1);
  Frame damaged = frame(0);
  damaged[3] ^= 1U;
  books_.note(damaged, kCameNs);
  EXPECT_EQ(told("kept")[0]["kind"], "corrupt");
  EXPECT_EQ(told("worked"), Json::array());
}

TEST_F(BooksTest, OfTheDamagedOnlyTheFirstAreKeptAndTheOthersTold) {
  send(8);
  for (unsigned index = 0; index < 8; index += 2) {
    Frame damaged = frame(index);
    damaged.back() ^= 1U;
    books_.note(damaged, kCameNs);
  }
  Frame cut = frame(1);
  cut.resize(20);
  books_.note(cut, kCameNs);
  EXPECT_EQ(told("kept").size(), 2U);
  EXPECT_EQ(told("claims"), Json::parse("[[0,12,13]]"));
  EXPECT_EQ(told("nameless"), 1);
  EXPECT_EQ(books_.back(), 5U);
}

TEST_F(BooksTest, WhatWasNotSentIsInvented) {
  send(1);
  come(1);
  come(198);
  EXPECT_EQ(told("invented"), Json::parse("[[1,10,10],[0,109,109]]"));
  EXPECT_EQ(told("lost"), Json::parse("[[0,10,10]]"));
  EXPECT_EQ(books_.back(), 0U);
}

TEST_F(BooksTest, AStrangerIsNoneOfOurs) {
  Frame strange = frame(0);
  strange[kEtherTypeOffset] ^= 1U;
  books_.note(strange, kCameNs);
  EXPECT_EQ(told("foreign"), 1);
  EXPECT_EQ(told("received"), 0);
  EXPECT_EQ(told("kept")[0]["frame"], hex_of(strange.data(), strange.size()));
}

TEST_F(BooksTest, TellsTimesAndWhoWorked) {
  send(1);
  Frame worked = frame(0);
  worked[kWorkedOffset] = 3;
  books_.note(worked, kCameNs);
  EXPECT_EQ(told("worked"), Json::parse("[[3,1]]"));
  EXPECT_EQ(told("took_ns")["min"], kCameNs - kSentNs);
  EXPECT_EQ(told("took_ns")["count"], 1);
}

TEST(Spans, AreBounded) {
  Spans spans;
  for (std::uint64_t i = 0; i < Spans::kMost + 5; ++i) spans.add({0, 2 * i});
  EXPECT_EQ(spans.named().size(), Spans::kMost);
  EXPECT_EQ(spans.unnamed(), 5U);
}

TEST(Spans, DoNotGoOnInAnotherFlow) {
  Spans spans;
  spans.add({0, UINT64_MAX});
  spans.add({0, 0});
  spans.add({1, 1});
  EXPECT_EQ(spans.named().size(), 3U);
}

TEST(Times, AreWithinAThirtySecond) {
  Times times;
  for (std::uint64_t ns = 1; ns <= 100'000; ++ns) times.add(ns);
  EXPECT_EQ(times.least(), 1U);
  EXPECT_EQ(times.most(), 100'000U);
  EXPECT_THAT(times.percentile(50), testing::AllOf(testing::Ge(50'000U), testing::Le(51'600U)));
  EXPECT_THAT(times.percentile(99), testing::AllOf(testing::Ge(99'000U), testing::Le(100'000U)));
  times.add(UINT64_MAX);
  EXPECT_EQ(times.percentile(100), UINT64_MAX);
}

TEST(Times, OfNothingAreZero) {
  const Times times;
  EXPECT_EQ(times.least() + times.percentile(50) + times.most(), 0U);
}

}  // namespace
}  // namespace gauntlet
