// SPDX-License-Identifier: BSD-3-Clause
// Verbs for the two halves of an operation: rte_ring_peek.h and rte_ring_peek_zc.h.
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "targets/peer/families.hpp"
#include "targets/peer/ring/table.hpp"

namespace gauntlet {
namespace {

using EnqueueStart = unsigned (*)(rte_ring*, unsigned n, unsigned*);
using ZcStart = unsigned (*)(rte_ring*, unsigned esize, unsigned n, rte_ring_zc_data*, unsigned*);
using Finish = void (*)(rte_ring*, unsigned n);

// Those for pointers do not look at esize.
template <unsigned (*kRun)(rte_ring*, unsigned, rte_ring_zc_data*, unsigned*)>
unsigned zc(rte_ring* ring, unsigned /*esize*/, unsigned n, rte_ring_zc_data* zcd, unsigned* room) {
  return kRun(ring, n, zcd, room);
}

Json enqueue_start(const Call& call, EnqueueStart run) {
  Output free_space(call.command, "free_space");
  const unsigned ret =
      run(ring_of(call.command), call.command["n"].get<unsigned>(), free_space.pointer());
  return {{"ret", ret}, {"free_space", free_space.told()}};
}

Json enqueue_finish(const Call& call) {
  Table table(call);
  rte_ring_enqueue_finish(ring_of(call.command), static_cast<void* const*>(table.data()),
                          table.n());
  return Json::object();
}

Json enqueue_elem_finish(const Call& call) {
  Table table(call);
  rte_ring_enqueue_elem_finish(ring_of(call.command), table.data(), table.esize(), table.n());
  return Json::object();
}

Json finish(const Call& call, Finish run) {
  run(ring_of(call.command), call.command["n"].get<unsigned>());
  return Json::object();
}

// What DPDK leaves untouched is told: no space of a ring begins there.
Json told(const void* space, const void* untouched) {
  return space == untouched ? Json("untouched") : text_of(space);
}

Json zc_start(const Call& call, ZcStart run, const char* room_key) {
  Output room(call.command, room_key);
  Output n1(call.command, "n1");
  rte_ring_zc_data zcd{};
  zcd.ptr1 = zcd.ptr2 = &zcd;
  zcd.n1 = *n1.pointer();
  const unsigned ret =
      run(ring_of(call.command), call.command.value("esize", unsigned{sizeof(void*)}),
          call.command["n"].get<unsigned>(), &zcd, room.pointer());
  *n1.pointer() = zcd.n1;
  return {
      {"ret", ret},
      {"zcd", {{"ptr1", told(zcd.ptr1, &zcd)}, {"ptr2", told(zcd.ptr2, &zcd)}, {"n1", n1.told()}}},
      {room_key, room.told()}};
}

const Key kN = {"n", Type::kUnsigned, Need::kRequired};
const Key kEsize = {"esize", Type::kUnsigned, Need::kRequired};

void add_enqueue_peek(Verbs& verbs) {
  const auto start = [&verbs](const char* name, EnqueueStart run) {
    verbs.add(name, {{kRing, kN, {"free_space", Type::kNull}},
                     [run](const Call& call) { return enqueue_start(call, run); },
                     ring_refusal});
  };
  start("ring_enqueue_bulk_start", rte_ring_enqueue_bulk_start);
  start("ring_enqueue_burst_start", rte_ring_enqueue_burst_start);
  start("ring_enqueue_bulk_elem_start", rte_ring_enqueue_bulk_elem_start);
  start("ring_enqueue_burst_elem_start", rte_ring_enqueue_burst_elem_start);
  verbs.add("ring_enqueue_finish", {given_keys(false), enqueue_finish, given_refusal});
  verbs.add("ring_enqueue_elem_finish", {given_keys(true), enqueue_elem_finish, given_refusal});
}

void add_dequeue_peek(Verbs& verbs) {
  const auto start = [&verbs](const char* name, Fill run, bool elems) {
    verbs.add(name, {wanted_keys(elems, "available"),
                     [run](const Call& call) { return filled(call, run); }, wanted_refusal});
  };
  start("ring_dequeue_bulk_start", fill_objs<rte_ring_dequeue_bulk_start>, false);
  start("ring_dequeue_burst_start", fill_objs<rte_ring_dequeue_burst_start>, false);
  start("ring_dequeue_bulk_elem_start", rte_ring_dequeue_bulk_elem_start, true);
  start("ring_dequeue_burst_elem_start", rte_ring_dequeue_burst_elem_start, true);
}

void add_zero_copy(Verbs& verbs) {
  const auto start = [&verbs](const std::string& name, ZcStart objs, ZcStart elems,
                              const char* room) {
    verbs.add("ring_" + name + "_start",
              {{kRing, kN, {room, Type::kNull}},
               [objs, room](const Call& call) { return zc_start(call, objs, room); },
               ring_refusal});
    verbs.add("ring_" + name + "_elem_start",
              {{kRing, kEsize, kN, {room, Type::kNull}},
               [elems, room](const Call& call) { return zc_start(call, elems, room); },
               ring_refusal});
  };
  start("enqueue_zc_bulk", zc<rte_ring_enqueue_zc_bulk_start>, rte_ring_enqueue_zc_bulk_elem_start,
        "free_space");
  start("enqueue_zc_burst", zc<rte_ring_enqueue_zc_burst_start>,
        rte_ring_enqueue_zc_burst_elem_start, "free_space");
  start("dequeue_zc_bulk", zc<rte_ring_dequeue_zc_bulk_start>, rte_ring_dequeue_zc_bulk_elem_start,
        "available");
  start("dequeue_zc_burst", zc<rte_ring_dequeue_zc_burst_start>,
        rte_ring_dequeue_zc_burst_elem_start, "available");
}

void add_finishes(Verbs& verbs) {
  const auto add = [&verbs](const char* name, Finish run) {
    verbs.add(name,
              {{kRing, kN}, [run](const Call& call) { return finish(call, run); }, ring_refusal});
  };
  add("ring_dequeue_finish", rte_ring_dequeue_finish);
  add("ring_dequeue_elem_finish", rte_ring_dequeue_elem_finish);
  add("ring_enqueue_zc_finish", rte_ring_enqueue_zc_finish);
  add("ring_enqueue_zc_elem_finish", rte_ring_enqueue_zc_elem_finish);
  add("ring_dequeue_zc_finish", rte_ring_dequeue_zc_finish);
  add("ring_dequeue_zc_elem_finish", rte_ring_dequeue_zc_elem_finish);
}

}  // namespace

void add_ring_peek_verbs(Verbs& verbs) {
  add_enqueue_peek(verbs);
  add_dequeue_peek(verbs);
  add_zero_copy(verbs);
  add_finishes(verbs);
}

}  // namespace gauntlet
