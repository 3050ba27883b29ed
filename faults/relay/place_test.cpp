// SPDX-License-Identifier: BSD-3-Clause
// Proves that a place is taken in one step and given back whatever has become of its owner, by the
// warden too.
#include "place.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "socket.hpp"
#include "warden.hpp"

namespace gauntlet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PlaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = std::filesystem::temp_directory_path() / "g-place-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
    peer_ = bound("peer");
    theirs_ = inode_of("peer");
  }
  void TearDown() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

  static Handle bound(const std::string& name) {
    Handle socket = datagram_socket();
    EXPECT_EQ(bind_to(socket.get(), name), 0);
    return socket;
  }

  // Takes the peer's place.
  void take() {
    ASSERT_EQ(stand_aside(front_.get(), "peer"), 0);
    ours_ = inode_of(aside_of("peer"));
    ASSERT_EQ(swap("peer"), 0);
  }

  static std::set<std::string> names() {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(".")) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  std::filesystem::path folder_;
  std::filesystem::path before_;
  Handle peer_;
  Handle front_ = datagram_socket();
  Inode theirs_;
  Inode ours_;
};

TEST_F(PlaceTest, IsTakenAndGivenBack) {
  take();
  EXPECT_EQ(inode_of("peer"), ours_);
  EXPECT_EQ(inode_of("aside_peer"), theirs_);
  put_back("peer", ours_);
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_THAT(names(), ElementsAre("peer"));
  put_back("peer", ours_);  // Once more changes nothing.
  EXPECT_EQ(inode_of("peer"), theirs_);
}

TEST_F(PlaceTest, OwnerThatHasUnlinkedItHasNothingPutBack) {
  take();
  unlink("peer");
  put_back("peer", ours_);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(PlaceTest, SocketThatCameInBetweenStays) {
  take();
  unlink("peer");
  const Handle next = bound("peer");
  const Inode its = inode_of("peer");
  put_back("peer", ours_);
  EXPECT_EQ(inode_of("peer"), its);
  EXPECT_THAT(names(), ElementsAre("peer"));
}

TEST_F(PlaceTest, OursIsTakenAwayWhereNothingIsLeftToPutBack) {
  take();
  unlink("aside_peer");
  put_back("peer", ours_);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(PlaceTest, NobodyThereAndNoSocketAreTold) {
  EXPECT_EQ(stand_aside(front_.get(), "nobody"), ENOENT);
  const Handle file(open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  EXPECT_EQ(stand_aside(front_.get(), "file"), ENOTSOCK);
}

TEST_F(PlaceTest, SecondRelayIsTold) {
  take();
  const Handle second = datagram_socket();
  EXPECT_EQ(stand_aside(second.get(), "peer"), EEXIST);
  EXPECT_EQ(inode_of("peer"), ours_);
}

TEST_F(PlaceTest, WhatADeadRelayHasLeftIsHealed) {
  take();
  front_.reset();
  EXPECT_FALSE(lives("peer"));
  const Handle second = datagram_socket();
  ASSERT_EQ(stand_aside(second.get(), "peer"), 0);
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_TRUE(lives("peer"));
}

TEST_F(PlaceTest, WardenPutsBackWhatTheEngineHasNot) {
  {
    const Warden warden;
    warden.expect("peer");
    take();
    warden.note("peer", ours_);
  }  // All that the engine's death does: the pipe is closed.
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_THAT(names(), ElementsAre("peer"));
}

TEST_F(PlaceTest, WardenTakesAwayWhatWasNotYetInThePlace) {
  {
    const Warden warden;
    warden.expect("peer");
    ASSERT_EQ(stand_aside(front_.get(), "peer"), 0);
    front_.reset();
  }
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_THAT(names(), ElementsAre("peer"));
}

TEST_F(PlaceTest, WardenLeavesWhatItWasToldToForget) {
  take();
  {
    const Warden warden;
    warden.note("peer", ours_);
    warden.forget("peer");
  }
  EXPECT_EQ(inode_of("peer"), ours_);
}

}  // namespace
}  // namespace gauntlet
