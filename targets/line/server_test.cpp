// SPDX-License-Identifier: BSD-3-Clause
// Proves that each line is answered once: by its verb, by a refusal, or by what the verb threw.
#include "targets/line/server.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "targets/line/handle.hpp"

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

Json zero(const Json& /*command*/) { return {{"ret", 0}}; }

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    server_.add("echo", {{{"port_id", Type::kUint16, Need::kRequired}}}, [](const Json& command) {
      return Json{{"port_id", command["port_id"].get<std::uint16_t>()}};
    });
    server_.add("throw", {},
                [](const Json& /*command*/) -> Json { throw std::length_error("too much"); });
    server_.add("throw_oddly", {}, [](const Json& /*command*/) -> Json { throw 1; });
    server_.add("gone", {{}, nullptr, "rte_gone is not in DPDK 20.11"},
                [](const Json& /*command*/) { return Json::object(); });
    server_.add("odd",
                {{{"n", Type::kInt}},
                 [](const Json& command) {
                   return command["n"] == 1 ? std::nullopt
                                            : std::optional<std::string>("n must be 1");
                 }},
                zero);
  }

  Json answer_to(const std::string& line) {
    const std::string text = line + "\n";
    const auto before = answers_.size();
    server_.feed(text.data(), text.size());
    EXPECT_EQ(answers_.size(), before + 1);
    return answers_.back();
  }

  std::vector<Json> answers_;
  Server server_{[this](Json answer) { answers_.push_back(std::move(answer)); }};
};

TEST_F(ServerTest, AnswersUnderTheIdOfTheCommand) {
  EXPECT_EQ(answer_to(R"({"id":7,"verb":"echo","port_id":65535})"),
            Json({{"re", 7}, {"port_id", 65535}}));
}

TEST_F(ServerTest, RefusesByName) {
  const auto refused = [this](const std::string& line) {
    return answer_to(line).value("refused", "accepted");
  };
  EXPECT_THAT(refused("no json"), HasSubstr("\"id\""));
  EXPECT_THAT(refused(R"([1])"), HasSubstr("\"id\""));
  EXPECT_THAT(refused(R"({"verb":"echo"})"), HasSubstr("\"id\""));
  EXPECT_THAT(refused(R"({"id":18446744073709551615,"verb":"echo"})"), HasSubstr("\"id\""));
  EXPECT_THAT(refused(R"({"id":1})"), HasSubstr("a command is one JSON object"));
  EXPECT_THAT(refused(R"({"id":1,"verb":2})"), HasSubstr("a command is one JSON object"));
  EXPECT_THAT(refused(R"({"id":1,"verb":"shout"})"),
              HasSubstr("unknown verb \"shout\"; the verbs are: echo, gone, odd, throw"));
  EXPECT_THAT(refused(R"({"id":1,"verb":"echo"})"), HasSubstr("needs the key \"port_id\""));
  EXPECT_THAT(refused(R"({"id":1,"verb":"echo","port_id":65536})"), HasSubstr("0 to 65535"));
  EXPECT_THAT(refused(R"({"id":1,"verb":"echo","port_id":1,"x":1})"),
              HasSubstr("unknown key \"x\""));
  EXPECT_THAT(refused(R"({"id":1,"verb":"odd","n":2})"), HasSubstr("n must be 1"));
}

TEST_F(ServerTest, RefusesWhatThisBuildCannotDo) {
  EXPECT_EQ(answer_to(R"({"id":1,"verb":"gone"})"),
            Json({{"re", 1}, {"unsupported", "rte_gone is not in DPDK 20.11"}}));
}

TEST_F(ServerTest, WhatIsThrownIsAnswered) {
  EXPECT_EQ(answer_to(R"({"id":1,"verb":"throw"})"), Json({{"re", 1}, {"failed", "too much"}}));
  EXPECT_THAT(answer_to(R"({"id":2,"verb":"throw_oddly"})").value("failed", ""),
              HasSubstr("no std::exception"));
  EXPECT_EQ(answer_to(R"({"id":3,"verb":"echo","port_id":0})")["re"], 3);
}

TEST_F(ServerTest, AVerbIsThereOnce) {
  EXPECT_THROW(server_.add("echo", {}, nullptr), std::logic_error);
}

TEST_F(ServerTest, HearsASocketUntilItsOwnerIsGone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  Handle owner(ends[0]);
  const Handle ours(ends[1]);
  EXPECT_TRUE(server_.hear(ours.get()));  // Nothing yet.
  const std::string text = R"({"id":1,"verb":"odd","n":1})"
                           "\n"
                           R"({"id":2,"ve)";
  ASSERT_EQ(write(owner.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_TRUE(server_.hear(ours.get()));
  EXPECT_EQ(answers_.size(), 1U);
  owner.reset();
  EXPECT_FALSE(server_.hear(ours.get()));
}

}  // namespace
}  // namespace gauntlet
