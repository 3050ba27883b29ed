// SPDX-License-Identifier: BSD-3-Clause
// Verbs that set timers, in memory that processes share, stop them, and run those that have
// expired.
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_timer.h>

#include <mutex>
#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/as_lcore.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/handed_out.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"
#include "targets/peer/timer/deaths.hpp"

namespace gauntlet {
namespace {

// The timers whose callback this process has run, since somebody asked last.
class Run {
 public:
  void note(const rte_timer* tim) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ran_.push_back(text_of(tim));
  }
  Json taken() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(ran_, Json::array());
  }

 private:
  std::mutex mutex_;
  Json ran_ = Json::array();
};

Run& run() {
  static Run only;
  return only;
}

void callback(rte_timer* tim, void* /*arg*/) { run().note(tim); }
void alt_callback(rte_timer* tim) { run().note(tim); }

rte_timer* timer_of(const Json& command) {
  return static_cast<rte_timer*>(pointer_of(command["tim"]));
}

std::optional<std::string> timer_refusal(const Json& command) {
  return handed_out_refusal("timer", command["tim"], timer_of(command));
}

std::optional<std::string> lcore_refusal(const Json& command, const char* key) {
  if (!command.contains(key) || command[key] < RTE_MAX_LCORE) return std::nullopt;
  return std::string(key) + " is " + command[key].dump() + "; it must be less than " +
         std::to_string(RTE_MAX_LCORE);
}

std::optional<std::string> manage_refusal(const Json& command) {
  return lcore_refusal(command, "lcore_id");
}

std::optional<std::string> reset_refusal(const Json& command) {
  if (auto why = timer_refusal(command)) return why;
  if (auto why = lcore_refusal(command, "tim_lcore")) return why;
  const Json& type = command["type"];
  if (type == "SINGLE" || type == "PERIODICAL") return std::nullopt;
  return "type is " + type.dump() + R"(; it must be "SINGLE" or "PERIODICAL")";
}

// A timer that nobody has initialised, in memory that all processes have.
Json timer_new(const Call& /*call*/) {
  return {{"tim", text_of(rte_zmalloc(nullptr, sizeof(rte_timer), 0))}};
}

Json timer_init(const Call& call) {
  rte_timer_init(timer_of(call.command));
  return Json::object();
}

// The callback is a function of this process.
Json timer_reset(const Call& call) {
  const Json& command = call.command;
  const auto type = command["type"] == "SINGLE" ? SINGLE : PERIODICAL;
  return {{"ret", rte_timer_reset(timer_of(command), command["ticks"].get<std::uint64_t>(), type,
                                  command["tim_lcore"].get<unsigned>(), callback, nullptr)}};
}

// Without a callback: whoever manages the list has one.
Json timer_alt_reset(const Call& call) {
  const Json& command = call.command;
  const auto type = command["type"] == "SINGLE" ? SINGLE : PERIODICAL;
  return with_errno(rte_timer_alt_reset(command["timer_data_id"].get<std::uint32_t>(),
                                        timer_of(command), command["ticks"].get<std::uint64_t>(),
                                        type, command["tim_lcore"].get<unsigned>(), nullptr,
                                        nullptr));
}

Json timer_stop(const Call& call) { return {{"ret", rte_timer_stop(timer_of(call.command))}}; }

Json timer_alt_stop(const Call& call) {
  return with_errno(rte_timer_alt_stop(call.command["timer_data_id"].get<std::uint32_t>(),
                                       timer_of(call.command)));
}

Json timer_pending(const Call& call) {
  return {{"ret", rte_timer_pending(timer_of(call.command))}};
}

// As on this process' main lcore, unless told another; which timers this process has run.
Json timer_manage(const Call& call) {
  const AsLcore lcore(call.command.value("lcore_id", unsigned{rte_get_main_lcore()}));
  Json answer = with_errno(rte_timer_manage());
  answer["ran"] = run().taken();
  return answer;
}

Json timer_alt_manage(const Call& call) {
  auto poll_lcore = call.command["poll_lcore"].get<unsigned>();
  const AsLcore lcore(rte_get_main_lcore());
  Json answer = with_errno(rte_timer_alt_manage(call.command["timer_data_id"].get<std::uint32_t>(),
                                                &poll_lcore, 1, alt_callback));
  answer["ran"] = run().taken();
  return answer;
}

Json timer_data_alloc(const Call& /*call*/) {
  std::uint32_t id = 0;
  Json answer = with_errno(rte_timer_data_alloc(&id));
  answer["id"] = answer["ret"] == 0 ? Json(id) : Json();
  return answer;
}

Json timer_data_dealloc(const Call& call) {
  return with_errno(rte_timer_data_dealloc(call.command["id"].get<std::uint32_t>()));
}

Json told_of(const TimerDeath& death) {
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"setters_hang", code_addresses(death.setters_hang)},
          {"managers_hang", code_addresses(death.managers_hang)},
          {"is_free", death.is_free},
          {"lost", death.lost}};
}

Json timer_deaths(const Call& call) {
  const auto every = call.command["every"].get<unsigned>();
  return deaths_answer([every] { return die_inside_timer_list(every); }, told_of);
}

}  // namespace

void add_timer_verbs(Verbs& verbs) {
  const Key tim = {"tim", Type::kPointer, Need::kRequired};
  const Key ticks = {"ticks", Type::kUint64, Need::kRequired};
  const Key type = {"type", Type::kString, Need::kRequired};
  const Key tim_lcore = {"tim_lcore", Type::kUnsigned, Need::kRequired};
  const Key data_id = {"timer_data_id", Type::kUint32, Need::kRequired};
  verbs.add("timer_new", {{}, timer_new});
  verbs.add("timer_init", {{tim}, timer_init, timer_refusal});
  verbs.add("timer_reset", {{tim, ticks, type, tim_lcore}, timer_reset, reset_refusal});
  verbs.add("timer_alt_reset",
            {{data_id, tim, ticks, type, tim_lcore}, timer_alt_reset, reset_refusal});
  verbs.add("timer_stop", {{tim}, timer_stop, timer_refusal});
  verbs.add("timer_alt_stop", {{data_id, tim}, timer_alt_stop, timer_refusal});
  verbs.add("timer_pending", {{tim}, timer_pending, timer_refusal});
  verbs.add("timer_manage", {{{"lcore_id", Type::kUnsigned}}, timer_manage, manage_refusal});
  verbs.add("timer_alt_manage",
            {{data_id, {"poll_lcore", Type::kUnsigned, Need::kRequired}},
             timer_alt_manage,
             [](const Json& command) { return lcore_refusal(command, "poll_lcore"); }});
  verbs.add("timer_deaths",
            {{{"every", Type::kUnsigned, Need::kRequired}}, timer_deaths, every_refusal});
  verbs.add("timer_data_alloc", {{}, timer_data_alloc});
  verbs.add("timer_data_dealloc", {{{"id", Type::kUint32, Need::kRequired}}, timer_data_dealloc});
}

}  // namespace gauntlet
