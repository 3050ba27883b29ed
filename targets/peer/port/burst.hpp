// SPDX-License-Identifier: BSD-3-Clause
// The frames that a process has in its hands between a port or a ring and the next.
#pragma once

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// One queue pair of a port: what is received comes from it, what is sent goes to it.
struct QueuePair {
  std::uint16_t port;
  std::uint16_t queue;
};

class Burst {
 public:
  static constexpr std::uint16_t kMost = 64;

  // Each takes up to `most` frames into empty hands.
  //
  // From a port only the numbered frames of traffic/frame.py are kept, taken out of the tunnel that
  // traffic/tunnel.py puts them in; how many others there were, which are freed.
  unsigned receive(const QueuePair& from, std::uint16_t most);
  void dequeue(rte_ring* from, unsigned most);
  // Dequeues; in the middle, when its place is taken and nothing is finished, `inside` is called
  // with what is being taken.
  void dequeue_held(rte_ring* from, unsigned most, const std::function<void(const Burst&)>& inside);

  // Each gives all of them away, however long the other side has no room; false when told to stop
  // meanwhile.
  bool enqueue(rte_ring* to, const Job& job);
  bool send(const QueuePair& to, const Job& job);
  // Enqueues; in the middle, before a slot is written, `inside` is called; there must be room.
  void enqueue_held(rte_ring* to, const std::function<void()>& inside);

  // Each frame says who had it in hand: `by` is added to its byte "worked".
  void mark(std::uint8_t by);

  [[nodiscard]] unsigned size() const { return size_; }
  // (flow, seq) of each.
  [[nodiscard]] Json numbers() const;

 private:
  void** objects(unsigned from = 0) { return reinterpret_cast<void**>(frames_.data() + from); }

  std::array<rte_mbuf*, kMost> frames_{};
  unsigned size_ = 0;
};

// Why a command with this "burst" is refused, or nothing.
std::optional<std::string> burst_refusal(const Json& command);

}  // namespace gauntlet
