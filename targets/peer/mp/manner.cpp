// SPDX-License-Identifier: BSD-3-Clause
// The manners, and the pools of callback functions that they are given.
#include "targets/peer/mp/manner.hpp"

#include <pthread.h>
#include <rte_errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "targets/line/guard.hpp"
#include "targets/peer/answer.hpp"
#include "targets/peer/ending.hpp"
#include "targets/peer/mp/message.hpp"

namespace gauntlet {
namespace {

enum class Manner { kReply, kSilent, kLate, kHold, kTwice, kDie };

const std::map<std::string, Manner> kManners = {
    {"reply", Manner::kReply}, {"silent", Manner::kSilent}, {"late", Manner::kLate},
    {"hold", Manner::kHold},   {"twice", Manner::kTwice},   {"die", Manner::kDie},
};

struct Slot {
  std::string action;
  Manner manner = Manner::kSilent;
  Json command;
  Control* control = nullptr;
  Verbs* verbs = nullptr;
  std::deque<std::shared_ptr<Job>> held;
};

constexpr std::size_t kSlots = 256;

// DPDK's callback signatures carry no user data: these pools are the only globals.
struct Pool {
  std::mutex mutex;
  std::array<Slot, kSlots> slots;
  std::size_t used = 0;

  // A slot is not reused but by keep(): a callback may still run after its action is gone.
  std::optional<std::size_t> take(Slot slot) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (used == kSlots) return std::nullopt;
    slots.at(used) = std::move(slot);
    return used++;
  }

  std::size_t keep(std::size_t most) {
    const std::lock_guard<std::mutex> lock(mutex);
    return used = std::min(used, most);
  }
};

Pool& actions() {
  static Pool pool;
  return pool;
}

Pool& asyncs() {
  static Pool pool;
  return pool;
}

Json this_thread() {
  std::array<char, 17> name{};
  prctl(PR_GET_NAME, name.data());
  return {{"tid", gettid()}, {"name", name.data()}};
}

void send_reply(Slot& slot, const rte_mp_msg& request, const std::string& peer) {
  const Json& how = slot.command;
  rte_mp_msg reply = request;
  reply.num_fds = 0;
  if (how.contains("reply_name")) {
    const auto name = how["reply_name"].get<std::string>();
    std::fill(std::begin(reply.name), std::end(reply.name), '\0');
    std::copy(name.begin(), name.end(), reply.name);
  }
  if (how.contains("reply_param")) {
    const auto param = bytes_of(how["reply_param"].get<std::string>());
    std::copy(param.begin(), param.end(), reply.param);
    reply.len_param = static_cast<int>(param.size());
  }
  if (how.contains("reply_fds")) {
    const auto fds = how["reply_fds"].get<std::vector<int>>();
    std::copy(fds.begin(), fds.end(), reply.fds);
    reply.num_fds = static_cast<int>(fds.size());
  }
  rte_errno = 0;
  const int ret = rte_mp_reply(&reply, peer.c_str());
  slot.control->event("replied", {{"action", slot.action},
                                  {"ret", ret},
                                  {"rte_errno", errno_name(rte_errno)},
                                  {"thread", this_thread()}});
}

// Runs the manner's "inside" command on the callback's own thread.
void run_inside(Slot& slot) {
  if (!slot.command.contains("inside")) return;
  Job job;
  Json answer = answer_of([&] { return slot.verbs->run_here(slot.command["inside"], job); });
  answer["action"] = slot.action;
  answer["verb"] = slot.command["inside"]["verb"];
  slot.control->event("inside", std::move(answer));
}

std::shared_ptr<Job> hold(Slot& slot) {
  auto job = std::make_shared<Job>();
  const std::lock_guard<std::mutex> lock(actions().mutex);
  slot.held.push_back(job);
  return job;
}

int on_action(std::size_t index, const rte_mp_msg* msg, const void* peer_path) {
  Slot& slot = actions().slots.at(index);
  const std::string peer = static_cast<const char*>(peer_path);
  const Manner manner = slot.manner;
  if (!slot.command.value("cancel", true)) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  // A held callback must be releasable by whoever has read its event.
  const auto job = manner == Manner::kLate || manner == Manner::kHold ? hold(slot) : nullptr;
  slot.control->event(
      "action",
      {{"action", slot.action}, {"msg", json_of(*msg)}, {"peer", peer}, {"thread", this_thread()}});
  run_inside(slot);
  if (manner == Manner::kDie) die(SIGKILL);
  if (manner == Manner::kLate) {
    std::thread([&slot, job, request = *msg, peer] {
      guarded(*slot.control, [&] {
        job->wait_for_release();
        send_reply(slot, request, peer);
      });
    }).detach();
  } else if (manner != Manner::kSilent) {
    if (job) job->wait_for_release();
    send_reply(slot, *msg, peer);
    if (manner == Manner::kTwice) send_reply(slot, *msg, peer);
  }
  return slot.command.value("returns", 0);
}

int on_async(std::size_t index, const rte_mp_msg* request, const Reply* reply) {
  Slot& slot = asyncs().slots.at(index);
  Json facts = json_of(*reply);
  facts["of"] = slot.command["id"];
  facts["request"] = json_of(*request);
  facts["thread"] = this_thread();
  slot.control->event("async_reply", std::move(facts));
  run_inside(slot);
  return slot.command.value("returns", 0);
}

// DPDK calls from C: nothing may be thrown through it. One function each, and not one for each
// slot.
int guarded_action(std::size_t index, const rte_mp_msg* msg, const void* peer) {
  int ret = 0;
  guarded(*actions().slots.at(index).control, [&] { ret = on_action(index, msg, peer); });
  return ret;
}

int guarded_async(std::size_t index, const rte_mp_msg* request, const Reply* reply) {
  int ret = 0;
  guarded(*asyncs().slots.at(index).control, [&] { ret = on_async(index, request, reply); });
  return ret;
}

template <std::size_t I>
int action_function(const rte_mp_msg* msg, const void* peer) {
  return guarded_action(I, msg, peer);
}

template <std::size_t I>
int async_function(const rte_mp_msg* request, const Reply* reply) {
  return guarded_async(I, request, reply);
}

template <std::size_t... I>
constexpr std::array<rte_mp_t, sizeof...(I)> action_functions(std::index_sequence<I...> /*i*/) {
  return {action_function<I>...};
}

template <std::size_t... I>
constexpr std::array<rte_mp_async_reply_t, sizeof...(I)> async_functions(
    std::index_sequence<I...> /*i*/) {
  return {async_function<I>...};
}

// Of call_and_wait: its callback has no user data either.
struct Wait {
  std::mutex mutex;
  std::condition_variable called;
  bool done = false;
};

Wait& wait_for_callback() {
  static Wait wait;
  return wait;
}

int end_the_wait(const rte_mp_msg* /*request*/, const Reply* /*reply*/) {
  Wait& wait = wait_for_callback();
  const std::lock_guard<std::mutex> lock(wait.mutex);
  wait.done = true;
  wait.called.notify_one();
  return 0;
}

}  // namespace

int call_and_wait(rte_mp_msg* request, const timespec* timeout) {
  Wait& wait = wait_for_callback();
  std::unique_lock<std::mutex> lock(wait.mutex);
  wait.done = false;
  lock.unlock();
  const int ret = rte_mp_request_async(request, timeout, end_the_wait);
  if (ret != 0) return ret;
  lock.lock();
  wait.called.wait(lock, [&wait] { return wait.done; });
  return ret;
}

const Keys kMannerKeys = {
    {"manner", Type::kString, Need::kOptional, Null::kAllowed},
    {"reply_name", Type::kString},
    {"reply_param", Type::kHex},
    {"reply_fds", Type::kInts},
    {"returns", Type::kInt},
    {"cancel", Type::kBool},
    {"inside", Type::kCommand},
};

std::optional<std::string> manner_refusal(const Verbs& verbs, const Json& command) {
  if (command.contains("inside")) {
    if (auto why = verbs.refuse(command["inside"])) return "inside: " + *why;
  }
  if (command.value("reply_name", std::string()).size() > RTE_MP_MAX_NAME_LEN) {
    return "reply_name is longer than the C field";
  }
  if (command.value("reply_param", std::string()).size() / 2 > RTE_MP_MAX_PARAM_LEN) {
    return "reply_param is longer than the C field";
  }
  if (command.contains("reply_fds") && command["reply_fds"].size() > RTE_MP_MAX_FD_NUM) {
    return "reply_fds has more entries than the C field";
  }
  if (!command.contains("manner") || command["manner"].is_null()) return std::nullopt;
  const auto manner = command["manner"].get<std::string>();
  if (kManners.contains(manner)) return std::nullopt;
  std::string known;
  for (const auto& [name, _] : kManners) known += (known.empty() ? "" : ", ") + name;
  return "unknown manner \"" + manner + "\"; the manners are: " + known;
}

rte_mp_t callback_for(const std::string& action, const Json& command, Control& control,
                      Verbs& verbs) {
  static constexpr auto functions = action_functions(std::make_index_sequence<kSlots>());
  const Manner manner = kManners.at(command.value("manner", "silent"));
  const auto index = actions().take({action, manner, command, &control, &verbs, {}});
  return index ? functions.at(*index) : nullptr;
}

bool release_action(const std::string& action) {
  const std::lock_guard<std::mutex> lock(actions().mutex);
  for (auto& slot : actions().slots) {
    if (slot.action != action || slot.held.empty()) continue;
    slot.held.front()->release();
    slot.held.pop_front();
    return true;
  }
  return false;
}

Callbacks callbacks(const std::optional<Callbacks>& keep) {
  const auto kept = keep.value_or(Callbacks{kSlots, kSlots});
  return {actions().keep(kept.actions), asyncs().keep(kept.asyncs)};
}

rte_mp_async_reply_t async_callback_for(const Json& command, Control& control, Verbs& verbs) {
  static constexpr auto functions = async_functions(std::make_index_sequence<kSlots>());
  const auto name = command.value("name", std::string());
  const auto index = asyncs().take({name, Manner::kSilent, command, &control, &verbs, {}});
  return index ? functions.at(*index) : nullptr;
}

}  // namespace gauntlet
