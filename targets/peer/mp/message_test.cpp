// SPDX-License-Identifier: BSD-3-Clause
// Proves that every field of DPDK's structures goes in and comes out.
#include "targets/peer/mp/message.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "targets/peer/answer.hpp"

namespace gauntlet {
namespace {

TEST(Message, TakesLengthsFromWhatIsGiven) {
  const rte_mp_msg msg = message_of({{"name", "ping"}, {"param", "0102ff"}, {"fds", {5, 6}}});
  EXPECT_STREQ(msg.name, "ping");
  EXPECT_EQ(msg.len_param, 3);
  EXPECT_EQ(msg.param[2], 0xff);
  EXPECT_EQ(msg.num_fds, 2);
  EXPECT_EQ(msg.fds[1], 6);
}

TEST(Message, TakesLiesAsTheyAre) {
  const rte_mp_msg msg = message_of({{"name", "n"}, {"len_param", -7}, {"num_fds", 1000}});
  EXPECT_EQ(msg.len_param, -7);
  EXPECT_EQ(msg.num_fds, 1000);
}

TEST(Message, MayHaveANameWithoutNul) {
  const rte_mp_msg msg = message_of({{"name", std::string(RTE_MP_MAX_NAME_LEN, 'n')}});
  EXPECT_EQ(strnlen(msg.name, sizeof(msg.name)), sizeof(msg.name));
  EXPECT_EQ(json_of(msg)["name"], std::string(RTE_MP_MAX_NAME_LEN, 'n'));
}

TEST(Message, IsRefusedWhenCCouldNotHoldIt) {
  EXPECT_FALSE(message_refusal({{"name", "n"}}));
  EXPECT_TRUE(message_refusal(Json::object()));
  EXPECT_TRUE(message_refusal({{"name", std::string(RTE_MP_MAX_NAME_LEN + 1, 'n')}}));
  EXPECT_TRUE(message_refusal({{"name", "n"}, {"param", std::string(514, '0')}}));
  EXPECT_TRUE(
      message_refusal({{"name", "n"}, {"fds", std::vector<int>(RTE_MP_MAX_FD_NUM + 1, 0)}}));
  EXPECT_FALSE(message_refusal({{"id", 1}, {"verb", "v"}, {"msg", nullptr}}));
  EXPECT_TRUE(message_refusal({{"id", 1}, {"verb", "v"}, {"msg", nullptr}, {"name", "n"}}));
}

TEST(Message, ShowsWhichFileADescriptorOpens) {
  rte_mp_msg msg{};
  msg.num_fds = 2;
  msg.fds[0] = STDIN_FILENO;
  msg.fds[1] = 9999;
  struct stat st = {};
  ASSERT_EQ(fstat(STDIN_FILENO, &st), 0);
  const Json fds = json_of(msg)["fds"];
  EXPECT_EQ(fds[0]["ino"], st.st_ino);
  EXPECT_EQ(fds[1]["errno"], "EBADF");
}

TEST(Message, ShowsWhatLenParamCoversAndNoMore) {
  rte_mp_msg msg{};
  msg.param[0] = 0xab;
  msg.len_param = 1;
  EXPECT_EQ(json_of(msg)["param"], "ab");
  msg.len_param = -5;
  EXPECT_EQ(json_of(msg)["param"], "");
  msg.len_param = 100000;
  EXPECT_EQ(json_of(msg)["param"].get<std::string>().size(), 2U * RTE_MP_MAX_PARAM_LEN);
}

TEST(ReplyJson, TellsUntouchedFromNullAndFromEmpty) {
  Reply reply = untouched_reply();
  EXPECT_EQ(json_of(reply),
            (Json{{"nb_sent", "untouched"}, {"nb_received", "untouched"}, {"msgs", "untouched"}}));
  reply = {0, 0, nullptr};
  EXPECT_EQ(json_of(reply), (Json{{"nb_sent", 0}, {"nb_received", 0}, {"msgs", nullptr}}));
}

TEST(ReplyJson, FreesOnlyWhatTheCallAllocated) {
  Reply reply = untouched_reply();
  free_messages(reply);
  EXPECT_EQ(reply.msgs, nullptr);
}

TEST(Layout, MatchesTheStructOfThisRelease) {
  const Json layout = datagram_layout();
  EXPECT_EQ(layout["type"]["offset"], 0);
  EXPECT_EQ(layout["name"]["size"], RTE_MP_MAX_NAME_LEN);
  EXPECT_EQ(layout["param"]["size"], RTE_MP_MAX_PARAM_LEN);
  EXPECT_GE(layout["size"].get<std::size_t>(),
            layout["param"]["offset"].get<std::size_t>() + RTE_MP_MAX_PARAM_LEN);
}

TEST(Errno, HasItsName) {
  EXPECT_EQ(errno_name(0), nullptr);
  EXPECT_EQ(errno_name(ETIMEDOUT), "ETIMEDOUT");
  EXPECT_EQ(errno_name(4095), "errno 4095");
}

}  // namespace
}  // namespace gauntlet
