// SPDX-License-Identifier: BSD-3-Clause
// Proves that a copy is held at its first touch, once, and that other faults are nobody's business.
#include "targets/peer/stepping/stall.hpp"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include <array>
#include <cstring>

namespace gauntlet {
namespace {

TEST(StallTable, HoldsTheFirstTouchAndLosesNothing) {
  int touched = 0;
  StallTable table(8, [&] { ++touched; });
  std::memcpy(table.data(), "content", 8);
  EXPECT_EQ(touched, 0);
  table.close();
  std::array<char, 8> copy{};
  std::memcpy(copy.data(), table.data(), copy.size());
  EXPECT_STREQ(copy.data(), "content");
  EXPECT_EQ(touched, 1);
  static_cast<volatile char*>(table.data())[1] = 'x';
  EXPECT_EQ(touched, 1);
}

TEST(StallTable, IsNotTouchedByNobody) {
  int touched = 0;
  {
    StallTable table(0, [&] { ++touched; });
    table.close();
  }
  EXPECT_EQ(touched, 0);
}

TEST(HeldTableDeathTest, OtherFaultsStillKill) {
  StallTable table(8, [] {});
  table.close();
  StallTable other(8, [] {});
  mprotect(other.data(), 8, PROT_NONE);
  auto* elsewhere = static_cast<volatile char*>(other.data());
  EXPECT_EXIT(*elsewhere = 1, ::testing::KilledBySignal(SIGSEGV), "");
}

}  // namespace
}  // namespace gauntlet
