// SPDX-License-Identifier: BSD-3-Clause
// What is stepped through instruction by instruction: each function is one operation, inlined
// whole.
#include "targets/peer/ring/operations.hpp"

#include <rte_ring_peek.h>

#include <algorithm>

namespace gauntlet {
namespace {

[[gnu::noinline]] unsigned enqueue_bulk(rte_ring* ring, void** objs, unsigned n) {
  return rte_ring_enqueue_bulk(ring, objs, n, nullptr);
}

[[gnu::noinline]] unsigned enqueue_burst(rte_ring* ring, void** objs, unsigned n) {
  return rte_ring_enqueue_burst(ring, objs, n, nullptr);
}

[[gnu::noinline]] unsigned dequeue_bulk(rte_ring* ring, void** objs, unsigned n) {
  return rte_ring_dequeue_bulk(ring, objs, n, nullptr);
}

[[gnu::noinline]] unsigned dequeue_burst(rte_ring* ring, void** objs, unsigned n) {
  return rte_ring_dequeue_burst(ring, objs, n, nullptr);
}

[[gnu::noinline]] unsigned enqueue_peek(rte_ring* ring, void** objs, unsigned n) {
  const unsigned reserved = rte_ring_enqueue_burst_start(ring, n, nullptr);
  if (reserved != 0) rte_ring_enqueue_finish(ring, objs, reserved);
  return reserved;
}

[[gnu::noinline]] unsigned dequeue_peek(rte_ring* ring, void** objs, unsigned n) {
  const unsigned taken = rte_ring_dequeue_burst_start(ring, objs, n, nullptr);
  if (taken != 0) rte_ring_dequeue_finish(ring, taken);
  return taken;
}

// Of a ring of any mode, by somebody who is alone on that side: they wait for nobody.
[[gnu::noinline]] unsigned sp_enqueue_burst(rte_ring* ring, void** objs, unsigned n) {
  return rte_ring_sp_enqueue_burst(ring, objs, n, nullptr);
}

[[gnu::noinline]] unsigned sc_dequeue_burst(rte_ring* ring, void** objs, unsigned n) {
  return rte_ring_sc_dequeue_burst(ring, objs, n, nullptr);
}

}  // namespace

const std::vector<NamedOperation>& ring_operations() {
  static const std::vector<NamedOperation> all = {
      {"enqueue_bulk", enqueue_bulk, true},         {"enqueue_burst", enqueue_burst, true},
      {"dequeue_bulk", dequeue_bulk, false},        {"dequeue_burst", dequeue_burst, false},
      {"enqueue_peek", enqueue_peek, true},         {"dequeue_peek", dequeue_peek, false},
      {"sp_enqueue_burst", sp_enqueue_burst, true}, {"sc_dequeue_burst", sc_dequeue_burst, false},
  };
  return all;
}

const NamedOperation* named_operation(const std::string& name) {
  const auto& all = ring_operations();
  const auto found =
      std::find_if(all.begin(), all.end(), [&name](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::optional<std::string> operation_refusal(const Json& command) {
  if (named_operation(command["operation"].get_ref<const std::string&>()) != nullptr) {
    return std::nullopt;
  }
  std::string known;
  for (const auto& each : ring_operations()) known += (known.empty() ? "" : ", ") + each.name;
  return "operation is " + command["operation"].dump() + "; it must be one of " + known;
}

}  // namespace gauntlet
