// SPDX-License-Identifier: BSD-3-Clause
// The symmetric topology of DPDK's examples: each process receives from its own queue of the port
// and sends by it; between the two a frame may go through a ring to whoever takes it there.
#include <rte_ring.h>
#include <sched.h>

#include "targets/peer/families.hpp"
#include "targets/peer/port/burst.hpp"
#include "targets/peer/port/pause.hpp"

namespace gauntlet {
namespace {

// What a loop counts.
struct Counters {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::uint64_t other = 0;
};

// One process's loop. Without rings what it receives it sends itself.
class Loop {
 public:
  explicit Loop(const Call& call)
      : call_(call),
        queue_{call.command["port_id"].get<std::uint16_t>(),
               call.command["queue_id"].get<std::uint16_t>()},
        burst_(call.command["burst"].get<std::uint16_t>()),
        received_mark_(call.command.value("received_mark", std::uint8_t{0})),
        sent_mark_(call.command.value("sent_mark", std::uint8_t{0})),
        to_(ring("to_ring")),
        from_(ring("from_ring")),
        pause_(call) {}

  // Whether the rings that it was told are there.
  [[nodiscard]] bool complete() const {
    return (to_ != nullptr) == call_.command.contains("to_ring") &&
           (from_ != nullptr) == call_.command.contains("from_ring");
  }

  Counters run() {
    while (!call_.job.stopped()) {
      if (due("idle")) pause_.here({}, counted_.received);
      const auto before = counted_;
      if (!take_in() || !pass_on()) break;
      const bool idle = before.received == counted_.received && before.sent == counted_.sent;
      if (idle) sched_yield();  // There may be more processes than cores.
    }
    return counted_;
  }

 private:
  rte_ring* ring(const char* key) const {
    if (!call_.command.contains(key)) return nullptr;
    return rte_ring_lookup(call_.command[key].get_ref<const std::string&>().c_str());
  }

  // From the port to the ring, or into our hands; false when the loop is over. The ring must have
  // room for all that is under way, or everybody would wait for somebody to take.
  bool take_in() {
    counted_.other += hand_.receive(queue_, burst_);
    counted_.received += hand_.size();
    hand_.mark(received_mark_);
    if (hand_.size() == 0) return true;
    if (due("received")) pause_.here(hand_, counted_.received);
    if (to_ == nullptr) return true;
    if (due("putting")) {
      hand_.enqueue_held(to_, [this] { pause_.here(hand_, counted_.received); });
    }
    return hand_.enqueue(to_, call_.job);
  }

  // From the ring, or our hands, to the port; false when the loop is over.
  bool pass_on() {
    if (from_ != nullptr) take_out();
    if (hand_.size() == 0) return true;
    hand_.mark(sent_mark_);
    if (due("taken")) pause_.here(hand_, counted_.received);
    const unsigned n = hand_.size();
    if (!hand_.send(queue_, call_.job)) return false;
    counted_.sent += n;
    return true;
  }

  void take_out() {
    if (due("taking")) {
      hand_.dequeue_held(from_, burst_,
                         [this](const Burst& taking) { pause_.here(taking, counted_.received); });
    } else {
      hand_.dequeue(from_, burst_);
    }
  }

  [[nodiscard]] bool due(const char* place) const { return pause_.due(place, counted_.received); }

  const Call& call_;
  QueuePair queue_;
  std::uint16_t burst_;
  std::uint8_t received_mark_;
  std::uint8_t sent_mark_;
  rte_ring* to_;
  rte_ring* from_;
  Pause pause_;
  Burst hand_;
  Counters counted_;
};

Json forward(const Call& call) {
  Loop loop(call);
  if (!loop.complete()) return {{"ret", -1}, {"why", "a ring of that name does not exist"}};
  call.control.event("working", {{"of", call.command["id"]}});
  const Counters counted = loop.run();
  return {
      {"ret", 0}, {"received", counted.received}, {"sent", counted.sent}, {"other", counted.other}};
}

std::optional<std::string> forward_refusal(const Json& command) {
  if (command.contains("to_ring") != command.contains("from_ring")) {
    return "to_ring and from_ring: what goes into a ring must come from one; give both or none";
  }
  if (auto why = burst_refusal(command)) return why;
  return pause_refusal(command, {"idle", "received", "taking", "taken", "putting"});
}

}  // namespace

void add_symmetric_verbs(Verbs& verbs) {
  verbs.add("symmetric_forward", {{{"port_id", Type::kUint16, Need::kRequired},
                                   {"queue_id", Type::kUint16, Need::kRequired},
                                   {"burst", Type::kUint16, Need::kRequired},
                                   {"to_ring", Type::kString},
                                   {"from_ring", Type::kString},
                                   {"received_mark", Type::kUint8},
                                   {"sent_mark", Type::kUint8},
                                   kPauseAt,
                                   kPauseAfter},
                                  forward,
                                  forward_refusal});
}

}  // namespace gauntlet
