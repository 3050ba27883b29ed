// SPDX-License-Identifier: BSD-3-Clause
// Verbs that measure rte_mp_*: the loops run in here, and only their summary goes out.
#include <rte_eal.h>
#include <rte_errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

#include "targets/line/join.hpp"
#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/mp/message.hpp"
#include "targets/peer/room.hpp"

namespace gauntlet {
namespace {

// What the actions of this process that only count have seen: their callbacks carry no user data.
struct Arrivals {
  std::atomic<std::int64_t> count{0};
  std::atomic<std::int64_t> first_ns{0};
  std::atomic<std::int64_t> last_ns{0};

  void add() {
    const auto now = now_ns();
    if (count.fetch_add(1) == 0) first_ns = now;
    last_ns = now;
  }
};

Arrivals& arrivals() {
  static Arrivals seen;
  return seen;
}

int on_counted(const rte_mp_msg* /*msg*/, const void* /*peer*/) {
  arrivals().add();
  return 0;
}

int on_answered(const rte_mp_msg* msg, const void* peer) {
  arrivals().add();
  rte_mp_msg reply = *msg;
  return rte_mp_reply(&reply, static_cast<const char*>(peer));
}

// Registers an action that says nothing of itself to the owner: it counts, and replies if asked to.
Json mp_action_count(const Call& call) {
  const auto name = call.command["name"].get<std::string>();
  const bool replies = call.command["reply"].get<bool>();
  rte_errno = 0;
  const int ret = rte_mp_action_register(name.c_str(), replies ? on_answered : on_counted);
  return with_rte_errno(ret);
}

// How much has come since this was asked last, and between when.
Json mp_counted(const Call& /*call*/) {
  Arrivals& seen = arrivals();
  return {{"count", seen.count.exchange(0)},
          {"first_ns", seen.first_ns.load()},
          {"last_ns", seen.last_ns.load()}};
}

// What this process, or this thread, has cost since it was made.
class Cost {
 public:
  explicit Cost(int who) : who_(who) { getrusage(who_, &before_); }

  [[nodiscard]] Json so_far() const {
    rusage now{};
    getrusage(who_, &now);
    return {{"user_us", micros(now.ru_utime) - micros(before_.ru_utime)},
            {"system_us", micros(now.ru_stime) - micros(before_.ru_stime)},
            {"waits", now.ru_nvcsw - before_.ru_nvcsw},
            {"preempted", now.ru_nivcsw - before_.ru_nivcsw}};
  }

 private:
  static std::int64_t micros(const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
  }

  int who_;
  rusage before_{};
};

Json summary_of(std::vector<std::int64_t> took_ns) {
  std::sort(took_ns.begin(), took_ns.end());
  const auto at = [&took_ns](double part) {
    return took_ns.at(static_cast<std::size_t>(part * static_cast<double>(took_ns.size() - 1)));
  };
  return {{"count", took_ns.size()}, {"min_ns", at(0)},    {"p50_ns", at(0.5)},
          {"p90_ns", at(0.9)},       {"p99_ns", at(0.99)}, {"max_ns", at(1)}};
}

// One request after another; `missed` of them did not get exactly one reply.
Json mp_request_sync_times(const Call& call) {
  rte_mp_msg msg = message_of(call.command);
  const Json& given = call.command["timeout"];
  const timespec timeout = {given["sec"].get<time_t>(), given["nsec"].get<long>()};
  std::vector<std::int64_t> took(call.command["times"].get<std::size_t>());
  int missed = 0;
  const Cost cost(RUSAGE_SELF);
  for (auto& each : took) {
    Reply reply{};
    const auto before = now_ns();
    const int ret = rte_mp_request_sync(&msg, &reply, &timeout);
    each = now_ns() - before;
    missed += static_cast<int>(ret != 0 || reply.nb_received != 1);
    free_messages(reply);
  }
  return {{"missed", missed}, {"took", summary_of(std::move(took))}, {"cost", cost.so_far()}};
}

// As many messages as fast as they are taken; `missed` of them were not sent.
Json mp_sendmsg_times(const Call& call) {
  rte_mp_msg msg = message_of(call.command);
  const auto times = call.command["times"].get<std::int64_t>();
  int missed = 0;
  const auto before = now_ns();
  for (std::int64_t n = 0; n < times; ++n) missed += static_cast<int>(rte_mp_sendmsg(&msg) != 0);
  return {{"missed", missed}, {"took_ns", now_ns() - before}};
}

// What it costs this machine to hand a datagram of this size to a thread that sleeps, and to be
// woken by its answer: nothing of DPDK is in it.
Json round_trip_times(const Call& call) {
  std::vector<unsigned char> bytes(call.command["size"].get<std::size_t>());
  std::vector<std::int64_t> took(call.command["times"].get<std::size_t>());
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  int missed = 0;
  std::thread echo([fd = ends[1], copy = bytes, times = took.size()]() mutable {
    for (std::size_t n = 0; n < times; ++n) {
      if (recv(fd, copy.data(), copy.size(), 0) < 0) return;
      if (send(fd, copy.data(), copy.size(), 0) < 0) return;
    }
  });
  for (auto& each : took) {
    const auto before = now_ns();
    const auto sent = send(ends[0], bytes.data(), bytes.size(), 0);
    const auto got = recv(ends[0], bytes.data(), bytes.size(), 0);
    each = now_ns() - before;
    missed += static_cast<int>(sent < 0 || got < 0);
  }
  echo.join();
  for (const int fd : ends) close(fd);
  return {{"missed", missed}, {"took", summary_of(std::move(took))}};
}

std::optional<std::string> too_few(const Json& command) {
  if (command["times"] == 0) return "times is 0; it must be 1 or more";
  return std::nullopt;
}

// A time is kept of each.
std::optional<std::string> times_refusal(const Json& command) {
  const auto why = too_few(command);
  return why ? why : room_refusal(command, "times", sizeof(std::int64_t));
}

std::optional<std::string> round_trip_refusal(const Json& command) {
  const auto why = times_refusal(command);
  return why ? why : room_refusal(command, "size", 1);
}

std::optional<std::string> timed_refusal(const Json& command) {
  const auto why = times_refusal(command);
  return why ? why : message_refusal(command);
}

std::optional<std::string> measured_refusal(const Json& command) {
  const auto why = too_few(command);
  return why ? why : message_refusal(command);
}

Keys with_message(Keys keys) {
  keys.insert(keys.end(), kMessageKeys.begin(), kMessageKeys.end());
  return keys;
}

}  // namespace

void add_measure_verbs(Verbs& verbs) {
  const Key times = {"times", Type::kCount, Need::kRequired};
  verbs.add("mp_action_count",
            {{{"name", Type::kString, Need::kRequired}, {"reply", Type::kBool, Need::kRequired}},
             mp_action_count});
  verbs.add("mp_counted", {{}, mp_counted});
  verbs.add("mp_request_sync_times",
            {with_message({times, {"timeout", Type::kTimespec, Need::kRequired}}),
             mp_request_sync_times, timed_refusal});
  verbs.add("mp_sendmsg_times", {with_message({times}), mp_sendmsg_times, measured_refusal});
  verbs.add(
      "round_trip_times",
      {{times, {"size", Type::kSize, Need::kRequired}}, round_trip_times, round_trip_refusal});
}

}  // namespace gauntlet
