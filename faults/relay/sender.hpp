// SPDX-License-Identifier: BSD-3-Clause
// The way to one receiver: what is sent there leaves in order, each datagram from a socket that has
// its sender's address.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "faults/relay/datagram.hpp"
#include "faults/relay/namespaces.hpp"

namespace gauntlet {

class Sender {
 public:
  // Called with a datagram that does not get there, and the errno.
  using Lost = std::function<void(const Datagram& datagram, int error)>;

  // address: of the receiver, as seen from the runtime directory.
  Sender(Namespaces& namespaces, std::string address, Lost lost)
      : namespaces_(namespaces), address_(std::move(address)), lost_(std::move(lost)) {}

  // Sends a datagram at once, if nothing waits before it and there is room; 0 or errno. Whatever
  // that was, settle() is told of it.
  int attempt(const Datagram& datagram);

  // A datagram that was not sent waits (then it is taken from `datagram`) or is lost.
  void settle(Datagram& datagram, int error);

  // Sends a datagram, or lets it wait behind what waits already.
  void send(std::shared_ptr<const Datagram> datagram);

  // Sends what waits, as far as the receiver has room.
  void flush();

  [[nodiscard]] bool blocked() const { return !waiting_.empty(); }

  // The descriptor to poll for POLLOUT while the sender is blocked: it tells of the receiver's
  // queue.
  [[nodiscard]] int blocked_on() const { return blocked_on_; }

  // Ends it: no datagram gets there any more.
  void give_up(int error);

 private:
  int try_to_send(const Datagram& datagram);

  Namespaces& namespaces_;
  std::string address_;
  Lost lost_;
  std::map<std::string, Handle> sockets_;
  std::deque<std::shared_ptr<const Datagram>> waiting_;
  int blocked_on_ = -1;
};

}  // namespace gauntlet
