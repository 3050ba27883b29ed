// SPDX-License-Identifier: BSD-3-Clause
// The verbs of an engine: each is an act on its fronts or its traffic.
#include "faults/relay/commands.hpp"

#include <sys/resource.h>

#include <utility>

namespace gauntlet {
namespace {

Span span_of(const Json& pair) {
  return {pair.at(0).get<std::size_t>(), pair.at(1).get<std::size_t>()};
}

constexpr auto kFields = {"type", "name", "len_param", "num_fds", "param"};

Keys layout_keys() {
  Keys keys = {{"size", Type::kCount, Need::kRequired}};
  for (const char* field : kFields) keys.push_back({field, Type::kInts, Need::kRequired});
  return keys;
}

std::optional<std::string> layout_refusal(const Json& command) {
  for (const char* field : kFields) {
    const Json& pair = command[field];
    const bool fits = pair.size() == 2 && pair[0] >= 0 && pair[1] >= 0;
    if (!fits) return std::string(field) + " is [offset, size]";
  }
  return std::nullopt;
}

Json set_layout(Scheduler& scheduler, const Json& command) {
  scheduler.set_layout({command["size"].get<std::size_t>(), span_of(command["type"]),
                        span_of(command["name"]), span_of(command["len_param"]),
                        span_of(command["num_fds"]), span_of(command["param"])});
  return {{"ret", 0}};
}

std::optional<std::string> rule_refusal(const Scheduler& scheduler, const Json& command) {
  const auto made = rule_of(command);
  if (const auto* why = std::get_if<std::string>(&made)) return *why;
  if (!scheduler.layout()) return "a rule needs a layout: say that first";
  return std::nullopt;
}

Json add_rule(Scheduler& scheduler, const Json& command) {
  scheduler.add(std::get<Rule>(rule_of(command)));
  return {{"ret", scheduler.rules().size() - 1}};
}

Json stand_before(Fronts& fronts, const Json& command) {
  const int error = fronts.stand_before(command["socket"].get<std::string>(), /*later=*/false);
  return {{"ret", error == 0 ? 0 : -1}, {"errno", error}};
}

std::int64_t micros(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

Json count(const Fronts& fronts, Traffic& traffic) {
  // Whoever asks has seen what has been sent: it is counted.
  for (const auto& [name, front] : fronts.all()) {
    if (!front->sender.blocked()) traffic.drain(*front);
  }
  Json bites = Json::array();
  for (const auto& rule : traffic.scheduler().rules()) bites.push_back(rule.bites);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return {{"seen", traffic.seen()},
          {"bites", std::move(bites)},
          {"waiting", traffic.scheduler().waiting()},
          {"lost", traffic.lost()},
          {"user_us", micros(used.ru_utime)},
          {"system_us", micros(used.ru_stime)},
          {"waits", used.ru_nvcsw},
          {"preempted", used.ru_nivcsw}};
}

}  // namespace

void add_commands(Server& server, Fronts& fronts, Traffic& traffic) {
  const auto string = [](const char* name) { return Keys{{name, Type::kString, Need::kRequired}}; };
  server.add("layout", {layout_keys(), layout_refusal},
             [&](const Json& command) { return set_layout(traffic.scheduler(), command); });
  server.add(
      "rule",
      {kRuleKeys, [&](const Json& command) { return rule_refusal(traffic.scheduler(), command); }},
      [&](const Json& command) { return add_rule(traffic.scheduler(), command); });
  server.add("before", {string("socket")},
             [&](const Json& command) { return stand_before(fronts, command); });
  server.add("later", {string("of")}, [&](const Json& command) -> Json {
    fronts.want(command["of"].get<std::string>());
    return {{"ret", 0}};
  });
  server.add("report", {{{"on", Type::kBool, Need::kRequired}}}, [&](const Json& command) -> Json {
    traffic.report(command["on"].get<bool>());
    return {{"ret", 0}};
  });
  server.add("release", {}, [&](const Json& /*command*/) -> Json {
    traffic.release();
    return {{"ret", 0}};
  });
  server.add("count", {}, [&](const Json& /*command*/) { return count(fronts, traffic); });
}

}  // namespace gauntlet
