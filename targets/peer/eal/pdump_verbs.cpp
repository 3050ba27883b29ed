// SPDX-License-Identifier: BSD-3-Clause
// Verbs for rte_pdump: packet capture, which a secondary asks of its primary.
#include <rte_errno.h>
#include <rte_mempool.h>
#ifdef GAUNTLET_PDUMP
#include <rte_pdump.h>
#endif
#include <rte_ring.h>
#include <rte_version.h>

#include <map>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
#ifdef GAUNTLET_PDUMP
namespace {

std::uint32_t flags_of(const Json& command) {
  std::uint32_t flags = 0;
  for (const auto& flag : command["flags"]) {
    if (flag == "RTE_PDUMP_FLAG_RX") flags |= RTE_PDUMP_FLAG_RX;
    if (flag == "RTE_PDUMP_FLAG_TX") flags |= RTE_PDUMP_FLAG_TX;
  }
  return flags | command.value("more_flags", 0U);
}

std::optional<std::string> flags_refusal(const Json& command) {
  for (const auto& flag : command["flags"]) {
    if (flag != "RTE_PDUMP_FLAG_RX" && flag != "RTE_PDUMP_FLAG_TX") {
      return "flag " + flag.dump() + " is not RTE_PDUMP_FLAG_RX or RTE_PDUMP_FLAG_TX";
    }
  }
  return std::nullopt;
}

// A ring or a pool by its name; a null name is a NULL pointer.
template <typename Found>
Found* by_name(const Json& name, Found* (*lookup)(const char*)) {
  return name.is_null() ? nullptr : lookup(name.get_ref<const std::string&>().c_str());
}

struct Capture {
  explicit Capture(const Json& command)
      : queue(command["queue"].get<std::uint16_t>()),
        flags(flags_of(command)),
        ring(by_name(command["ring"], rte_ring_lookup)),
        mp(by_name(command["mp"], rte_mempool_lookup)) {
    rte_errno = 0;  // The lookups may have set it.
  }
  std::uint16_t queue;
  std::uint32_t flags;
  rte_ring* ring;
  rte_mempool* mp;
};

Json pdump_init(const Call& /*call*/) {
  rte_errno = 0;
  return with_rte_errno(rte_pdump_init());
}

Json pdump_uninit(const Call& /*call*/) {
  rte_errno = 0;
  return with_rte_errno(rte_pdump_uninit());
}

Json pdump_enable(const Call& call) {
  const Capture to(call.command);
  const auto port = call.command["port"].get<std::uint16_t>();
#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
  if (call.command.contains("snaplen")) {
    return with_rte_errno(rte_pdump_enable_bpf(port, to.queue, to.flags,
                                               call.command["snaplen"].get<std::uint32_t>(),
                                               to.ring, to.mp, nullptr));
  }
#endif
  return with_rte_errno(rte_pdump_enable(port, to.queue, to.flags, to.ring, to.mp, nullptr));
}

Json pdump_enable_by_deviceid(const Call& call) {
  const Capture to(call.command);
  auto device = call.command["device_id"].get<std::string>();
  return with_rte_errno(
      rte_pdump_enable_by_deviceid(device.data(), to.queue, to.flags, to.ring, to.mp, nullptr));
}

Json pdump_disable(const Call& call) {
  rte_errno = 0;
  return with_rte_errno(rte_pdump_disable(call.command["port"].get<std::uint16_t>(),
                                          call.command["queue"].get<std::uint16_t>(),
                                          flags_of(call.command)));
}

Json pdump_disable_by_deviceid(const Call& call) {
  auto device = call.command["device_id"].get<std::string>();
  rte_errno = 0;
  return with_rte_errno(rte_pdump_disable_by_deviceid(
      device.data(), call.command["queue"].get<std::uint16_t>(), flags_of(call.command)));
}

#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
// rte_pdump_stats is a function too: C++ must be told that the struct is meant.
using Stats = struct rte_pdump_stats;

Json pdump_stats(const Call& call) {
  Stats stats{};
  rte_errno = 0;
  Json answer =
      with_rte_errno(rte_pdump_stats(call.command["port_id"].get<std::uint16_t>(), &stats));
  answer.update({{"accepted", stats.accepted},
                 {"filtered", stats.filtered},
                 {"nombuf", stats.nombuf},
                 {"ringfull", stats.ringfull}});
  return answer;
}
#endif

}  // namespace

void add_pdump_verbs(Verbs& verbs) {
  const Key port = {"port", Type::kUint16, Need::kRequired};
  const Key device = {"device_id", Type::kString, Need::kRequired};
  const Key queue = {"queue", Type::kUint16, Need::kRequired};
  const Key flags = {"flags", Type::kStrings, Need::kRequired};
  const Key more = {"more_flags", Type::kUint32};
  const Key ring = {"ring", Type::kString, Need::kRequired, Null::kAllowed};
  const Key pool = {"mp", Type::kString, Need::kRequired, Null::kAllowed};
  verbs.add("pdump_init", {{}, pdump_init});
  verbs.add("pdump_uninit", {{}, pdump_uninit});
  // With "snaplen" it is rte_pdump_enable_bpf, without a filter.
  verbs.add("pdump_enable", {{port,
                              queue,
                              flags,
                              more,
                              ring,
                              pool,
#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
                              {"snaplen", Type::kUint32}
#endif
                             },
                             pdump_enable,
                             flags_refusal});
  verbs.add("pdump_enable_by_deviceid",
            {{device, queue, flags, more, ring, pool}, pdump_enable_by_deviceid, flags_refusal});
  verbs.add("pdump_disable", {{port, queue, flags, more}, pdump_disable, flags_refusal});
  verbs.add("pdump_disable_by_deviceid",
            {{device, queue, flags, more}, pdump_disable_by_deviceid, flags_refusal});
#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
  verbs.add("pdump_stats", {{{"port_id", Type::kUint16, Need::kRequired}}, pdump_stats});
#else
  verbs.absent("pdump_stats");
#endif
}
#else
// A DPDK may be built without librte_pdump.
void add_pdump_verbs(Verbs& verbs) {
  for (const char* name : {"pdump_init", "pdump_uninit", "pdump_enable", "pdump_enable_by_deviceid",
                           "pdump_disable", "pdump_disable_by_deviceid", "pdump_stats"}) {
    verbs.absent(name);
  }
}
#endif

}  // namespace gauntlet
