// SPDX-License-Identifier: BSD-3-Clause
// Verbs of a mempool with a cache for each lcore: getting, putting, dying with what one has.
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <type_traits>

#include "targets/peer/answer.hpp"
#include "targets/peer/as_lcore.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/mempool/audit.hpp"
#include "targets/peer/mempool/deaths.hpp"
#include "targets/peer/mempool/objects.hpp"
#include "targets/peer/room.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"
#include "targets/peer/stepping/self_step.hpp"

namespace gauntlet {
namespace {

constexpr HangLimit kHangLimit{200'000, 25};

rte_mempool* pool_of(const Json& command) {
  return rte_mempool_lookup(command["name"].get_ref<const std::string&>().c_str());
}

// Whose cache is used: this process' main lcore, as its own main thread would, unless told another.
unsigned lcore_of(const Json& command) {
  return command.value("lcore_id", static_cast<unsigned>(rte_get_main_lcore()));
}

std::optional<std::string> pool_refusal(const Json& command) {
  if (pool_of(command) == nullptr) return "there is no mempool " + command["name"].dump();
  if (lcore_of(command) >= RTE_MAX_LCORE) {
    return "lcore_id is " + command["lcore_id"].dump() + "; it must be less than " +
           std::to_string(RTE_MAX_LCORE);
  }
  return std::nullopt;
}

// Of a verb that gets n objects.
std::optional<std::string> n_refusal(const Json& command) {
  const auto why = pool_refusal(command);
  return why ? why : room_refusal(command, "n", sizeof(void*));
}

std::optional<std::string> cached_refusal(const Json& command) {
  if (auto why = n_refusal(command)) return why;
  if (auto why = room_refusal(command, "cached", sizeof(void*))) return why;
  if (pool_of(command)->cache_size == 0) return "the mempool has no caches";
  return std::nullopt;
}

// Objects are told by their numbers in the pool.
std::optional<std::string> objects_refusal(const Json& command) {
  if (auto why = pool_refusal(command)) return why;
  const auto populated = pool_of(command)->populated_size;
  for (const auto number : command.value("objs", std::vector<std::uint64_t>())) {
    if (number >= populated) return "the mempool has no object " + std::to_string(number);
  }
  return std::nullopt;
}

Json numbers(const PoolObjects& objects, const std::vector<void*>& objs) {
  Json all = Json::array();
  for (const void* each : objs) all.push_back(objects.number(each));
  return all;
}

std::vector<void*> objects_of(const Json& command, rte_mempool* pool) {
  const PoolObjects objects(pool);
  std::vector<void*> objs;
  for (const auto number : command["objs"].get<std::vector<std::uint64_t>>()) {
    objs.push_back(objects.at(number));
  }
  return objs;
}

Json mempool_get_bulk(const Call& call) {
  rte_mempool* pool = pool_of(call.command);
  std::vector<void*> objs(call.command["n"].get<std::size_t>());
  const AsLcore lcore(lcore_of(call.command));
  const int ret = pool_get_bulk(pool, objs.data(), static_cast<unsigned>(objs.size()));
  if (ret != 0) objs.clear();
  return {{"ret", ret}, {"objs", numbers(PoolObjects(pool), objs)}};
}

Json mempool_put_bulk(const Call& call) {
  rte_mempool* pool = pool_of(call.command);
  auto objs = objects_of(call.command, pool);
  const AsLcore lcore(lcore_of(call.command));
  pool_put_bulk(pool, objs.data(), static_cast<unsigned>(objs.size()));
  return Json::object();
}

// A get of n objects, or a put of `objs`, inside of which the process dies, or stays until
// released.
Json mempool_die_inside(const Call& call) {
  const Json& command = call.command;
  rte_mempool* pool = pool_of(command);
  const bool puts = command.contains("objs");
  auto objs = puts ? objects_of(command, pool) : std::vector<void*>(command.value("n", 0U));
  const auto operation = puts ? pool_put_bulk : pool_get_bulk;
  const bool stays = command.value("stay", false);
  int ret = -1;
  const AsLcore lcore(lcore_of(command));
  const bool met = interrupt_inside(
      reinterpret_cast<std::uintptr_t>(operation), command["executed"].get<unsigned>(),
      [&] { ret = operation(pool, objs.data(), static_cast<unsigned>(objs.size())); },
      [&call, stays] {
        if (!stays) kill(getpid(), SIGKILL);
        call.control.event("inside", {});
        call.job.wait_for_release();
      });
  if (puts || ret != 0) objs.clear();
  return {{"ret", ret}, {"inside", met}, {"objs", numbers(PoolObjects(pool), objs)}};
}

// The lengths of the caches that are not empty, by lcore.
Json mempool_counts(const Call& call) {
  rte_mempool* pool = pool_of(call.command);
  Json caches = Json::object();
  for (unsigned lcore = 0; lcore < RTE_MAX_LCORE; ++lcore) {
    const rte_mempool_cache* cache = rte_mempool_default_cache(pool, lcore);
    if (cache != nullptr && cache->len != 0) caches[std::to_string(lcore)] = cache->len;
  }
  return {{"avail_count", rte_mempool_avail_count(pool)},
          {"in_use_count", rte_mempool_in_use_count(pool)},
          {"caches", caches}};
}

Json mempool_cache_flush(const Call& call) {
  rte_mempool* pool = pool_of(call.command);
  rte_mempool_cache_flush(rte_mempool_default_cache(pool, lcore_of(call.command)), pool);
  return Json::object();
}

// Which objects nobody can get, and which could be got twice. Everything is put back.
Json mempool_audit(const Call& call) {
  rte_mempool* pool = pool_of(call.command);
  const PoolObjects objects(pool);
  const PoolAudit found = audit(pool, kHangLimit, true);
  std::map<long, unsigned> times;
  for (const auto* where : {&found.shared, &found.cached}) {
    for (const void* object : *where) ++times[objects.number(object)];
  }
  Json missing = Json::array();
  Json doubled = Json::array();
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto seen = times.find(static_cast<long>(i));
    if (seen == times.end()) missing.push_back(i);
    if (seen != times.end() && seen->second > 1) doubled.push_back(i);
  }
  return {{"shared", found.shared.size()},
          {"cached", found.cached.size()},
          {"missing", missing},
          {"doubled", doubled},
          {"getters_hang", !found.getters_hang.empty()},
          {"putters_hang", !found.putters_hang.empty()}};
}

Json told_of(const PoolDeath& death) {
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"getters_hang", code_addresses(death.getters_hang)},
          {"putters_hang", code_addresses(death.putters_hang)},
          {"gone", death.gone},
          {"doubled", death.doubled}};
}

Json mempool_deaths(const Call& call) {
  const Json& command = call.command;
  const auto die = [&command] {
    return die_inside_pool(pool_of(command), command["puts"].get<bool>(),
                           command["n"].get<unsigned>(), lcore_of(command),
                           command["cached"].get<unsigned>(), command.value("kill", false));
  };
  return deaths_answer(die, told_of);
}

// What a process does before it is killed: it has got n objects, and as many as `cached` are in the
// cache of its lcore. Whether there were enough.
bool live(rte_mempool* pool, unsigned n, unsigned cached) {
  std::vector<void*> objs(std::size_t{n} + cached);
  if (pool_get_bulk(pool, objs.data(), n) != 0) return false;
  if (cached == 0) return true;
  void** more = objs.data() + n;
  if (pool_get_bulk(pool, more, cached) != 0) return true;
  pool_put_bulk(pool, more, cached);
  return true;
}

// Processes are forked from this one and killed, one after another, each with n objects in hand, on
// the next of the lcores first_lcore, ..., last_lcore. After each, how many objects are out of the
// pool by its own count; the last one may have found too few.
Json mempool_kills(const Call& call) {
  const Json& command = call.command;
  rte_mempool* pool = pool_of(command);
  const auto n = command["n"].get<unsigned>();
  const auto cached = command.value("cached", 0U);
  const auto first = command["first_lcore"].get<unsigned>();
  const auto lcores = command["last_lcore"].get<unsigned>() - first + 1;
  const auto times = command["times"].get<unsigned>();
  const auto before = command.value("before", 0U);
  const bool flush = command.value("flush", false);
  Json in_use = Json::array();
  bool enough = true;
  const auto began_ns = now_ns();
  for (unsigned kill_number = 0; kill_number < times && enough; ++kill_number) {
    const unsigned lcore_id = first + (before + kill_number) % lcores;
    const pid_t pid = fork();
    if (pid < 0) return {{"ret", -1}, {"errno", errno_name(errno)}};
    if (pid == 0) {
      const AsLcore lcore(lcore_id);
      if (!live(pool, n, cached)) _exit(1);
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    enough = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (flush) rte_mempool_cache_flush(rte_mempool_default_cache(pool, lcore_id), pool);
    if (enough) in_use.push_back(rte_mempool_in_use_count(pool));
  }
  return {{"ret", in_use.size()},
          {"errno", nullptr},
          {"in_use", in_use},
          {"enough", enough},
          {"took_ns", now_ns() - began_ns}};
}

// Those that the victim gives back, those in the cache, and those that have been taken from it: all
// of them are told apart, and the cache has slots for the last two.
std::optional<std::string> deaths_refusal(const Json& command) {
  if (auto why = cached_refusal(command)) return why;
  const rte_mempool* pool = pool_of(command);
  const std::uint64_t n = command["n"];
  const std::uint64_t slots = n + command["cached"].get<std::uint64_t>();
  const std::uint64_t wanted = slots + (command["puts"] == true ? n : 0);
  constexpr auto kSlots = std::extent_v<decltype(rte_mempool_cache::objs)>;
  if (slots > kSlots) {
    return "n and cached are " + std::to_string(slots) + "; a cache has " + std::to_string(kSlots) +
           " slots";
  }
  if (wanted <= pool->populated_size) return std::nullopt;
  return std::to_string(wanted) + " objects are needed; the mempool has " +
         std::to_string(pool->populated_size);
}

std::optional<std::string> kills_refusal(const Json& command) {
  if (auto why = cached_refusal(command)) return why;
  if (command["first_lcore"] > command["last_lcore"] || command["last_lcore"] >= RTE_MAX_LCORE) {
    return "first_lcore ... last_lcore must be lcores in their order, less than " +
           std::to_string(RTE_MAX_LCORE);
  }
  return std::nullopt;
}

std::optional<std::string> death_refusal(const Json& command) {
  if (auto why = objects_refusal(command)) return why;
  if (auto why = n_refusal(command)) return why;
  if (command.contains("objs") == command.contains("n")) return "either n, or objs, and not both";
  return std::nullopt;
}

}  // namespace

void add_mempool_use_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key lcore_id = {"lcore_id", Type::kUnsigned};
  const Key n = {"n", Type::kUnsigned, Need::kRequired};
  const Key objs = {"objs", Type::kObjects, Need::kRequired};
  verbs.add("mempool_get_bulk", {{name, n, lcore_id}, mempool_get_bulk, n_refusal});
  verbs.add("mempool_put_bulk", {{name, objs, lcore_id}, mempool_put_bulk, objects_refusal});
  verbs.add("mempool_counts", {{name}, mempool_counts, pool_refusal});
  verbs.add("mempool_cache_flush", {{name, lcore_id}, mempool_cache_flush, pool_refusal});
  verbs.add("mempool_audit", {{name}, mempool_audit, pool_refusal});
  verbs.add("mempool_die_inside", {{name,
                                    {"n", Type::kUnsigned},
                                    {"objs", Type::kObjects},
                                    lcore_id,
                                    {"executed", Type::kUnsigned, Need::kRequired},
                                    {"stay", Type::kBool}},
                                   mempool_die_inside,
                                   death_refusal});
  verbs.add("mempool_deaths", {{name,
                                n,
                                lcore_id,
                                {"puts", Type::kBool, Need::kRequired},
                                {"cached", Type::kUnsigned, Need::kRequired},
                                {"kill", Type::kBool}},
                               mempool_deaths,
                               deaths_refusal});
  verbs.add("mempool_kills", {{name,
                               n,
                               {"cached", Type::kUnsigned},
                               {"first_lcore", Type::kUnsigned, Need::kRequired},
                               {"last_lcore", Type::kUnsigned, Need::kRequired},
                               {"times", Type::kUnsigned, Need::kRequired},
                               {"before", Type::kUnsigned},
                               {"flush", Type::kBool}},
                              mempool_kills,
                              kills_refusal});
}

}  // namespace gauntlet
