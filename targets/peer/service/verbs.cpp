// SPDX-License-Identifier: BSD-3-Clause
// Verbs that register services, find them, and run them.
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_memory.h>
#include <rte_service.h>
#include <rte_service_component.h>

#include <atomic>
#include <cstring>

#include "targets/peer/answer.hpp"
#include "targets/peer/as_lcore.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

// How often this process has run the callback of its services.
std::atomic<unsigned>& runs() {
  static std::atomic<unsigned> only{0};
  return only;
}

std::int32_t callback(void* /*args*/) {
  ++runs();
  return 0;
}

std::uint32_t id_of(const Json& command) { return command["service_id"].get<std::uint32_t>(); }

std::optional<std::string> name_refusal(const Json& command) {
  const auto size = command["name"].get_ref<const std::string&>().size();
  if (size < RTE_SERVICE_NAME_MAX) return std::nullopt;
  return "name has " + std::to_string(size) + " characters; rte_service.h has room for " +
         std::to_string(RTE_SERVICE_NAME_MAX - 1);
}

// The callback is a function of this process.
Json service_component_register(const Call& call) {
  rte_service_spec spec{};
  const auto& name = call.command["name"].get_ref<const std::string&>();
  name.copy(static_cast<char*>(spec.name), RTE_SERVICE_NAME_MAX - 1);
  spec.callback = callback;
  spec.socket_id = SOCKET_ID_ANY;
  std::uint32_t id = 0;
  Json answer = with_errno(rte_service_component_register(&spec, &id));
  answer["service_id"] = answer["ret"] == 0 ? Json(id) : Json();
  return answer;
}

Json service_component_unregister(const Call& call) {
  return with_errno(rte_service_component_unregister(id_of(call.command)));
}

template <std::int32_t (*kSet)(std::uint32_t, std::uint32_t)>
Json set_runstate(const Call& call) {
  return with_errno(kSet(id_of(call.command), call.command["runstate"].get<std::uint32_t>()));
}

Json service_set_runstate_mapped_check(const Call& call) {
  return with_errno(rte_service_set_runstate_mapped_check(id_of(call.command),
                                                          call.command["enabled"].get<int>()));
}

Json service_get_count(const Call& /*call*/) { return {{"ret", rte_service_get_count()}}; }

Json service_get_by_name(const Call& call) {
  std::uint32_t id = 0;
  Json answer = with_errno(
      rte_service_get_by_name(call.command["name"].get_ref<const std::string&>().c_str(), &id));
  answer["service_id"] = answer["ret"] == 0 ? Json(id) : Json();
  return answer;
}

// As on this process' main lcore; how often this process' callback has run by now.
Json service_run_iter_on_app_lcore(const Call& call) {
  const AsLcore lcore(rte_get_main_lcore());
  Json answer = with_errno(rte_service_run_iter_on_app_lcore(id_of(call.command), 1));
  answer["runs"] = runs().load();
  return answer;
}

}  // namespace

void add_service_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key id = {"service_id", Type::kUint32, Need::kRequired};
  const Key runstate = {"runstate", Type::kUint32, Need::kRequired};
  verbs.add("service_component_register", {{name}, service_component_register, name_refusal});
  verbs.add("service_component_unregister", {{id}, service_component_unregister});
  verbs.add("service_component_runstate_set",
            {{id, runstate}, set_runstate<rte_service_component_runstate_set>});
  verbs.add("service_runstate_set", {{id, runstate}, set_runstate<rte_service_runstate_set>});
  verbs.add("service_set_runstate_mapped_check",
            {{id, {"enabled", Type::kInt, Need::kRequired}}, service_set_runstate_mapped_check});
  verbs.add("service_get_count", {{}, service_get_count});
  verbs.add("service_get_by_name", {{name}, service_get_by_name});
  verbs.add("service_run_iter_on_app_lcore", {{id}, service_run_iter_on_app_lcore});
}

}  // namespace gauntlet
