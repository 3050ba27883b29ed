// SPDX-License-Identifier: BSD-3-Clause
// Proves that fields are read and written where the layout says, in short and long datagrams too.
#include "faults/relay/datagram.hpp"

#include <gmock/gmock.h>

namespace gauntlet {
namespace {

// As small as it gets: an int, 4 bytes of name, two ints, 4 bytes of param.
constexpr Layout kLayout = {20, {0, 4}, {4, 4}, {8, 4}, {12, 4}, {16, 4}};

TEST(DatagramTest, WhatIsWrittenIsRead) {
  const Bytes bytes = encode(kLayout, 2, "abc", "xy");
  EXPECT_EQ(bytes.size(), 20);
  EXPECT_EQ(int_at(kLayout.type, bytes), 2);
  EXPECT_EQ(name_in(kLayout, bytes), "abc");
  EXPECT_EQ(int_at(kLayout.len_param, bytes), 2);
  EXPECT_EQ(int_at(kLayout.num_fds, bytes), 0);
}

TEST(DatagramTest, NameWithoutItsNulEndsWithTheField) {
  EXPECT_EQ(name_in(kLayout, encode(kLayout, 1, "abcdef", "")), "abcd");
}

TEST(DatagramTest, WhatAShortOneLacksReadsAsZero) {
  EXPECT_EQ(int_at(kLayout.type, {}), 0);
  EXPECT_EQ(int_at(kLayout.type, {7}), 7);
  EXPECT_EQ(name_in(kLayout, {1, 0, 0, 0, 'a'}), "a");
  EXPECT_EQ(name_in(kLayout, {1, 0}), "");
}

TEST(DatagramTest, NothingIsWrittenBehindAShortOne) {
  Bytes bytes(6);
  put_int(kLayout.num_fds, 9, bytes);
  put_bytes(kLayout.name, "abc", bytes);
  put_bytes(kLayout.param, "x", bytes);
  EXPECT_EQ(bytes, (Bytes{0, 0, 0, 0, 'a', 'b'}));
}

TEST(DatagramTest, ShorterValueLeavesNothingOfTheLongerOne) {
  Bytes bytes = encode(kLayout, 1, "abc", "wxyz");
  put_bytes(kLayout.name, "d", bytes);
  EXPECT_EQ(bytes[5], 0);
  EXPECT_EQ(bytes[6], 0);
}

}  // namespace
}  // namespace gauntlet
