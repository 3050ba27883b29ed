// SPDX-License-Identifier: BSD-3-Clause
// Numbered frames, as traffic/frame.py and traffic/tunnel.py lay them out, in a process's hands.
#include "targets/peer/port/burst.hpp"

#include <rte_ethdev.h>
#include <sched.h>

#include <algorithm>

#include "targets/peer/stepping/stall.hpp"

namespace gauntlet {
namespace {

constexpr std::uint16_t kEtherTypeOffset = 12;
constexpr std::uint16_t kNumberedEtherType = 0x88b5;
constexpr std::uint16_t kWorkedOffset = 14;
constexpr std::uint16_t kFlowOffset = 15;
constexpr std::uint16_t kSeqOffset = 19;
constexpr std::uint16_t kNumbersEnd = 27;

// Ethernet, IPv4 without options, UDP: traffic/tunnel.py.
constexpr std::uint16_t kTunnelBytes = 14 + 20 + 8;
constexpr std::uint16_t kIpv4EtherType = 0x0800;
constexpr std::uint16_t kDestinationPortOffset = 14 + 20 + 2;
constexpr std::uint64_t kTunnelPort = kNumberedEtherType;

// `bytes` bytes at `offset`, big endian.
std::uint64_t number_at(const rte_mbuf* frame, std::uint16_t offset, unsigned bytes) {
  const auto* data = rte_pktmbuf_mtod_offset(frame, const std::uint8_t*, offset);
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value = value << 8U | data[i];
  return value;
}

bool has_ethertype(const rte_mbuf* frame, std::uint16_t ethertype, std::uint16_t least) {
  return rte_pktmbuf_data_len(frame) >= least && number_at(frame, kEtherTypeOffset, 2) == ethertype;
}

// Whether the frame is a numbered one now.
bool unwrap(rte_mbuf* frame) {
  if (has_ethertype(frame, kIpv4EtherType, kTunnelBytes) &&
      number_at(frame, kDestinationPortOffset, 2) == kTunnelPort) {
    rte_pktmbuf_adj(frame, kTunnelBytes);
  }
  return has_ethertype(frame, kNumberedEtherType, kNumbersEnd);
}

// Where consumers stand: reserved, and given back. The words of an RTS ring lie elsewhere.
std::uint32_t head_of_consumers(const rte_ring* ring) {
  return rte_ring_get_cons_sync_type(ring) == RTE_RING_SYNC_MT_RTS ? ring->rts_cons.head.val.pos
                                                                   : ring->cons.head;
}

std::uint32_t tail_of_consumers(const rte_ring* ring) {
  return rte_ring_get_cons_sync_type(ring) == RTE_RING_SYNC_MT_RTS ? ring->rts_cons.tail.val.pos
                                                                   : ring->cons.tail;
}

}  // namespace

unsigned Burst::receive(const QueuePair& from, std::uint16_t most) {
  const unsigned got = rte_eth_rx_burst(from.port, from.queue, frames_.data(), most);
  size_ = 0;
  for (unsigned i = 0; i < got; ++i) {
    if (unwrap(frames_[i])) {
      frames_[size_++] = frames_[i];
    } else {
      rte_pktmbuf_free(frames_[i]);
    }
  }
  return got - size_;
}

void Burst::dequeue(rte_ring* from, unsigned most) {
  size_ = rte_ring_dequeue_burst(from, objects(), most, nullptr);
}

void Burst::dequeue_held(rte_ring* from, unsigned most,
                         const std::function<void(const Burst&)>& inside) {
  StallTable table(kMost * sizeof(void*), [&] {
    // Nobody else is inside: all that is reserved is ours.
    Burst taking;
    auto* const* slots = reinterpret_cast<rte_mbuf* const*>(&from[1]);
    for (auto at = tail_of_consumers(from); at != head_of_consumers(from); ++at) {
      if (taking.size_ < kMost) taking.frames_[taking.size_++] = slots[at & from->mask];
    }
    inside(taking);
  });
  auto* taken = static_cast<void**>(table.data());
  table.close();
  size_ = rte_ring_dequeue_burst(from, taken, most, nullptr);
  std::copy_n(taken, size_, objects());
}

bool Burst::enqueue(rte_ring* to, const Job& job) {
  unsigned put = 0;
  while (put < size_) {
    const unsigned more = rte_ring_enqueue_burst(to, objects(put), size_ - put, nullptr);
    put += more;
    if (more == 0 && job.stopped()) return false;
    if (more == 0) sched_yield();
  }
  size_ = 0;
  return true;
}

bool Burst::send(const QueuePair& to, const Job& job) {
  unsigned sent = 0;
  while (sent < size_) {
    if (job.stopped()) return false;
    sent += rte_eth_tx_burst(to.port, to.queue, frames_.data() + sent,
                             static_cast<std::uint16_t>(size_ - sent));
  }
  size_ = 0;
  return true;
}

void Burst::enqueue_held(rte_ring* to, const std::function<void()>& inside) {
  StallTable table(kMost * sizeof(void*), inside);
  auto* putting = static_cast<void**>(table.data());
  std::copy_n(objects(), size_, putting);
  table.close();
  rte_ring_enqueue_bulk(to, putting, size_, nullptr);
  size_ = 0;
}

void Burst::mark(std::uint8_t by) {
  for (unsigned i = 0; i < size_; ++i) {
    *rte_pktmbuf_mtod_offset(frames_[i], std::uint8_t*, kWorkedOffset) += by;
  }
}

Json Burst::numbers() const {
  Json all = Json::array();
  for (unsigned i = 0; i < size_; ++i) {
    all.push_back({number_at(frames_[i], kFlowOffset, kSeqOffset - kFlowOffset),
                   number_at(frames_[i], kSeqOffset, kNumbersEnd - kSeqOffset)});
  }
  return all;
}

std::optional<std::string> burst_refusal(const Json& command) {
  const auto burst = command["burst"].get<std::uint64_t>();
  if (burst >= 1 && burst <= Burst::kMost) return std::nullopt;
  return "burst is " + std::to_string(burst) + "; it must be 1 to " + std::to_string(Burst::kMost);
}

}  // namespace gauntlet
