// SPDX-License-Identifier: BSD-3-Clause
// Proves the line protocol: whole lines out, whole lines in, whatever the chunks.
#include "targets/line/control.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace gauntlet {
namespace {

using ::testing::ElementsAre;

class ControlTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  void TearDown() override {
    for (const int fd : ends_) close(fd);
  }

  void owner_says(const std::string& text) const {
    ASSERT_EQ(write(ends_[0], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  [[nodiscard]] std::string owner_hears() const {
    std::array<char, 4096> data{};
    const ssize_t n = read(ends_[0], data.data(), data.size());
    return {data.data(), static_cast<std::size_t>(n)};
  }

  std::array<int, 2> ends_{};
};

TEST_F(ControlTest, LinesAreWholeWhateverTheChunks) {
  owner_says("one\ntw");
  std::thread later([this] {
    owner_says("o\n\nthree, cut");
    shutdown(ends_[0], SHUT_WR);
  });
  std::vector<std::string> lines;
  Control(ends_[1]).read_until_eof([&](const std::string& line) { lines.push_back(line); });
  later.join();
  EXPECT_THAT(lines, ElementsAre("one", "two", ""));
}

TEST_F(ControlTest, EveryLineIsStamped) {
  const auto before = now_ns();
  Control(ends_[1]).event("hello", {{"fact", 1}});
  const Json line = Json::parse(owner_hears());
  EXPECT_EQ(line["event"], "hello");
  EXPECT_EQ(line["fact"], 1);
  EXPECT_GE(line["at"].get<std::int64_t>(), before);
}

TEST_F(ControlTest, BytesThatAreNoTextAreShownNotFatal) {
  Control(ends_[1]).event("name", {{"name", std::string("\xff\xfe")}});
  EXPECT_TRUE(Json::parse(owner_hears()).contains("name"));
}

TEST_F(ControlTest, AnOwnerThatIsGoneIsNoError) {
  close(ends_[0]);
  ends_[0] = dup(ends_[1]);
  shutdown(ends_[1], SHUT_RDWR);
  Control(ends_[1]).event("nobody listens");
}

}  // namespace
}  // namespace gauntlet
