// SPDX-License-Identifier: BSD-3-Clause
// The client_server topology of DPDK's examples: the primary owns the port and deals frames to
// secondaries through rings; each secondary touches its frames and hands them back; the primary
// sends.
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <sched.h>

#include <algorithm>
#include <array>

#include "verbs.hpp"

namespace gauntlet {
namespace {

constexpr std::uint16_t kMostBurst = 64;
// The first byte after the Ethernet header counts the processes that had the frame in hand
// (traffic/frame.py, "worked").
constexpr std::uint16_t kWorkedOffset = 14;
constexpr std::uint16_t kNumberedEtherType = 0x88b5;
constexpr std::uint16_t kEtherTypeOffset = 12;

bool is_numbered(const rte_mbuf* frame) {
  if (rte_pktmbuf_data_len(frame) <= kWorkedOffset) return false;
  const auto* bytes = rte_pktmbuf_mtod(frame, const std::uint8_t*);
  return (bytes[kEtherTypeOffset] << 8U | bytes[kEtherTypeOffset + 1]) == kNumberedEtherType;
}

using Burst = std::array<rte_mbuf*, kMostBurst>;

void** objects(Burst& burst, unsigned from = 0) {
  return reinterpret_cast<void**>(burst.data() + from);
}

std::vector<rte_ring*> lookup_all(const std::vector<std::string>& names) {
  std::vector<rte_ring*> found(names.size());
  std::transform(names.begin(), names.end(), found.begin(),
                 [](const std::string& name) { return rte_ring_lookup(name.c_str()); });
  return found;
}

// Offers all of a burst to a ring that may be full for a while; false when told to stop meanwhile.
bool put_all(rte_ring* ring, Burst& burst, unsigned n, const Job& job) {
  unsigned put = 0;
  while (put < n) {
    const unsigned more = rte_ring_enqueue_burst(ring, objects(burst, put), n - put, nullptr);
    put += more;
    if (more == 0 && job.stopped()) return false;
    if (more == 0) sched_yield();
  }
  return true;
}

// Deals frames from the port to the rings in turn, and sends what comes back. A frame is taken from
// the port only when the ring whose turn it is has room: a slow or dead secondary makes the port's
// own queue fill up, and nothing is dropped here.
Json serve(const Call& call) {
  const auto port = call.command["port_id"].get<std::uint16_t>();
  const auto burst = call.command["burst"].get<std::uint16_t>();
  const auto to = lookup_all(call.command["to_rings"].get<std::vector<std::string>>());
  const auto from = lookup_all(call.command["from_rings"].get<std::vector<std::string>>());
  if (std::count(to.begin(), to.end(), nullptr) + std::count(from.begin(), from.end(), nullptr) >
      0) {
    return {{"ret", -1}, {"why", "a ring of that name does not exist"}};
  }
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::uint64_t other = 0;
  std::size_t turn = 0;
  Burst frames{};
  call.control.event("serving", {{"of", call.command["id"]}});
  while (!call.job.stopped()) {
    rte_ring* ring = to[turn];
    bool idle = true;
    if (rte_ring_free_count(ring) >= burst) {
      std::uint16_t n = 0;
      const std::uint16_t got = rte_eth_rx_burst(port, 0, frames.data(), burst);
      for (std::uint16_t i = 0; i < got; ++i) {
        if (is_numbered(frames[i])) {
          frames[n++] = frames[i];
        } else {
          rte_pktmbuf_free(frames[i]);
          ++other;
        }
      }
      received += n;
      if (n > 0 && !put_all(ring, frames, n, call.job)) break;
      if (n > 0) idle = false;
    }
    turn = (turn + 1) % to.size();
    for (rte_ring* back : from) {
      const unsigned n = rte_ring_dequeue_burst(back, objects(frames), burst, nullptr);
      std::uint16_t out = 0;
      while (out < n && !call.job.stopped()) {
        out += rte_eth_tx_burst(port, 0, frames.data() + out, static_cast<std::uint16_t>(n - out));
      }
      sent += out;
      if (n > 0) idle = false;
    }
    if (idle) sched_yield();
  }
  return {{"ret", 0}, {"received", received}, {"sent", sent}, {"other", other}};
}

// Takes frames from one ring, marks each, and hands them to another. With "hold_after": n it stops
// between the two with a burst in hand once n frames have passed, says so, and waits for "release".
Json work(const Call& call) {
  const auto burst = call.command["burst"].get<unsigned>();
  auto hold_after = call.command.value("hold_after", std::uint64_t{0});
  rte_ring* from = rte_ring_lookup(call.command["from_ring"].get<std::string>().c_str());
  rte_ring* to = rte_ring_lookup(call.command["to_ring"].get<std::string>().c_str());
  if (from == nullptr || to == nullptr) {
    return {{"ret", -1}, {"why", "a ring of that name does not exist"}};
  }
  std::uint64_t worked = 0;
  Burst frames{};
  call.control.event("working", {{"of", call.command["id"]}});
  while (!call.job.stopped()) {
    const unsigned n = rte_ring_dequeue_burst(from, objects(frames), burst, nullptr);
    if (n == 0) {
      sched_yield();
      continue;
    }
    for (unsigned i = 0; i < n; ++i)
      ++*rte_pktmbuf_mtod_offset(frames[i], std::uint8_t*, kWorkedOffset);
    if (hold_after != 0 && worked + n >= hold_after) {
      hold_after = 0;
      call.control.event("holding",
                         {{"of", call.command["id"]}, {"frames", n}, {"worked", worked}});
      call.job.wait_for_release();
    }
    if (!put_all(to, frames, n, call.job)) break;
    worked += n;
  }
  return {{"ret", 0}, {"worked", worked}};
}

std::optional<std::string> burst_refusal(const Json& command) {
  const auto burst = command["burst"].get<std::uint64_t>();
  if (burst >= 1 && burst <= kMostBurst) return std::nullopt;
  return "burst is " + std::to_string(burst) + "; it must be 1 to " + std::to_string(kMostBurst);
}

}  // namespace

void add_topology_verbs(Verbs& verbs) {
  const Key burst = {"burst", Type::kCount, Need::kRequired};
  verbs.add("client_server_serve", {{burst,
                                     {"port_id", Type::kCount, Need::kRequired},
                                     {"to_rings", Type::kStrings, Need::kRequired},
                                     {"from_rings", Type::kStrings, Need::kRequired}},
                                    serve,
                                    burst_refusal});
  verbs.add("client_server_work", {{burst,
                                    {"from_ring", Type::kString, Need::kRequired},
                                    {"to_ring", Type::kString, Need::kRequired},
                                    {"hold_after", Type::kCount}},
                                   work,
                                   burst_refusal});
}

}  // namespace gauntlet
