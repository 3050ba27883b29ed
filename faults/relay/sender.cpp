// SPDX-License-Identifier: BSD-3-Clause
// Sends in order, from everybody's address.
#include "faults/relay/sender.hpp"

#include <cerrno>
#include <utility>

#include "faults/relay/socket.hpp"

namespace gauntlet {
namespace {

// Senders come and go under new addresses: the sockets of all of them need not be kept.
constexpr std::size_t kMostSockets = 128;

}  // namespace

int Sender::attempt(const Datagram& datagram) {
  return waiting_.empty() ? try_to_send(datagram) : EAGAIN;
}

void Sender::settle(Datagram& datagram, int error) {
  if (error == EAGAIN) {
    waiting_.push_back(std::make_shared<Datagram>(std::exchange(datagram, {})));
  } else if (error != 0) {
    lost_(datagram, error);
  }
}

void Sender::send(std::shared_ptr<const Datagram> datagram) {
  waiting_.push_back(std::move(datagram));
  if (waiting_.size() == 1) flush();
}

void Sender::flush() {
  while (!waiting_.empty()) {
    const int error = try_to_send(*waiting_.front());
    if (error == EAGAIN) return;
    const auto datagram = std::move(waiting_.front());
    waiting_.pop_front();
    if (error != 0) lost_(*datagram, error);
  }
}

void Sender::give_up(int error) {
  for (const auto& datagram : waiting_) lost_(*datagram, error);
  waiting_.clear();
}

int Sender::try_to_send(const Datagram& datagram) {
  const auto known = sockets_.find(datagram.from);
  if (known != sockets_.end()) {
    blocked_on_ = known->second.get();
    const int error = send_on(blocked_on_, datagram);
    if (error == 0 || error == EAGAIN) return error;
    sockets_.erase(known);  // Another process may live behind the same address by now.
  }
  if (sockets_.size() > kMostSockets) sockets_.clear();
  Handle socket = datagram_socket();
  int error = datagram.from.empty() ? 0 : namespaces_.bind_unseen(socket.get(), datagram.from);
  // Connected, it tells by POLLOUT when the receiver has room again, and costs no look-up.
  if (error == 0) error = connect_to(socket.get(), address_);
  if (error != 0) return error;
  blocked_on_ = socket.get();
  sockets_[datagram.from] = std::move(socket);
  return send_on(blocked_on_, datagram);
}

}  // namespace gauntlet
