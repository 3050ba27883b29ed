// SPDX-License-Identifier: BSD-3-Clause
// Proves which datagrams a rule takes, and what rewriting changes and leaves.
#include "faults/relay/rule.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>

namespace gauntlet {
namespace {

constexpr Layout kLayout = {20, {0, 4}, {4, 4}, {8, 4}, {12, 4}, {16, 4}};
constexpr Sight kSight = {1, "ping", "mp_socket", "mp_socket_1_a"};

Rule made(const Json& command) {
  auto rule = rule_of(command);
  EXPECT_TRUE(std::holds_alternative<Rule>(rule));
  return std::get<Rule>(rule);
}

bool taken(Json command, const Sight& sight = kSight) {
  command["action"] = "drop";
  Rule rule = made(command);
  return takes(rule, sight);
}

TEST(RuleTest, WhatIsAbsentMatchesAny) { EXPECT_TRUE(taken(Json::object())); }

TEST(RuleTest, EachConditionCanFail) {
  EXPECT_TRUE(taken({{"type", 1}}));
  EXPECT_FALSE(taken({{"type", 2}}));
  EXPECT_TRUE(taken({{"name", hex_of("ping", 4)}}));
  EXPECT_FALSE(taken({{"name", hex_of("pin", 3)}}));
  EXPECT_TRUE(taken({{"from", "primary"}}));
  EXPECT_FALSE(taken({{"from", "secondary"}}));
  EXPECT_TRUE(taken({{"to", "secondary"}}));
  EXPECT_TRUE(taken({{"to", "mp_socket_1_a"}}));
  EXPECT_FALSE(taken({{"to", "mp_socket_1_b"}}));
}

TEST(RuleTest, UnboundSenderIsNobody) {
  const Sight unbound = {1, "ping", "", "mp_socket"};
  EXPECT_FALSE(taken({{"from", "primary"}}, unbound));
  EXPECT_FALSE(taken({{"from", "secondary"}}, unbound));
  EXPECT_TRUE(taken({{"to", "primary"}}, unbound));
}

TEST(RuleTest, OrdinalAndNumberAreCounted) {
  Rule rule = made({{"action", "drop"}, {"nth", 2}, {"most", 2}, {"type", 1}});
  Sight other = kSight;
  other.type = 0;
  std::vector<bool> seen;
  for (const Sight& sight : {kSight, other, kSight, other, kSight, kSight}) {
    seen.push_back(takes(rule, sight));
  }
  EXPECT_THAT(seen, ::testing::ElementsAre(false, false, true, false, true, false));
}

TEST(RuleTest, UnknownActionIsRefusedByName) {
  const auto refused = rule_of({{"action", "eat"}});
  ASSERT_TRUE(std::holds_alternative<std::string>(refused));
  EXPECT_THAT(std::get<std::string>(refused), ::testing::HasSubstr("answer, delay, double, drop"));
}

TEST(RuleTest, BaseIsTheLastPartOfAPath) {
  EXPECT_EQ(base_of("/run/dpdk/rte/mp_socket"), "mp_socket");
  EXPECT_EQ(base_of("mp_socket"), "mp_socket");
  EXPECT_EQ(base_of(""), "");
}

TEST(RewriteTest, OnlyWhatIsNamedChanges) {
  Datagram datagram{encode(kLayout, 1, "abc", "wxyz"), "", {}};
  Bytes expected = datagram.bytes;
  put_int(kLayout.num_fds, 3, expected);
  rewrite(kLayout, made({{"action", "rewrite"}, {"set_num_fds", 3}}).rewriting, datagram);
  EXPECT_EQ(datagram.bytes, expected);
}

TEST(RewriteTest, ParamBringsItsLengthUnlessThatIsGiven) {
  Datagram datagram{encode(kLayout, 1, "abc", "wxyz"), "", {}};
  const Json command = {{"action", "rewrite"}, {"set_param", "61"}};
  rewrite(kLayout, made(command).rewriting, datagram);
  EXPECT_EQ(datagram.bytes, encode(kLayout, 1, "abc", "a"));
  rewrite(kLayout,
          made({{"action", "rewrite"}, {"set_param", "61"}, {"set_len_param", -1}}).rewriting,
          datagram);
  EXPECT_EQ(int_at(kLayout.len_param, datagram.bytes), -1);
}

class DescriptorsTest : public ::testing::Test {
 protected:
  static Datagram with_two() {
    Datagram datagram{encode(kLayout, 1, "abc", ""), "", {}};
    for (int n = 0; n < 2; ++n) datagram.fds.emplace_back(open("/", O_RDONLY | O_CLOEXEC));
    return datagram;
  }

  static bool is_null(int fd) {
    struct stat found = {};
    struct stat null = {};
    return fstat(fd, &found) == 0 && stat("/dev/null", &null) == 0 && found.st_rdev == null.st_rdev;
  }
};

TEST_F(DescriptorsTest, CanBeDropped) {
  Datagram datagram = with_two();
  rewrite(kLayout, made({{"action", "rewrite"}, {"set_fds", "none"}}).rewriting, datagram);
  EXPECT_TRUE(datagram.fds.empty());
}

TEST_F(DescriptorsTest, CanBeReplaced) {
  Datagram datagram = with_two();
  rewrite(kLayout, made({{"action", "rewrite"}, {"set_fds", "null"}}).rewriting, datagram);
  ASSERT_EQ(datagram.fds.size(), 2);
  for (const auto& fd : datagram.fds) EXPECT_TRUE(is_null(fd.get()));
}

TEST_F(DescriptorsTest, AreKeptOtherwise) {
  Datagram datagram = with_two();
  const int before = datagram.fds[0].get();
  rewrite(kLayout, made({{"action", "rewrite"}, {"set_type", 0}}).rewriting, datagram);
  EXPECT_EQ(datagram.fds[0].get(), before);
}

}  // namespace
}  // namespace gauntlet
