// SPDX-License-Identifier: BSD-3-Clause
// Proves that lines become verbs on threads of their own, or are refused.
#include "targets/peer/verbs.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

Json echo(const Call& call) { return {{"text", call.command["text"]}}; }

Json fail(const Call& /*call*/) { throw std::length_error("cannot create std::vector"); }

Json block(const Call& call) {
  call.job.wait_for_release();
  return {{"stopped", call.job.stopped()}};
}

class VerbsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    control_ = std::make_unique<Control>(ends_[1]);
    verbs_ = std::make_unique<Verbs>(*control_);
    verbs_->add("echo", {{{"text", Type::kString, Need::kRequired}}, echo});
    verbs_->add("throw", {{}, fail});
    verbs_->absent("mp_not_yet");
    verbs_->absent("mp_of_ours", "rte_mp_theirs");
    verbs_->add("block", {{}, block});
  }
  void TearDown() override {
    for (const int fd : ends_) close(fd);
  }

  Json answer() {
    while (heard_.find('\n') == std::string::npos) {
      std::array<char, 4096> data{};
      const ssize_t n = read(ends_[0], data.data(), data.size());
      if (n <= 0) return nullptr;
      heard_.append(data.data(), static_cast<std::size_t>(n));
    }
    const auto end = heard_.find('\n');
    Json line = Json::parse(heard_.substr(0, end));
    heard_.erase(0, end + 1);
    return line;
  }

  std::string refused(const std::string& line) {
    verbs_->dispatch(line);
    return answer().value("refused", "accepted");
  }

  std::array<int, 2> ends_{};
  std::unique_ptr<Control> control_;
  std::unique_ptr<Verbs> verbs_;
  std::string heard_;
};

TEST_F(VerbsTest, AnswersUnderTheIdOfTheCommand) {
  verbs_->dispatch(R"({"id":7,"verb":"echo","text":"hi"})");
  const Json got = answer();
  EXPECT_EQ(got["re"], 7);
  EXPECT_EQ(got["text"], "hi");
}

TEST_F(VerbsTest, ABlockedVerbDoesNotDeafenThePeer) {
  verbs_->dispatch(R"({"id":1,"verb":"block"})");
  verbs_->dispatch(R"({"id":2,"verb":"echo","text":"still here"})");
  EXPECT_EQ(answer()["re"], 2);
  EXPECT_TRUE(verbs_->release(1));
  EXPECT_EQ(answer()["stopped"], false);
}

TEST_F(VerbsTest, AJobCanBeStopped) {
  verbs_->dispatch(R"({"id":1,"verb":"block"})");
  EXPECT_TRUE(verbs_->stop(1));
  EXPECT_EQ(answer()["stopped"], true);
  EXPECT_FALSE(verbs_->stop(1));
  EXPECT_FALSE(verbs_->release(1));
}

TEST_F(VerbsTest, RefusesByName) {
  EXPECT_THAT(refused("no json"), HasSubstr("\"id\""));
  EXPECT_THAT(refused(R"([1])"), HasSubstr("\"id\""));
  EXPECT_THAT(refused(R"({"id":1})"), HasSubstr("a command is one JSON object"));
  EXPECT_THAT(refused(R"({"id":1,"verb":"shout"})"), HasSubstr("unknown verb \"shout\""));
  EXPECT_THAT(refused(R"({"id":1,"verb":"shout"})"),
              HasSubstr("block, echo, mp_not_yet, mp_of_ours, throw"));
  EXPECT_THAT(refused(R"({"id":1,"verb":"echo"})"), HasSubstr("\"text\""));
  EXPECT_THAT(refused(R"({"id":1,"verb":"echo","text":1})"), HasSubstr("a string"));
  EXPECT_THAT(refused(R"({"id":1,"verb":"echo","text":"","x":1})"), HasSubstr("unknown key \"x\""));
}

TEST_F(VerbsTest, WhatAVerbThrowsIsItsAnswer) {
  verbs_->dispatch(R"({"id":1,"verb":"throw"})");
  const Json got = answer();
  EXPECT_EQ(got["re"], 1);
  EXPECT_EQ(got["failed"], "cannot create std::vector");
  // It is over, and others are not concerned.
  verbs_->dispatch(R"({"id":1,"verb":"echo","text":"hi"})");
  EXPECT_EQ(answer()["text"], "hi");
}

TEST_F(VerbsTest, RefusesWhatThisDpdkDoesNotHave) {
  verbs_->dispatch(R"({"id":1,"verb":"mp_not_yet"})");
  const Json got = answer();
  EXPECT_THAT(got["unsupported"].get<std::string>(), HasSubstr("rte_mp_not_yet is not in DPDK "));
  verbs_->dispatch(R"({"id":1,"verb":"mp_of_ours"})");
  EXPECT_THAT(answer()["unsupported"].get<std::string>(),
              HasSubstr("rte_mp_theirs is not in DPDK "));
}

TEST_F(VerbsTest, RefusesAnIdThatIsStillRunning) {
  verbs_->dispatch(R"({"id":1,"verb":"block"})");
  EXPECT_THAT(refused(R"({"id":1,"verb":"block"})"), HasSubstr("still running"));
  verbs_->release(1);
  answer();
}

}  // namespace
}  // namespace gauntlet
