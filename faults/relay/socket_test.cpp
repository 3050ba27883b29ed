// SPDX-License-Identifier: BSD-3-Clause
// Proves that a datagram is passed whole, and that whatever keeps it from that is told.
#include "faults/relay/socket.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

// At most so many descriptors, while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{most, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &now);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  DescriptorLimit(DescriptorLimit&&) = delete;
  DescriptorLimit& operator=(DescriptorLimit&&) = delete;
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class SocketTest : public ::testing::Test {
 protected:
  // Addresses in nobody's folder.
  SocketTest() { EXPECT_EQ(bind_to(peer_.get(), address("peer")), 0); }

  static std::string address(const std::string& name) {
    return std::string("\0gauntlet-socket-test-", 22) + std::to_string(getpid()) + name;
  }
  static Handle sender() {
    Handle socket = datagram_socket();
    EXPECT_EQ(connect_to(socket.get(), address("peer")), 0);
    return socket;
  }
  static Datagram with_descriptor() {
    Datagram datagram{{1, 2, 3}, "", {}};
    datagram.fds.emplace_back(open("/dev/null", O_RDWR | O_CLOEXEC));
    return datagram;
  }

  Handle peer_ = datagram_socket();
  Receiver receiver_;
  Datagram got_;
};

TEST_F(SocketTest, PassesBytesAddressAndDescriptors) {
  const Handle from = sender();
  ASSERT_EQ(bind_to(from.get(), address("sender")), 0);
  const Datagram sent = with_descriptor();
  ASSERT_EQ(send_on(from.get(), sent), 0);
  ASSERT_TRUE(receiver_.receive(peer_.get(), got_));
  EXPECT_EQ(got_.bytes, sent.bytes);
  EXPECT_EQ(got_.from, address("sender"));
  EXPECT_EQ(got_.fds.size(), 1);
  EXPECT_FALSE(receiver_.receive(peer_.get(), got_));
}

TEST_F(SocketTest, FullAndDeadReceiversAreTold) {
  const Handle from = sender();
  int error = 0;
  for (int n = 0; n < 100'000 && error == 0; ++n) error = send_on(from.get(), {{1}, "", {}});
  EXPECT_EQ(error, EAGAIN);
  peer_.reset();
  EXPECT_EQ(send_on(from.get(), {{1}, "", {}}), ECONNREFUSED);
}

TEST_F(SocketTest, AddressThatIsTooLongIsTold) {
  EXPECT_EQ(bind_to(datagram_socket().get(), std::string(108, 'x')), ENAMETOOLONG);
}

TEST_F(SocketTest, DatagramThatLosesItsDescriptorsHereIsNotPassedOn) {
  const Handle from = sender();
  ASSERT_EQ(send_on(from.get(), with_descriptor()), 0);
  const DescriptorLimit none(0);
  EXPECT_THROW(receiver_.receive(peer_.get(), got_), Failure);
}

TEST_F(SocketTest, SocketThatCannotBeMadeIsTold) {
  const DescriptorLimit none(0);
  EXPECT_THROW(datagram_socket(), Failure);
}

TEST_F(SocketTest, WhatIsNoSocketIsTold) {
  const Handle file(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_THROW(receiver_.receive(file.get(), got_), Failure);
}

}  // namespace
}  // namespace gauntlet
