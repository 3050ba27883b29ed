// SPDX-License-Identifier: BSD-3-Clause
// A verb is the function of DPDK whose name is rte_ and its own, unless it stands here with what it
// does. Which header declares the function is told by the longest prefix.
#include "targets/peer/reference.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gauntlet {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr auto kHeaders = std::to_array<Entry>({
    {"crypto_", "rte_crypto.h"},    {"cryptodev_", "rte_cryptodev.h"},
    {"dev_", "rte_dev.h"},          {"distributor_", "rte_distributor.h"},
    {"eal_", "rte_eal.h"},          {"eal_hotplug_", "rte_dev.h"},
    {"eal_tailq_", "rte_tailq.h"},  {"eth_", "rte_ethdev.h"},
    {"event_", "rte_eventdev.h"},   {"flow_", "rte_flow.h"},
    {"free", "rte_malloc.h"},       {"hash_", "rte_hash.h"},
    {"hash_crc", "rte_hash_crc.h"}, {"malloc", "rte_malloc.h"},
    {"mbuf_dyn", "rte_mbuf_dyn.h"}, {"mcfg_", "rte_eal_memconfig.h"},
    {"mem_", "rte_memory.h"},       {"mempool_", "rte_mempool.h"},
    {"memseg_", "rte_memory.h"},    {"memzone_", "rte_memzone.h"},
    {"metrics_", "rte_metrics.h"},  {"mp_", "rte_eal.h"},
    {"openlog_", "rte_log.h"},      {"pdump_", "rte_pdump.h"},
    {"pktmbuf_", "rte_mbuf.h"},     {"rcu_", "rte_rcu_qsbr.h"},
    {"reorder_", "rte_reorder.h"},  {"ring_", "rte_ring.h"},
    {"service_", "rte_service.h"},  {"service_component_", "rte_service_component.h"},
    {"soring_", "rte_soring.h"},    {"stack_", "rte_stack.h"},
    {"thread_", "rte_lcore.h"},     {"timer_", "rte_timer.h"},
    {"vdev_", "rte_bus_vdev.h"},
});

constexpr auto kOwn = std::to_array<Entry>({
    {"call_bites", "how many calls a rule of faults/call has met"},
    {"call_heal", "ends a rule of faults/call"},
    {"call_rule", "lets calls of a library fail or wait"},
    {"callback_frames", "how many frames the callbacks of this process's bursts have been given"},
    {"callbacks", "how many callbacks it has given out; those beyond some are given out again"},
    {"client_server_serve", "deals frames from a port to rings, and sends what comes back"},
    {"client_server_work", "takes frames from one ring, marks them, puts them into another"},
    {"close", "close(2)"},
    {"cryptodev_dequeue_burst",
     "rte_cryptodev_dequeue_burst of rte_cryptodev.h, of operations that go back into their pool"},
    {"cryptodev_enqueue_burst",
     "rte_cryptodev_enqueue_burst of rte_cryptodev.h, of operations out of a pool"},
    {"dev_foreach", "RTE_DEV_FOREACH of rte_dev.h"},
    {"eth_link_get", "rte_eth_link_get_nowait of rte_ethdev.h"},
    {"event_dev_set_up", "configures an event device: one queue, which is linked to one port"},
    {"exit", "ends the process without any clean-up"},
    {"hash_deaths", "a process dies at each so many instructions of one change of a hash table"},
    {"hash_missing", "how many of these keys are not in a hash table"},
    {"hash_turn", "adds keys and looks them up, many at a time"},
    {"heap_in_use", "bytes that the C heap has handed out"},
    {"interrupt", "sends a signal to each thread of a name: its system call ends with EINTR"},
    {"library_add", "adds a number to an object of a library: a route, a rule, a key"},
    {"library_create", "makes an object of a library under a name"},
    {"library_deaths", "a process dies at each so many instructions of one addition"},
    {"library_find_existing", "looks an object of a library up by its name"},
    {"library_free", "frees an object of a library"},
    {"library_lookup", "looks a number up in an object of a library"},
    {"log_pipe_read", "reads what is in the pipe of openlog_stream"},
    {"mempool_audit", "which objects nobody can get, and which could be got twice"},
    {"mempool_counts", "rte_mempool_avail_count, rte_mempool_in_use_count, lengths of caches"},
    {"mempool_deaths", "a process dies at each instruction of one get or put"},
    {"mempool_die_inside", "dies, or stays, between two instructions of one get or put"},
    {"mempool_get_bulk", "rte_mempool_get_bulk of rte_mempool.h, as on a given lcore"},
    {"mempool_kills", "processes with objects in hand are killed, one after another"},
    {"mempool_put_bulk", "rte_mempool_put_bulk of rte_mempool.h, as on a given lcore"},
    {"memzone_reserve_all", "rte_memzone_reserve of rte_memzone.h, until it is refused"},
    {"mp_action_count", "registers an action that counts, and replies if asked to"},
    {"mp_counted", "what the actions of mp_action_count have seen"},
    {"mp_request_sync_times", "rte_mp_request_sync again and again, timed"},
    {"mp_sendmsg_times", "rte_mp_sendmsg again and again, timed"},
    {"nothing", "answers: all that the peer had said before has arrived"},
    {"open", "open(2), to read and write"},
    {"port_bridge", "carries frames from a port to another one, and back"},
    {"pread", "pread(2) at offset 0"},
    {"private_pointers",
     "addresses of this process alone that are in an object of the shared heap"},
    {"rcu_qsbr_init", "rte_rcu_qsbr_init of rte_rcu_qsbr.h, in memory that all processes have"},
    {"read_memory", "bytes at an address, or EFAULT"},
    {"release", "lets a command go on that waits"},
    {"release_action", "lets a callback go on whose manner is late or hold"},
    {"reorder_insert", "rte_reorder_insert of rte_reorder.h, of one mbuf after another"},
    {"reorder_number", "gives mbufs sequence numbers, by rte_reorder_seqn of rte_reorder.h"},
    {"reorder_seqn", "sequence numbers of mbufs, by rte_reorder_seqn of rte_reorder.h"},
    {"repeat", "runs a command again and again; by how much the C heap has grown"},
    {"ring_at", "takes a ring at an address that another process has told"},
    {"ring_both_timed", "cycles of an enqueue and a dequeue by one process"},
    {"ring_consume", "takes objects out of a ring, and writes down when each came out"},
    {"ring_deaths", "a process dies at each instruction of one operation"},
    {"ring_dequeue_timed", "cycles of a dequeue"},
    {"ring_die_inside", "dies, or stays, between two instructions of one operation"},
    {"ring_enqueue_timed", "cycles of an enqueue"},
    {"ring_flags", "the RING_F_ flags of rte_ring_core.h, by name"},
    {"ring_produce", "puts objects into a ring, and writes down when each went in"},
    {"ring_set_cons_htd_max", "rte_ring_set_cons_htd_max of rte_ring.h"},
    {"ring_set_prod_htd_max", "rte_ring_set_prod_htd_max of rte_ring.h"},
    {"ring_state", "what a ring says of itself: counts, capacity, modes"},
    {"ring_sync_types", "the RTE_RING_SYNC_ types of rte_ring_core.h, by name"},
    {"ring_take_pktmbufs", "all the mbufs that wait in a ring, as bytes"},
    {"ring_try", "one operation, given up when it makes no progress"},
    {"ring_turn", "turns a ring on by n objects without copying any"},
    {"round_trip_times", "datagrams between two threads, timed: nothing of DPDK"},
    {"soring_at", "takes a soring at an address that another process has told"},
    {"soring_consume", "takes objects out of a soring, and writes down when each came out"},
    {"soring_deaths", "a process dies at each instruction of one operation"},
    {"soring_produce", "puts objects into a soring, and writes down when each went in"},
    {"soring_work", "takes objects through a stage of a soring, and counts that in their metadata"},
    {"stack_count", "rte_stack_count and rte_stack_free_count of rte_stack.h"},
    {"stack_deaths", "a process dies at each instruction of one push or pop"},
    {"stack_turn", "pops objects and pushes them again, many times"},
    {"stop", "tells a running command to end"},
    {"symmetric_forward", "receives from a queue of a port, and sends by it"},
    {"throw", "throws: a fault of Gauntlet's own, to see what is said of it"},
    {"timer_deaths", "a process dies at each so many instructions of one reset of a timer"},
    {"timer_new", "memory for a timer, which all processes have"},
    {"wall_clock_step", "steps the wall clock that this process is shown"},
    {"write_memory", "writes bytes at an address, or EFAULT"},
});

std::string_view header_of(const std::string& verb) {
  Entry best;
  for (const auto& each : kHeaders) {
    const bool fits = verb.compare(0, each.first.size(), each.first) == 0;
    if (fits && each.first.size() > best.first.size()) best = each;
  }
  return best.second;
}

Json keys_of(const Keys& keys) {
  Json all = Json::object();
  for (const auto& key : keys) {
    all[key.name] = {{"type", in_words(key.type)},
                     {"required", key.need == Need::kRequired},
                     {"nullable", key.null == Null::kAllowed}};
  }
  return all;
}

Json entry_of(const std::string& verb, const Declaration& declared) {
  Json entry = {{"keys", keys_of(declared.keys)}};
  if (!declared.absent.empty()) entry["absent"] = declared.absent;
  const auto* const own =
      std::find_if(kOwn.begin(), kOwn.end(), [&](const auto& each) { return each.first == verb; });
  if (own != kOwn.end()) {
    entry["does"] = own->second;
  } else {
    entry["function"] = "rte_" + verb;
    entry["header"] = header_of(verb);
  }
  return entry;
}

}  // namespace

Json reference_of(const Vocabulary& vocabulary) {
  Json all = Json::object();
  for (const auto& [name, declared] : vocabulary.verbs()) all[name] = entry_of(name, declared);
  return all;
}

std::string text_of_reference(const Json& reference) {
  std::string text;
  const auto of = [](const Json& value) { return value.get<std::string>(); };
  for (const auto& [verb, entry] : reference.items()) {
    text += verb + "\n    ";
    text += entry.contains("does") ? of(entry["does"])
                                   : of(entry["function"]) + ", " + of(entry["header"]);
    text += "\n";
    if (entry.contains("absent")) text += "    absent: " + of(entry["absent"]) + "\n";
    for (const auto& [name, key] : entry["keys"].items()) {
      text += "    " + name + (key["required"] == true ? "" : " (optional)") + ": " +
              of(key["type"]) + (key["nullable"] == true ? " or null" : "") + "\n";
    }
  }
  return text;
}

}  // namespace gauntlet
