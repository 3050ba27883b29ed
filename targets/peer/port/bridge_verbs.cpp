// SPDX-License-Identifier: BSD-3-Clause
// The other end of a port whose wire the kernel does not see: frames go from there to a port that
// has a wire, and back.
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sched.h>

#include <array>

#include "targets/peer/families.hpp"
#include "targets/peer/verbs.hpp"

namespace gauntlet {
namespace {

constexpr std::uint16_t kBurst = 32;

// One queue of a port to the same queue of another one. Nothing is dropped: what the other one has
// no room for waits here, and the port's own queue fills up.
class Lane {
 public:
  Lane(std::uint16_t from, std::uint16_t to, std::uint16_t queue)
      : from_(from), to_(to), queue_(queue) {}

  // Takes and gives what it can; whether that was any frame.
  bool move() {
    if (first_ == end_) {
      first_ = 0;
      end_ = rte_eth_rx_burst(from_, queue_, frames_.data(), kBurst);
    }
    if (first_ == end_) return false;
    const std::uint16_t sent = rte_eth_tx_burst(to_, queue_, frames_.data() + first_,
                                                static_cast<std::uint16_t>(end_ - first_));
    first_ = static_cast<std::uint16_t>(first_ + sent);
    moved_ += sent;
    return sent > 0;
  }

  // Frees what it has in hand; how many it has moved.
  std::uint64_t end() {
    for (; first_ < end_; ++first_) rte_pktmbuf_free(frames_[first_]);
    return moved_;
  }

 private:
  std::uint16_t from_;
  std::uint16_t to_;
  std::uint16_t queue_;
  std::array<rte_mbuf*, kBurst> frames_{};
  std::uint16_t first_ = 0;
  std::uint16_t end_ = 0;
  std::uint64_t moved_ = 0;
};

Json bridge(const Call& call) {
  const auto near = call.command["port_id"].get<std::uint16_t>();
  const auto far = call.command["to_port_id"].get<std::uint16_t>();
  std::vector<Lane> out;
  std::vector<Lane> in;
  for (std::uint16_t queue = 0; queue < call.command["queues"].get<std::uint16_t>(); ++queue) {
    out.emplace_back(near, far, queue);
    in.emplace_back(far, near, queue);
  }
  call.control.event("bridging", {{"of", call.command["id"]}});
  while (!call.job.stopped()) {
    bool idle = true;
    for (auto* lanes : {&out, &in}) {
      for (Lane& lane : *lanes) idle = !lane.move() && idle;
    }
    if (idle) sched_yield();  // There may be more processes than cores.
  }
  std::uint64_t left = 0;
  std::uint64_t came = 0;
  for (Lane& lane : out) left += lane.end();
  for (Lane& lane : in) came += lane.end();
  return {{"ret", 0}, {"left", left}, {"came", came}};
}

}  // namespace

void add_bridge_verbs(Verbs& verbs) {
  verbs.add("port_bridge", {{{"port_id", Type::kUint16, Need::kRequired},
                             {"to_port_id", Type::kUint16, Need::kRequired},
                             {"queues", Type::kUint16, Need::kRequired}},
                            bridge});
}

}  // namespace gauntlet
