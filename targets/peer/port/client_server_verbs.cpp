// SPDX-License-Identifier: BSD-3-Clause
// The client_server topology of DPDK's examples: the primary owns the port and deals frames to
// secondaries through rings; each secondary touches its frames and hands them back; the primary
// sends.
#include <rte_ring.h>
#include <sched.h>

#include <algorithm>

#include "targets/peer/families.hpp"
#include "targets/peer/port/burst.hpp"
#include "targets/peer/port/pause.hpp"

namespace gauntlet {
namespace {

std::vector<rte_ring*> lookup_all(const std::vector<std::string>& names) {
  std::vector<rte_ring*> found(names.size());
  std::transform(names.begin(), names.end(), found.begin(),
                 [](const std::string& name) { return rte_ring_lookup(name.c_str()); });
  return found;
}

// Deals frames from the port to the rings in turn, and sends what comes back. A frame is taken from
// the port only when the ring whose turn it is has room: a slow or dead secondary makes the port's
// own queue fill up, and nothing is dropped here.
Json serve(const Call& call) {
  const QueuePair port{call.command["port_id"].get<std::uint16_t>(), 0};
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
  Burst frames;
  call.control.event("serving", {{"of", call.command["id"]}});
  while (!call.job.stopped()) {
    rte_ring* ring = to[turn];
    bool idle = true;
    if (rte_ring_free_count(ring) >= burst) {
      other += frames.receive(port, burst);
      received += frames.size();
      idle = frames.size() == 0;
      if (!frames.enqueue(ring, call.job)) break;
    }
    turn = (turn + 1) % to.size();
    for (rte_ring* back : from) {
      frames.dequeue(back, burst);
      const unsigned n = frames.size();
      if (!frames.send(port, call.job)) break;
      sent += n;
      idle = idle && n == 0;
    }
    if (idle) sched_yield();
  }
  return {{"ret", 0}, {"received", received}, {"sent", sent}, {"other", other}};
}

// Takes frames from one ring, marks each, and hands them to another: at most "most" of them, as a
// fast process might leave nothing to the others. It may hold with nothing in hand, with a burst,
// or inside either operation.
Json work(const Call& call) {
  const auto burst = call.command["burst"].get<std::uint64_t>();
  const auto most = call.command.value("most", UINT64_MAX);
  const auto mark = call.command.value("mark", std::uint8_t{1});
  rte_ring* from = rte_ring_lookup(call.command["from_ring"].get<std::string>().c_str());
  rte_ring* to = rte_ring_lookup(call.command["to_ring"].get<std::string>().c_str());
  if (from == nullptr || to == nullptr) {
    return {{"ret", -1}, {"why", "a ring of that name does not exist"}};
  }
  Pause pause(call);
  std::uint64_t worked = 0;
  Burst frames;
  call.control.event("working", {{"of", call.command["id"]}});
  while (!call.job.stopped() && worked < most) {
    if (pause.due("idle", worked)) pause.here({}, worked);
    const auto wanted = static_cast<unsigned>(std::min(burst, most - worked));
    if (pause.due("taking", worked)) {
      frames.dequeue_held(from, wanted, [&](const Burst& taking) { pause.here(taking, worked); });
    } else {
      frames.dequeue(from, wanted);
    }
    const unsigned n = frames.size();
    if (n == 0) {
      sched_yield();
      continue;
    }
    frames.mark(mark);
    if (pause.due("taken", worked + n)) pause.here(frames, worked);
    if (pause.due("putting", worked + n)) {
      frames.enqueue_held(to, [&] { pause.here(frames, worked); });
    }
    if (!frames.enqueue(to, call.job)) break;
    worked += n;
  }
  return {{"ret", 0}, {"worked", worked}};
}

std::optional<std::string> work_refusal(const Json& command) {
  if (auto why = burst_refusal(command)) return why;
  return pause_refusal(command, {"idle", "taking", "taken", "putting"});
}

}  // namespace

void add_client_server_verbs(Verbs& verbs) {
  const Key burst = {"burst", Type::kUint16, Need::kRequired};
  verbs.add("client_server_serve", {{burst,
                                     {"port_id", Type::kUint16, Need::kRequired},
                                     {"to_rings", Type::kStrings, Need::kRequired},
                                     {"from_rings", Type::kStrings, Need::kRequired}},
                                    serve,
                                    [](const Json& command) { return burst_refusal(command); }});
  verbs.add("client_server_work", {{burst,
                                    {"from_ring", Type::kString, Need::kRequired},
                                    {"to_ring", Type::kString, Need::kRequired},
                                    {"mark", Type::kUint8},
                                    {"most", Type::kCount},
                                    kPauseAt,
                                    kPauseAfter},
                                   work,
                                   work_refusal});
}

}  // namespace gauntlet
