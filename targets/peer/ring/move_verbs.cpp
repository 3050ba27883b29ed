// SPDX-License-Identifier: BSD-3-Clause
// Verbs that put objects into a ring and take them out: every enqueue and dequeue of rte_ring*.h.
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <array>
#include <cstring>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/ring/table.hpp"
#include "targets/peer/room.hpp"

namespace gauntlet {
namespace {

// All of them, as those for elements are; those for pointers do not look at esize.
using Enqueue = unsigned (*)(rte_ring*, const void*, unsigned esize, unsigned n, unsigned*);
using EnqueueOne = int (*)(rte_ring*, void*, unsigned esize);
using DequeueOne = int (*)(rte_ring*, void*, unsigned esize);

template <typename Function>
struct Named {
  const char* name;
  Function elems;
  Function objs;
};

template <unsigned (*kRun)(rte_ring*, void* const*, unsigned, unsigned*)>
unsigned put(rte_ring* ring, const void* table, unsigned /*esize*/, unsigned n, unsigned* space) {
  return kRun(ring, static_cast<void* const*>(table), n, space);
}

template <int (*kRun)(rte_ring*, void*)>
int put_one(rte_ring* ring, void* obj, unsigned /*esize*/) {
  return kRun(ring, *static_cast<void**>(obj));
}

template <int (*kRun)(rte_ring*, void**)>
int take_one(rte_ring* ring, void* obj_p, unsigned /*esize*/) {
  return kRun(ring, static_cast<void**>(obj_p));
}

constexpr std::array<Named<Enqueue>, 10> kEnqueues = {{
    {"enqueue_bulk", rte_ring_enqueue_bulk_elem, put<rte_ring_enqueue_bulk>},
    {"enqueue_burst", rte_ring_enqueue_burst_elem, put<rte_ring_enqueue_burst>},
    {"sp_enqueue_bulk", rte_ring_sp_enqueue_bulk_elem, put<rte_ring_sp_enqueue_bulk>},
    {"sp_enqueue_burst", rte_ring_sp_enqueue_burst_elem, put<rte_ring_sp_enqueue_burst>},
    {"mp_enqueue_bulk", rte_ring_mp_enqueue_bulk_elem, put<rte_ring_mp_enqueue_bulk>},
    {"mp_enqueue_burst", rte_ring_mp_enqueue_burst_elem, put<rte_ring_mp_enqueue_burst>},
    {"mp_rts_enqueue_bulk", rte_ring_mp_rts_enqueue_bulk_elem, put<rte_ring_mp_rts_enqueue_bulk>},
    {"mp_rts_enqueue_burst", rte_ring_mp_rts_enqueue_burst_elem,
     put<rte_ring_mp_rts_enqueue_burst>},
    {"mp_hts_enqueue_bulk", rte_ring_mp_hts_enqueue_bulk_elem, put<rte_ring_mp_hts_enqueue_bulk>},
    {"mp_hts_enqueue_burst", rte_ring_mp_hts_enqueue_burst_elem,
     put<rte_ring_mp_hts_enqueue_burst>},
}};

constexpr std::array<Named<Fill>, 10> kDequeues = {{
    {"dequeue_bulk", rte_ring_dequeue_bulk_elem, fill_objs<rte_ring_dequeue_bulk>},
    {"dequeue_burst", rte_ring_dequeue_burst_elem, fill_objs<rte_ring_dequeue_burst>},
    {"sc_dequeue_bulk", rte_ring_sc_dequeue_bulk_elem, fill_objs<rte_ring_sc_dequeue_bulk>},
    {"sc_dequeue_burst", rte_ring_sc_dequeue_burst_elem, fill_objs<rte_ring_sc_dequeue_burst>},
    {"mc_dequeue_bulk", rte_ring_mc_dequeue_bulk_elem, fill_objs<rte_ring_mc_dequeue_bulk>},
    {"mc_dequeue_burst", rte_ring_mc_dequeue_burst_elem, fill_objs<rte_ring_mc_dequeue_burst>},
    {"mc_rts_dequeue_bulk", rte_ring_mc_rts_dequeue_bulk_elem,
     fill_objs<rte_ring_mc_rts_dequeue_bulk>},
    {"mc_rts_dequeue_burst", rte_ring_mc_rts_dequeue_burst_elem,
     fill_objs<rte_ring_mc_rts_dequeue_burst>},
    {"mc_hts_dequeue_bulk", rte_ring_mc_hts_dequeue_bulk_elem,
     fill_objs<rte_ring_mc_hts_dequeue_bulk>},
    {"mc_hts_dequeue_burst", rte_ring_mc_hts_dequeue_burst_elem,
     fill_objs<rte_ring_mc_hts_dequeue_burst>},
}};

constexpr std::array<Named<EnqueueOne>, 3> kEnqueuesOne = {{
    {"enqueue", rte_ring_enqueue_elem, put_one<rte_ring_enqueue>},
    {"sp_enqueue", rte_ring_sp_enqueue_elem, put_one<rte_ring_sp_enqueue>},
    {"mp_enqueue", rte_ring_mp_enqueue_elem, put_one<rte_ring_mp_enqueue>},
}};

constexpr std::array<Named<DequeueOne>, 3> kDequeuesOne = {{
    {"dequeue", rte_ring_dequeue_elem, take_one<rte_ring_dequeue>},
    {"sc_dequeue", rte_ring_sc_dequeue_elem, take_one<rte_ring_sc_dequeue>},
    {"mc_dequeue", rte_ring_mc_dequeue_elem, take_one<rte_ring_mc_dequeue>},
}};

Json enqueue(const Call& call, Enqueue run) {
  Table table(call);
  Output free_space(call.command, "free_space");
  const unsigned ret =
      run(ring_of(call.command), table.data(), table.esize(), table.n(), free_space.pointer());
  return {{"ret", ret}, {"free_space", free_space.told()}};
}

// One element has the bytes that it has: C is told how many.
Json enqueue_one(const Call& call, EnqueueOne run) {
  const Json& obj = call.command["obj"];
  std::vector<unsigned char> bytes(sizeof(void*));
  if (obj.is_string()) {
    bytes = bytes_of(obj.get_ref<const std::string&>());
  } else {
    const auto value = obj.get<std::uint64_t>();
    std::memcpy(bytes.data(), &value, sizeof value);
  }
  return with_errno(run(ring_of(call.command), bytes.data(), static_cast<unsigned>(bytes.size())));
}

Json dequeue_one(const Call& call, DequeueOne run) {
  std::vector<unsigned char> bytes(call.command.value("esize", unsigned{sizeof(void*)}));
  const int ret = run(ring_of(call.command), bytes.data(), static_cast<unsigned>(bytes.size()));
  Json answer = with_errno(ret);
  if (ret != 0) return answer;
  if (call.command.contains("esize")) {
    answer["obj"] = hex_of(bytes.data(), bytes.size());
  } else {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    answer["obj"] = value;
  }
  return answer;
}

std::optional<std::string> one_refusal(const Json& command) {
  const auto why = ring_refusal(command);
  return why ? why : room_refusal(command, "esize", 1);
}

void add_enqueues(Verbs& verbs, const Named<Enqueue>& function) {
  for (const bool elems : {false, true}) {
    const Enqueue run = elems ? function.elems : function.objs;
    verbs.add(std::string("ring_") + function.name + (elems ? "_elem" : ""),
              {given_keys(elems, "free_space"),
               [run](const Call& call) { return enqueue(call, run); }, given_refusal});
  }
}

void add_dequeues(Verbs& verbs, const Named<Fill>& function) {
  for (const bool elems : {false, true}) {
    const Fill run = elems ? function.elems : function.objs;
    verbs.add(std::string("ring_") + function.name + (elems ? "_elem" : ""),
              {wanted_keys(elems, "available"),
               [run](const Call& call) { return filled(call, run); }, wanted_refusal});
  }
}

void add_one(Verbs& verbs, const Named<EnqueueOne>& put, const Named<DequeueOne>& take) {
  for (const bool elems : {false, true}) {
    const EnqueueOne in = elems ? put.elems : put.objs;
    const DequeueOne out = elems ? take.elems : take.objs;
    const std::string suffix = elems ? "_elem" : "";
    const Key obj = {"obj", elems ? Type::kHex : Type::kUint64, Need::kRequired};
    verbs.add(
        std::string("ring_") + put.name + suffix,
        {{kRing, obj}, [in](const Call& call) { return enqueue_one(call, in); }, ring_refusal});
    Keys keys = {kRing};
    if (elems) keys.push_back({"esize", Type::kUnsigned, Need::kRequired});
    verbs.add(std::string("ring_") + take.name + suffix,
              {keys, [out](const Call& call) { return dequeue_one(call, out); }, one_refusal});
  }
}

}  // namespace

void add_ring_move_verbs(Verbs& verbs) {
  for (const auto& function : kEnqueues) add_enqueues(verbs, function);
  for (const auto& function : kDequeues) add_dequeues(verbs, function);
  for (std::size_t i = 0; i < kEnqueuesOne.size(); ++i) {
    add_one(verbs, kEnqueuesOne.at(i), kDequeuesOne.at(i));
  }
}

}  // namespace gauntlet
