// SPDX-License-Identifier: BSD-3-Clause
// Verbs for quiescent states: readers of several processes, and a writer that waits for them.
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/handed_out.hpp"
#include "targets/peer/hash/tables.hpp"

namespace gauntlet {
namespace {

constexpr std::uint32_t kMostThreads = 1024;

rte_rcu_qsbr* variable_of(const Json& command) {
  return static_cast<rte_rcu_qsbr*>(pointer_of(command["v"]));
}

unsigned thread_of(const Json& command) { return command["thread_id"].get<unsigned>(); }

std::optional<std::string> variable_refusal(const Json& command) {
  return handed_out_refusal("variable", command["v"], variable_of(command));
}

std::optional<std::string> thread_refusal(const Json& command) {
  if (auto why = variable_refusal(command)) return why;
  const auto max_threads = variable_of(command)->max_threads;
  if (thread_of(command) < max_threads) return std::nullopt;
  return "thread_id is " + command["thread_id"].dump() + "; the variable has room for " +
         std::to_string(max_threads);
}

std::optional<std::string> init_refusal(const Json& command) {
  const auto max_threads = command["max_threads"].get<std::uint32_t>();
  if (max_threads > 0 && max_threads <= kMostThreads) return std::nullopt;
  return "max_threads is " + std::to_string(max_threads) + "; it must be 1 ... " +
         std::to_string(kMostThreads);
}

// In memory that all processes have.
Json rcu_qsbr_init(const Call& call) {
  const auto max_threads = call.command["max_threads"].get<std::uint32_t>();
  auto* v = static_cast<rte_rcu_qsbr*>(
      rte_zmalloc(nullptr, rte_rcu_qsbr_get_memsize(max_threads), RTE_CACHE_LINE_SIZE));
  rte_errno = 0;
  Json answer = with_rte_errno(rte_rcu_qsbr_init(v, max_threads));
  answer["v"] = text_of(v);
  return answer;
}

Json rcu_qsbr_thread_register(const Call& call) {
  return {
      {"ret", rte_rcu_qsbr_thread_register(variable_of(call.command), thread_of(call.command))}};
}

Json rcu_qsbr_thread_unregister(const Call& call) {
  return {
      {"ret", rte_rcu_qsbr_thread_unregister(variable_of(call.command), thread_of(call.command))}};
}

template <void (*kRun)(rte_rcu_qsbr*, unsigned)>
Json of_thread(const Call& call) {
  kRun(variable_of(call.command), thread_of(call.command));
  return Json::object();
}

void online(rte_rcu_qsbr* v, unsigned thread_id) { rte_rcu_qsbr_thread_online(v, thread_id); }
void offline(rte_rcu_qsbr* v, unsigned thread_id) { rte_rcu_qsbr_thread_offline(v, thread_id); }
void quiescent(rte_rcu_qsbr* v, unsigned thread_id) { rte_rcu_qsbr_quiescent(v, thread_id); }

Json rcu_qsbr_start(const Call& call) {
  return {{"ret", rte_rcu_qsbr_start(variable_of(call.command))}};
}

// Without waiting: who waits for the dead waits for ever.
Json rcu_qsbr_check(const Call& call) {
  return {{"ret", rte_rcu_qsbr_check(variable_of(call.command),
                                     call.command["t"].get<std::uint64_t>(), false)}};
}

// With a queue of what is to be freed: of all that is deleted, as much as can be at each deletion.
Json hash_rcu_qsbr_add(const Call& call) {
  rte_hash_rcu_config config{};
  config.v = variable_of(call.command);
  config.mode = RTE_HASH_QSBR_MODE_DQ;
  rte_errno = 0;
  return with_rte_errno(rte_hash_rcu_qsbr_add(table_of(call.command), &config));
}

std::optional<std::string> add_refusal(const Json& command) {
  const auto why = table_refusal(command);
  return why ? why : variable_refusal(command);
}

}  // namespace

void add_rcu_verbs(Verbs& verbs) {
  const Key v = {"v", Type::kPointer, Need::kRequired};
  const Key thread_id = {"thread_id", Type::kUnsigned, Need::kRequired};
  verbs.add("rcu_qsbr_init",
            {{{"max_threads", Type::kUint32, Need::kRequired}}, rcu_qsbr_init, init_refusal});
  verbs.add("rcu_qsbr_thread_register", {{v, thread_id}, rcu_qsbr_thread_register, thread_refusal});
  verbs.add("rcu_qsbr_thread_unregister",
            {{v, thread_id}, rcu_qsbr_thread_unregister, thread_refusal});
  verbs.add("rcu_qsbr_thread_online", {{v, thread_id}, of_thread<online>, thread_refusal});
  verbs.add("rcu_qsbr_thread_offline", {{v, thread_id}, of_thread<offline>, thread_refusal});
  verbs.add("rcu_qsbr_quiescent", {{v, thread_id}, of_thread<quiescent>, thread_refusal});
  verbs.add("rcu_qsbr_start", {{v}, rcu_qsbr_start, variable_refusal});
  verbs.add("rcu_qsbr_check",
            {{v, {"t", Type::kUint64, Need::kRequired}}, rcu_qsbr_check, variable_refusal});
  verbs.add("hash_rcu_qsbr_add",
            {{{"name", Type::kString, Need::kRequired}, v}, hash_rcu_qsbr_add, add_refusal});
}

}  // namespace gauntlet
