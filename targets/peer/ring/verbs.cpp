// SPDX-License-Identifier: BSD-3-Clause
// Verbs that make rings, find them and free them.
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_ring.h>

#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/handed_out.hpp"
#include "targets/peer/ring/known.hpp"

// The functions that rte_ring_elem.h declares without C linkage in 24.11 and 25.11: under the names
// that the header gives them there, no C++ program links. These declarations name librte_ring's
// symbols.
extern "C" {
rte_ring* ring_create_elem_symbol(const char* name, unsigned esize, unsigned count, int socket_id,
                                  unsigned flags) asm("rte_ring_create_elem");
ssize_t ring_get_memsize_elem_symbol(unsigned esize,
                                     unsigned count) asm("rte_ring_get_memsize_elem");
}

namespace gauntlet {
namespace {

// Every flag of rte_ring_core.h with its value; null for a name that this release does not have.
Json flag_values() {
  return {{"RING_F_SP_ENQ", RING_F_SP_ENQ},         {"RING_F_SC_DEQ", RING_F_SC_DEQ},
          {"RING_F_EXACT_SZ", RING_F_EXACT_SZ},     {"RING_F_MP_RTS_ENQ", RING_F_MP_RTS_ENQ},
          {"RING_F_MC_RTS_DEQ", RING_F_MC_RTS_DEQ}, {"RING_F_MP_HTS_ENQ", RING_F_MP_HTS_ENQ},
          {"RING_F_MC_HTS_DEQ", RING_F_MC_HTS_DEQ},
#ifdef RING_F_MP_ENQ
          {"RING_F_MP_ENQ", RING_F_MP_ENQ},
#else
          {"RING_F_MP_ENQ", nullptr},
#endif
#ifdef RING_F_MC_DEQ
          {"RING_F_MC_DEQ", RING_F_MC_DEQ}
#else
          {"RING_F_MC_DEQ", nullptr}
#endif
  };
}

std::optional<std::string> flags_refusal(const Json& command) {
  const Json known = flag_values();
  for (const auto& flag : command.value("flags", std::vector<std::string>())) {
    if (!known.contains(flag) || known[flag].is_null()) {
      return "this release's rte_ring.h has no flag \"" + flag + "\"";
    }
  }
  return std::nullopt;
}

unsigned flags_of(const Json& command) {
  const Json known = flag_values();
  auto flags = command.value("more_flags", 0U);
  for (const auto& flag : command.value("flags", std::vector<std::string>())) {
    flags |= known[flag].get<unsigned>();
  }
  return flags;
}

Json ring_create(const Call& call) {
  const auto name = call.command["name"].get<std::string>();
  const auto count = call.command["count"].get<unsigned>();
  const auto socket_id = call.command.value("socket_id", SOCKET_ID_ANY);
  const unsigned flags = flags_of(call.command);
  rte_errno = 0;
  rte_ring* ring =
      call.command.contains("esize")
          ? ring_create_elem_symbol(name.c_str(), call.command["esize"].get<unsigned>(), count,
                                    socket_id, flags)
          : rte_ring_create(name.c_str(), count, socket_id, flags);
  return {{"ring", rings().remember(ring)}, {"rte_errno", errno_name(rte_errno)}};
}

std::optional<std::string> memory_refusal(const Json& command) {
  return handed_out_refusal("ring", command["ring"], ring_of(command));
}

Json ring_init(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  const int ret = rte_ring_init(ring, call.command["name"].get_ref<const std::string&>().c_str(),
                                call.command["count"].get<unsigned>(), flags_of(call.command));
  if (ret == 0) rings().remember(ring);
  return with_errno(ret);
}

// The address of a ring, as an application tells it to another one through shared memory.
Json ring_at(const Call& call) { return {{"ring", rings().remember(ring_of(call.command))}}; }

Json ring_get_memsize(const Call& call) {
  const auto count = call.command["count"].get<unsigned>();
  const ssize_t ret =
      call.command.contains("esize")
          ? ring_get_memsize_elem_symbol(call.command["esize"].get<unsigned>(), count)
          : rte_ring_get_memsize(count);
  return with_errno(ret);
}

Json ring_lookup(const Call& call) {
  rte_errno = 0;
  rte_ring* ring = rte_ring_lookup(call.command["name"].get_ref<const std::string&>().c_str());
  return {{"ring", rings().remember(ring)}, {"rte_errno", errno_name(rte_errno)}};
}

Json ring_free(const Call& call) {
  rte_errno = 0;
  rte_ring_free(ring_of(call.command));
  return {{"rte_errno", errno_name(rte_errno)}};
}

}  // namespace

void add_ring_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key count = {"count", Type::kUnsigned, Need::kRequired};
  const Key esize = {"esize", Type::kUnsigned, Need::kRequired};
  const Key flags = {"flags", Type::kStrings};
  const Key more_flags = {"more_flags", Type::kUnsigned};
  verbs.add("ring_flags", {{}, [](const Call& /*call*/) { return flag_values(); }});
  const Keys create = {name, count, {"socket_id", Type::kInt}, flags, more_flags};
  Keys create_elem = create;
  create_elem.push_back(esize);
  verbs.add("ring_create", {create, ring_create, flags_refusal});
  verbs.add("ring_create_elem", {create_elem, ring_create, flags_refusal});
  verbs.add("ring_init",
            {{kRing, name, count, flags, more_flags}, ring_init, [](const Json& command) {
               const auto why = flags_refusal(command);
               return why ? why : memory_refusal(command);
             }});
  verbs.add("ring_at", {{kRing}, ring_at, memory_refusal});
  verbs.add("ring_get_memsize", {{count}, ring_get_memsize});
  verbs.add("ring_get_memsize_elem", {{esize, count}, ring_get_memsize});
  verbs.add("ring_lookup", {{name}, ring_lookup});
  verbs.add("ring_free",
            {{{"ring", Type::kPointer, Need::kRequired, Null::kAllowed}}, ring_free, ring_refusal});
}

}  // namespace gauntlet
