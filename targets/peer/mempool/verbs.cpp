// SPDX-License-Identifier: BSD-3-Clause
// Verbs that make mempools, find them and count what is in them.
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <rte_version.h>

#include <string>
#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/walk.hpp"

namespace gauntlet {
namespace {

#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
constexpr unsigned kSinglePut = RTE_MEMPOOL_F_SP_PUT;
constexpr unsigned kSingleGet = RTE_MEMPOOL_F_SC_GET;
#else
constexpr unsigned kSinglePut = MEMPOOL_F_SP_PUT;
constexpr unsigned kSingleGet = MEMPOOL_F_SC_GET;
#endif

Json mempool_avail_count(const Call& call) {
  rte_errno = 0;
  const rte_mempool* pool = rte_mempool_lookup(call.command["name"].get<std::string>().c_str());
  if (pool == nullptr) return {{"ret", -1}, {"rte_errno", errno_name(rte_errno)}};
  return {{"ret", rte_mempool_avail_count(pool)}, {"rte_errno", nullptr}};
}

// A pool that only one process may put into and get from, or none of these: the flags by C's names.
Json mempool_create(const Call& call) {
  unsigned flags = 0;
  for (const auto& flag : call.command.value("flags", std::vector<std::string>())) {
    flags |= flag == "MEMPOOL_F_SP_PUT" ? kSinglePut : kSingleGet;
  }
  rte_errno = 0;
  const rte_mempool* pool = rte_mempool_create(
      call.command["name"].get<std::string>().c_str(), call.command["n"].get<unsigned>(),
      call.command["elt_size"].get<unsigned>(), 0, 0, nullptr, nullptr, nullptr, nullptr,
      SOCKET_ID_ANY, flags);
  return with_rte_errno(pool != nullptr ? 0 : -1);
}

std::optional<std::string> mempool_refusal(const Json& command) {
  for (const auto& flag : command.value("flags", std::vector<std::string>())) {
    if (flag != "MEMPOOL_F_SP_PUT" && flag != "MEMPOOL_F_SC_GET") {
      return "flag \"" + flag + "\" is not MEMPOOL_F_SP_PUT or MEMPOOL_F_SC_GET";
    }
  }
  return std::nullopt;
}

Json mempool_free(const Call& call) {
  rte_mempool_free(rte_mempool_lookup(call.command["name"].get_ref<const std::string&>().c_str()));
  return Json::object();
}

Json mempool_lookup(const Call& call) {
  rte_errno = 0;
  const auto* pool = rte_mempool_lookup(call.command["name"].get_ref<const std::string&>().c_str());
  Json answer = with_rte_errno(pool == nullptr ? -1 : 0);
  answer["pool"] = text_of(pool);
  return answer;
}

Json mempool_walk(const Call& call) {
  Walk walk(call);
  rte_mempool_walk([](rte_mempool* /*pool*/, void* arg) { static_cast<Walk*>(arg)->meet(); },
                   &walk);
  return walk.outcome(0);
}

}  // namespace

void add_mempool_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  verbs.add("mempool_create", {{name,
                                {"n", Type::kUnsigned, Need::kRequired},
                                {"elt_size", Type::kUnsigned, Need::kRequired},
                                {"flags", Type::kStrings}},
                               mempool_create,
                               mempool_refusal});
  verbs.add("mempool_avail_count", {{name}, mempool_avail_count});
  verbs.add("mempool_walk", {{{"hold", Type::kBool}}, mempool_walk});
  verbs.add("mempool_free", {{name}, mempool_free});
  verbs.add("mempool_lookup", {{{"name", Type::kString, Need::kRequired}}, mempool_lookup});
}

}  // namespace gauntlet
