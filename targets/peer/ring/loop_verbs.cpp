// SPDX-License-Identifier: BSD-3-Clause
// The two hot loops that put objects into a ring and take them out, and write down what they moved.
#include <rte_atomic.h>
#include <rte_ring.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "targets/peer/families.hpp"
#include "targets/peer/ring/known.hpp"
#include "targets/peer/room.hpp"

namespace gauntlet {
namespace {

// An object says who made it and in which order: producer << 48 | sequence number.
constexpr unsigned kProducerShift = 48;

// In place of an object: this call moved fewer than it was asked to.
constexpr std::uint64_t kShort = ~std::uint64_t{0};

// One object that went in or came out, and when the call that moved it began and returned.
struct Moved {
  std::uint64_t object;
  std::int64_t begin_ns;
  std::int64_t end_ns;
};

// What this process has moved, in its order. Written when it is over: files are slow.
class History {
 public:
  // Runs `move`, which moves up to `wanted` of the objects; how many it moved.
  template <typename Move>
  unsigned add(void* const* objs, unsigned wanted, Move move) {
    const auto begin_ns = now_ns();
    // What the call reads it reads after `begin`, and what it writes all can see before `end`.
    rte_mb();
    const unsigned n = move();
    rte_mb();
    const auto end_ns = now_ns();
    for (unsigned i = 0; i < n; ++i) {
      records_.push_back({reinterpret_cast<std::uintptr_t>(objs[i]), begin_ns, end_ns});
    }
    // The first of many in vain tells: all later ones would fill the memory.
    if (n < wanted && !in_vain_) records_.push_back({kShort, begin_ns, end_ns});
    in_vain_ = n == 0;
    moved_ += n;
    return n;
  }

  [[nodiscard]] std::uint64_t moved() const { return moved_; }

  [[nodiscard]] bool write(const std::string& path) const {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(records_.data()),
              static_cast<std::streamsize>(records_.size() * sizeof(Moved)));
    out.close();
    return static_cast<bool>(out);
  }

 private:
  std::vector<Moved> records_;
  std::uint64_t moved_ = 0;
  bool in_vain_ = false;
};

Json written(const History& history, const Json& command) {
  const auto path = command["path"].get<std::string>();
  return {{"ret", history.write(path) ? Json(history.moved()) : Json(-1)}, {"path", path}};
}

Json ring_produce(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  const auto count = call.command["count"].get<std::uint64_t>();
  const auto burst = call.command["burst"].get<std::uint64_t>();
  const auto producer = call.command["producer"].get<std::uint64_t>() << kProducerShift;
  std::vector<void*> objs(burst);
  History history;
  std::uint64_t found_full = 0;
  while (history.moved() < count && !call.job.stopped()) {
    const auto n = static_cast<unsigned>(std::min<std::uint64_t>(burst, count - history.moved()));
    for (unsigned i = 0; i < n; ++i) objs[i] = as_object(producer | (history.moved() + i));
    const unsigned put = history.add(
        objs.data(), n, [&] { return rte_ring_enqueue_burst(ring, objs.data(), n, nullptr); });
    if (put == 0) {
      ++found_full;
      sched_yield();  // There may be more processes than cores.
    }
  }
  Json answer = written(history, call.command);
  answer["found_full"] = found_full;
  return answer;
}

Json ring_consume(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  const auto burst = call.command["burst"].get<std::uint64_t>();
  const auto most = call.command["count"].get<std::uint64_t>();
  std::vector<void*> objs(burst);
  History history;
  while (history.moved() < most) {
    // Read before the dequeue: what was put in before "stop" must still be found.
    const bool last = call.job.stopped();
    const auto n = static_cast<unsigned>(std::min<std::uint64_t>(burst, most - history.moved()));
    const unsigned took = history.add(
        objs.data(), n, [&] { return rte_ring_dequeue_burst(ring, objs.data(), n, nullptr); });
    if (took == 0 && last) break;
    if (took == 0) sched_yield();
  }
  return written(history, call.command);
}

std::optional<std::string> loop_refusal(const Json& command) {
  if (command["burst"] == 0) return "burst is 0; it must be 1 or more";
  if (auto why = room_refusal(command, "burst", sizeof(void*))) return why;
  return ring_refusal(command);
}

}  // namespace

void add_ring_loop_verbs(Verbs& verbs) {
  Keys keys = {kRing,
               {"burst", Type::kUnsigned, Need::kRequired},
               {"count", Type::kCount, Need::kRequired},
               {"path", Type::kString, Need::kRequired}};
  verbs.add("ring_consume", {keys, ring_consume, loop_refusal});
  keys.push_back({"producer", Type::kUint16, Need::kRequired});
  verbs.add("ring_produce", {keys, ring_produce, loop_refusal});
}

}  // namespace gauntlet
