// SPDX-License-Identifier: BSD-3-Clause
// Verbs for rte_mp_*: every argument goes in as C would take it, every output comes out.
#include <rte_eal.h>
#include <rte_errno.h>

#include <ctime>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/mp/manner.hpp"
#include "targets/peer/mp/message.hpp"

namespace gauntlet {
namespace {

Keys with(Keys keys, const Keys& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

const char* c_string(const Json& value) {
  return value.is_null() ? nullptr : value.get_ref<const std::string&>().c_str();
}

// A message or, for "msg": null, a NULL pointer.
struct Message {
  explicit Message(const Json& command)
      : msg(command.contains("msg") ? rte_mp_msg{} : message_of(command)),
        pointer(command.contains("msg") ? nullptr : &msg) {}
  Message(const Message&) = delete;  // It points into itself.
  Message& operator=(const Message&) = delete;
  rte_mp_msg msg;
  rte_mp_msg* pointer;
};

struct Timeout {
  explicit Timeout(const Json& value) {
    if (value.is_null()) return;
    ts = {value["sec"].get<time_t>(), value["nsec"].get<long>()};
    pointer = &ts;
  }
  Timeout(const Timeout&) = delete;  // It points into itself.
  Timeout& operator=(const Timeout&) = delete;
  timespec ts{};
  timespec* pointer = nullptr;
};

Json mp_disable(const Call& /*call*/) {
  rte_errno = 0;
  const bool disabled = rte_mp_disable();
  return {{"ret", disabled}, {"rte_errno", errno_name(rte_errno)}};
}

Json mp_action_register(const Call& call, Verbs& verbs) {
  const Json& name = call.command["name"];
  const bool null_callback = call.command.contains("manner") && call.command["manner"].is_null();
  rte_mp_t callback = nullptr;
  if (!null_callback) {
    callback = callback_for(name.is_null() ? "" : name.get<std::string>(), call.command,
                            call.control, verbs);
    if (callback == nullptr) return {{"refused", "this peer has no callback function left"}};
  }
  rte_errno = 0;
  return with_rte_errno(rte_mp_action_register(c_string(name), callback));
}

Json mp_action_unregister(const Call& call) {
  rte_errno = 0;
  rte_mp_action_unregister(c_string(call.command["name"]));
  return {{"rte_errno", errno_name(rte_errno)}};
}

Json mp_sendmsg(const Call& call) {
  Message message(call.command);
  rte_errno = 0;
  return with_rte_errno(rte_mp_sendmsg(message.pointer));
}

Json mp_reply(const Call& call) {
  Message message(call.command);
  rte_errno = 0;
  return with_rte_errno(rte_mp_reply(message.pointer, c_string(call.command["peer"])));
}

Json mp_request_sync(const Call& call) {
  Message message(call.command);
  const Timeout timeout(call.command["timeout"]);
  Reply reply = untouched_reply();
  const bool null_reply = call.command.contains("reply");
  rte_errno = 0;
  const auto before = now_ns();
  const int ret =
      rte_mp_request_sync(message.pointer, null_reply ? nullptr : &reply, timeout.pointer);
  const auto took = now_ns() - before;
  Json answer = with_rte_errno(ret);
  answer.update(json_of(reply));
  answer["took_ns"] = took;
  if (call.command.value("free_reply", true)) free_messages(reply);
  return answer;
}

Json mp_request_async(const Call& call, Verbs& verbs) {
  Message message(call.command);
  const Timeout timeout(call.command["timeout"]);
  rte_mp_async_reply_t callback = nullptr;
  if (call.command.value("wait", false)) {
    rte_errno = 0;
    return with_rte_errno(call_and_wait(message.pointer, timeout.pointer));
  }
  if (!call.command.contains("clb")) {
    callback = async_callback_for(call.command, call.control, verbs);
    if (callback == nullptr) return {{"refused", "this peer has no callback function left"}};
  }
  rte_errno = 0;
  const auto before = now_ns();
  const int ret = rte_mp_request_async(message.pointer, timeout.pointer, callback);
  const auto took = now_ns() - before;
  Json answer = with_rte_errno(ret);
  answer["called_at"] = before;
  answer["took_ns"] = took;
  return answer;
}

}  // namespace

void add_mp_verbs(Verbs& verbs) {
  const Key timeout = {"timeout", Type::kTimespec, Need::kRequired, Null::kAllowed};
  verbs.add("mp_disable", {{}, mp_disable});
  verbs.add("mp_action_register",
            {with({{"name", Type::kString, Need::kRequired, Null::kAllowed}}, kMannerKeys),
             [&verbs](const Call& call) { return mp_action_register(call, verbs); },
             [&verbs](const Json& command) { return manner_refusal(verbs, command); }});
  verbs.add("mp_action_unregister",
            {{{"name", Type::kString, Need::kRequired, Null::kAllowed}}, mp_action_unregister});
  verbs.add("mp_sendmsg", {kMessageKeys, mp_sendmsg, message_refusal});
  verbs.add("mp_reply",
            {with({{"peer", Type::kString, Need::kRequired, Null::kAllowed}}, kMessageKeys),
             mp_reply, message_refusal});
  verbs.add("mp_request_sync",
            {with({timeout, {"reply", Type::kNull}, {"free_reply", Type::kBool}}, kMessageKeys),
             mp_request_sync, message_refusal});
  verbs.add("mp_request_async",
            {with({timeout,
                   {"clb", Type::kNull},
                   {"wait", Type::kBool},
                   {"returns", Type::kInt},
                   {"inside", Type::kCommand}},
                  kMessageKeys),
             [&verbs](const Call& call) { return mp_request_async(call, verbs); },
             [&verbs](const Json& command) {
               const auto why = manner_refusal(verbs, command);
               return why ? why : message_refusal(command);
             }});
  verbs.add("callbacks",
            {{{"keep_actions", Type::kInt}, {"keep_asyncs", Type::kInt}}, [](const Call& call) {
               std::optional<Callbacks> keep;
               if (call.command.contains("keep_actions")) {
                 keep = {call.command["keep_actions"].get<std::size_t>(),
                         call.command.value("keep_asyncs", std::size_t{0})};
               }
               const auto used = callbacks(keep);
               return Json{{"actions", used.actions}, {"asyncs", used.asyncs}};
             }});
  verbs.add("release_action",
            {{{"name", Type::kString, Need::kRequired}}, [](const Call& call) {
               return Json{{"ret", release_action(call.command["name"].get<std::string>())}};
             }});
}

}  // namespace gauntlet
