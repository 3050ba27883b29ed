// SPDX-License-Identifier: BSD-3-Clause
// Verbs for rte_ring: the calls one by one, and the two hot loops.
#include <rte_errno.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <sched.h>

#include <algorithm>
#include <fstream>

#include "message.hpp"
#include "rings.hpp"
#include "verbs.hpp"

namespace gauntlet {
namespace {

rte_ring* ring_of(const Call& call) { return Rings::pointer(call.command); }

void* as_object(std::uint64_t value) {
  return reinterpret_cast<void*>(value);  // NOLINT(performance-no-int-to-ptr)
}

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

Json ring_create(const Call& call) {
  const Json known = flag_values();
  auto flags = call.command.value("more_flags", 0U);
  for (const auto& flag : call.command.value("flags", std::vector<std::string>())) {
    flags |= known[flag].get<unsigned>();
  }
  const auto name = call.command["name"].get<std::string>();
  rte_errno = 0;
  rte_ring* ring = rte_ring_create(name.c_str(), call.command["count"].get<unsigned>(),
                                   call.command.value("socket_id", SOCKET_ID_ANY), flags);
  return {{"ring", rings().remember(ring)}, {"rte_errno", errno_name(rte_errno)}};
}

Json ring_lookup(const Call& call) {
  rte_errno = 0;
  rte_ring* ring = rte_ring_lookup(call.command["name"].get_ref<const std::string&>().c_str());
  return {{"ring", rings().remember(ring)}, {"rte_errno", errno_name(rte_errno)}};
}

Json ring_free(const Call& call) {
  rte_errno = 0;
  rte_ring_free(ring_of(call));
  return {{"rte_errno", errno_name(rte_errno)}};
}

Json enqueue(const Call& call, bool bulk) {
  const auto values = call.command["objs"].get<std::vector<std::uint64_t>>();
  std::vector<void*> objs(values.size());
  std::transform(values.begin(), values.end(), objs.begin(), as_object);
  const auto n = static_cast<unsigned>(objs.size());
  unsigned free_space = 0;
  const unsigned ret = bulk ? rte_ring_enqueue_bulk(ring_of(call), objs.data(), n, &free_space)
                            : rte_ring_enqueue_burst(ring_of(call), objs.data(), n, &free_space);
  return {{"ret", ret}, {"free_space", free_space}};
}

Json dequeue(const Call& call, bool bulk) {
  const auto n = call.command["n"].get<unsigned>();
  std::vector<void*> objs(n);
  unsigned available = 0;
  const unsigned ret = bulk ? rte_ring_dequeue_bulk(ring_of(call), objs.data(), n, &available)
                            : rte_ring_dequeue_burst(ring_of(call), objs.data(), n, &available);
  Json taken = Json::array();
  for (unsigned i = 0; i < std::min(ret, n); ++i) {
    taken.push_back(reinterpret_cast<std::uintptr_t>(objs[i]));
  }
  return {{"ret", ret}, {"objs", taken}, {"available", available}};
}

Json ring_state(const Call& call) {
  const rte_ring* ring = ring_of(call);
  return {{"count", rte_ring_count(ring)},
          {"free_count", rte_ring_free_count(ring)},
          {"full", rte_ring_full(ring) != 0},
          {"empty", rte_ring_empty(ring) != 0},
          {"size", rte_ring_get_size(ring)},
          {"capacity", rte_ring_get_capacity(ring)},
          {"name", std::string(ring->name)},
          {"prod_sync_type", rte_ring_get_prod_sync_type(ring)},
          {"cons_sync_type", rte_ring_get_cons_sync_type(ring)}};
}

// An object says who made it and in which order: producer << 48 | sequence number.
constexpr unsigned kProducerShift = 48;

// One object that went in or came out, and when the call that moved it began and returned.
struct Moved {
  std::uint64_t object;
  std::int64_t begin_ns;
  std::int64_t end_ns;
};

// What this process has moved, in its order. Written when it is over: files are slow.
class History {
 public:
  void add(void* const* objs, unsigned n, std::int64_t begin_ns) {
    if (n == 0) return;
    const std::int64_t end_ns = now_ns();
    for (unsigned i = 0; i < n; ++i) {
      moved_.push_back({reinterpret_cast<std::uintptr_t>(objs[i]), begin_ns, end_ns});
    }
  }

  [[nodiscard]] std::size_t size() const { return moved_.size(); }

  [[nodiscard]] bool write(const std::string& path) const {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(moved_.data()),
              static_cast<std::streamsize>(moved_.size() * sizeof(Moved)));
    out.close();
    return static_cast<bool>(out);
  }

 private:
  std::vector<Moved> moved_;
};

Json written(const History& history, const Json& command) {
  const auto path = command["path"].get<std::string>();
  return {{"ret", history.write(path) ? Json(history.size()) : Json(-1)}, {"path", path}};
}

Json ring_produce(const Call& call) {
  rte_ring* ring = ring_of(call);
  const auto count = call.command["count"].get<std::uint64_t>();
  const auto burst = call.command["burst"].get<std::uint64_t>();
  const auto producer = call.command["producer"].get<std::uint64_t>() << kProducerShift;
  std::vector<void*> objs(burst);
  History history;
  std::uint64_t found_full = 0;
  while (history.size() < count && !call.job.stopped()) {
    const auto n = static_cast<unsigned>(std::min<std::uint64_t>(burst, count - history.size()));
    for (unsigned i = 0; i < n; ++i) objs[i] = as_object(producer | (history.size() + i));
    const auto begin_ns = now_ns();
    const unsigned put = rte_ring_enqueue_burst(ring, objs.data(), n, nullptr);
    history.add(objs.data(), put, begin_ns);
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
  rte_ring* ring = ring_of(call);
  const auto burst = call.command["burst"].get<unsigned>();
  const auto most = call.command["count"].get<std::uint64_t>();
  std::vector<void*> objs(burst);
  History history;
  while (history.size() < most) {
    // Read before the dequeue: what was put in before "stop" must still be found.
    const bool last = call.job.stopped();
    const auto begin_ns = now_ns();
    const auto wanted =
        static_cast<unsigned>(std::min<std::uint64_t>(burst, most - history.size()));
    const unsigned n = rte_ring_dequeue_burst(ring, objs.data(), wanted, nullptr);
    history.add(objs.data(), n, begin_ns);
    if (n == 0 && last) break;
    if (n == 0) sched_yield();
  }
  return written(history, call.command);
}

}  // namespace

void add_ring_verbs(Verbs& verbs) {
  const Key ring = {"ring", Type::kPointer, Need::kRequired};
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key burst = {"burst", Type::kCount, Need::kRequired};
  const auto known = [](const Json& command) { return rings().refusal(command); };
  const auto loop = [known](const Json& command) -> std::optional<std::string> {
    if (command["burst"] == 0) return "burst is 0; it must be 1 or more";
    return known(command);
  };
  verbs.add("ring_flags", {{}, [](const Call& /*call*/) { return flag_values(); }});
  verbs.add("ring_create", {{name,
                             {"count", Type::kCount, Need::kRequired},
                             {"socket_id", Type::kInt},
                             {"flags", Type::kStrings},
                             {"more_flags", Type::kInt}},
                            ring_create,
                            flags_refusal});
  verbs.add("ring_lookup", {{name}, ring_lookup});
  verbs.add("ring_free", {{ring}, ring_free, known});
  verbs.add("ring_state", {{ring}, ring_state, known});
  for (const bool bulk : {true, false}) {
    const std::string suffix = bulk ? "_bulk" : "_burst";
    verbs.add("ring_enqueue" + suffix, {{ring, {"objs", Type::kObjects, Need::kRequired}},
                                        [bulk](const Call& call) { return enqueue(call, bulk); },
                                        known});
    verbs.add("ring_dequeue" + suffix, {{ring, {"n", Type::kCount, Need::kRequired}},
                                        [bulk](const Call& call) { return dequeue(call, bulk); },
                                        known});
  }
  verbs.add("ring_produce", {{ring,
                              burst,
                              {"producer", Type::kCount, Need::kRequired},
                              {"count", Type::kCount, Need::kRequired},
                              {"path", Type::kString, Need::kRequired}},
                             ring_produce,
                             loop});
  verbs.add("ring_consume", {{ring,
                              burst,
                              {"count", Type::kCount, Need::kRequired},
                              {"path", Type::kString, Need::kRequired}},
                             ring_consume,
                             loop});
}

}  // namespace gauntlet
