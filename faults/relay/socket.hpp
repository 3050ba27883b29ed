// SPDX-License-Identifier: BSD-3-Clause
// UNIX datagram sockets: one datagram in, one out, with its descriptors.
#pragma once

#include <string>

#include "faults/relay/datagram.hpp"

namespace gauntlet {

// Throws Failure.
Handle datagram_socket();

// 0 or errno. An address with a leading NUL is an abstract one; ENAMETOOLONG where it does not fit.
int bind_to(int socket, const std::string& address);
int connect_to(int socket, const std::string& address);

// Takes datagrams from sockets, one at a time.
class Receiver {
 public:
  // The next datagram, in place of what was there before; whether there was one. Throws Failure:
  // also where a datagram came without all of its bytes or descriptors, which must not be passed
  // on.
  bool receive(int socket, Datagram& datagram);

  // The next datagram, as by receive(), but sleeps until there is one.
  void await(int socket, Datagram& datagram);

 private:
  bool take(int socket, Datagram& datagram, int flags);

  // More than a datagram can have: what a sender's buffer holds by default is less.
  Bytes bytes_ = Bytes(std::size_t{256} << 10U);
};

// Sends on a connected socket and does not wait; 0 or errno, EAGAIN when the receiver's queue is
// full.
int send_on(int socket, const Datagram& datagram);

}  // namespace gauntlet
