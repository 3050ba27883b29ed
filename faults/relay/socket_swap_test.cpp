// SPDX-License-Identifier: BSD-3-Clause
// Proves that a place is taken in one step and given back whatever has become of its owner, by the
// undo process too.
#include "faults/relay/socket_swap.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "faults/relay/socket.hpp"
#include "faults/relay/undo.hpp"

namespace gauntlet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SocketSwapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = std::filesystem::temp_directory_path() / "g-swap-XXXXXX";
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

TEST_F(SocketSwapTest, IsTakenAndGivenBack) {
  take();
  EXPECT_EQ(inode_of("peer"), ours_);
  EXPECT_EQ(inode_of("aside_peer"), theirs_);
  put_back("peer", ours_);
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_THAT(names(), ElementsAre("peer"));
  put_back("peer", ours_);  // Once more changes nothing.
  EXPECT_EQ(inode_of("peer"), theirs_);
}

TEST_F(SocketSwapTest, OwnerThatHasUnlinkedItHasNothingPutBack) {
  take();
  unlink("peer");
  put_back("peer", ours_);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(SocketSwapTest, SocketThatCameInBetweenStays) {
  take();
  unlink("peer");
  const Handle next = bound("peer");
  const Inode its = inode_of("peer");
  put_back("peer", ours_);
  EXPECT_EQ(inode_of("peer"), its);
  EXPECT_THAT(names(), ElementsAre("peer"));
}

TEST_F(SocketSwapTest, OursIsTakenAwayWhereNothingIsLeftToPutBack) {
  take();
  unlink("aside_peer");
  put_back("peer", ours_);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(SocketSwapTest, NobodyThereAndNoSocketAreTold) {
  EXPECT_EQ(stand_aside(front_.get(), "nobody"), ENOENT);
  const Handle file(open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  EXPECT_EQ(stand_aside(front_.get(), "file"), ENOTSOCK);
}

TEST_F(SocketSwapTest, SecondRelayIsTold) {
  take();
  const Handle second = datagram_socket();
  EXPECT_EQ(stand_aside(second.get(), "peer"), EEXIST);
  EXPECT_EQ(inode_of("peer"), ours_);
}

TEST_F(SocketSwapTest, WhatADeadRelayHasLeftIsHealed) {
  take();
  front_.reset();
  EXPECT_FALSE(lives("peer"));
  const Handle second = datagram_socket();
  ASSERT_EQ(stand_aside(second.get(), "peer"), 0);
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_TRUE(lives("peer"));
}

TEST_F(SocketSwapTest, UndoProcessPutsBackWhatTheEngineHasNot) {
  {
    const UndoProcess undo;
    undo.expect("peer");
    take();
    undo.note("peer", ours_);
  }  // All that the engine's death does: the pipe is closed.
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_THAT(names(), ElementsAre("peer"));
}

TEST_F(SocketSwapTest, UndoProcessTakesAwayWhatWasNotYetInThePlace) {
  {
    const UndoProcess undo;
    undo.expect("peer");
    ASSERT_EQ(stand_aside(front_.get(), "peer"), 0);
    front_.reset();
  }
  EXPECT_EQ(inode_of("peer"), theirs_);
  EXPECT_THAT(names(), ElementsAre("peer"));
}

TEST_F(SocketSwapTest, UndoProcessLeavesWhatItWasToldToForget) {
  take();
  {
    const UndoProcess undo;
    undo.note("peer", ours_);
    undo.forget("peer");
  }
  EXPECT_EQ(inode_of("peer"), ours_);
}

}  // namespace
}  // namespace gauntlet
