// SPDX-License-Identifier: BSD-3-Clause
// Verbs that register metrics, give them values, and read them.
#include <rte_memory.h>
#include <rte_metrics.h>
#include <rte_version.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

int port_of(const Json& command) { return command["port_id"].get<int>(); }

// Up to 22.07 the function returns nothing.
Json metrics_init(const Call& /*call*/) {
#if RTE_VERSION >= RTE_VERSION_NUM(22, 11, 0, 0)
  return with_errno(rte_metrics_init(SOCKET_ID_ANY));
#else
  rte_metrics_init(SOCKET_ID_ANY);
  return {{"ret", nullptr}, {"errno", nullptr}};
#endif
}

Json metrics_deinit(const Call& /*call*/) { return with_errno(rte_metrics_deinit()); }

Json metrics_reg_names(const Call& call) {
  const auto names = call.command["names"].get<std::vector<std::string>>();
  std::vector<const char*> c_names;
  std::transform(names.begin(), names.end(), std::back_inserter(c_names),
                 [](const std::string& name) { return name.c_str(); });
  return with_errno(
      rte_metrics_reg_names(c_names.data(), static_cast<std::uint16_t>(c_names.size())));
}

// Each name stands at its key.
Json metrics_get_names(const Call& /*call*/) {
  std::vector<rte_metric_name> names(RTE_METRICS_MAX_METRICS);
  const int ret = rte_metrics_get_names(names.data(), RTE_METRICS_MAX_METRICS);
  Json answer = with_errno(ret);
  answer["names"] = Json::array();
  for (int i = 0; i < ret; ++i) answer["names"].push_back(names.at(i).name);
  return answer;
}

Json metrics_update_values(const Call& call) {
  const auto values = call.command["values"].get<std::vector<std::uint64_t>>();
  return with_errno(
      rte_metrics_update_values(port_of(call.command), call.command["key"].get<std::uint16_t>(),
                                values.data(), static_cast<std::uint32_t>(values.size())));
}

// Each value stands at its key.
Json metrics_get_values(const Call& call) {
  std::vector<rte_metric_value> values(RTE_METRICS_MAX_METRICS);
  const int ret =
      rte_metrics_get_values(port_of(call.command), values.data(), RTE_METRICS_MAX_METRICS);
  Json answer = with_errno(ret);
  answer["values"] = Json::array();
  for (int i = 0; i < ret; ++i) answer["values"].push_back(values.at(i).value);
  return answer;
}

std::optional<std::string> names_refusal(const Json& command) {
  const auto count = command["names"].size();
  if (count <= UINT16_MAX) return std::nullopt;
  return "names are " + std::to_string(count) + "; at most " + std::to_string(UINT16_MAX);
}

}  // namespace

void add_metrics_verbs(Verbs& verbs) {
  const Key port = {"port_id", Type::kInt, Need::kRequired};
  verbs.add("metrics_init", {{}, metrics_init});
  verbs.add("metrics_deinit", {{}, metrics_deinit});
  verbs.add("metrics_reg_names",
            {{{"names", Type::kStrings, Need::kRequired}}, metrics_reg_names, names_refusal});
  verbs.add("metrics_get_names", {{}, metrics_get_names});
  verbs.add(
      "metrics_update_values",
      {{port, {"key", Type::kUint16, Need::kRequired}, {"values", Type::kObjects, Need::kRequired}},
       metrics_update_values});
  verbs.add("metrics_get_values", {{port}, metrics_get_values});
}

}  // namespace gauntlet
