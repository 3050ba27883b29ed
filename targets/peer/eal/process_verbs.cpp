// SPDX-License-Identifier: BSD-3-Clause
// Verbs about the peer as a process: its files, its heap, its jobs, its end.
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "targets/line/join.hpp"
#include "targets/peer/answer.hpp"
#include "targets/peer/ending.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

Json open_file(const Call& call) {
  const auto path = call.command["path"].get<std::string>();
  return with_c_errno(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

Json pread_file(const Call& call) {
  std::array<char, 4096> data{};
  const auto count = std::min<std::size_t>(call.command["count"].get<std::size_t>(), data.size());
  const ssize_t n = pread(call.command["fd"].get<int>(), data.data(), count, 0);
  Json answer = with_c_errno(n);
  answer["data"] = n > 0 ? hex_of(data.data(), static_cast<std::size_t>(n)) : "";
  return answer;
}

Json close_file(const Call& call) { return with_c_errno(close(call.command["fd"].get<int>())); }

// What a library that was preloaded into this process exports; nullptr when it was not.
template <typename Function>
Function* preloaded(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// Bytes that the C heap has handed out and not got back: a leak in DPDK's IPC shows here.
Json heap_in_use(const Call& /*call*/) {
  // AddressSanitizer has a heap of its own.
  if (auto* bytes = preloaded<std::size_t()>("__sanitizer_get_current_allocated_bytes")) {
    return {{"bytes", bytes()}};
  }
#if __GLIBC_PREREQ(2, 33)
  return {{"bytes", mallinfo2().uordblks}};
#else
  return {{"bytes", mallinfo().uordblks}};
#endif
}

// Runs a command again and again on this thread; by how many bytes the C heap has grown meanwhile.
// The first tenth is not counted: what is allocated once is no leak.
Json repeat(const Call& call, Verbs& verbs) {
  const Json& command = call.command["command"];
  const auto times = call.command["times"].get<unsigned>();
  const auto in_use = [&call] { return heap_in_use(call)["bytes"].get<std::int64_t>(); };
  for (unsigned n = 0; n < times / 10; ++n) verbs.run_here(command, call.job);
  const auto before = in_use();
  for (unsigned n = 0; n < times; ++n) verbs.run_here(command, call.job);
  return {{"bytes", in_use() - before}, {"last", verbs.run_here(command, call.job)}};
}

// Sends a signal whose handler does nothing to each thread of this name: its system call ends with
// EINTR, as any application's signal handler without SA_RESTART would make it.
Json interrupt(const Call& call) {
  const auto wanted = call.command["thread"].get<std::string>();
  struct sigaction nothing = {};
  nothing.sa_handler = [](int /*signal*/) {};
  sigaction(SIGRTMAX, &nothing, nullptr);
  int found = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name != wanted) continue;
    const int tid = std::stoi(task.path().filename());
    found += static_cast<int>(syscall(SYS_tgkill, getpid(), tid, SIGRTMAX) == 0);
  }
  return {{"ret", found}};
}

std::optional<std::string> no_call_library(const Json& /*command*/) {
  if (preloaded<void()>("gauntlet_call_rule") != nullptr) return std::nullopt;
  return "this peer was not started with faults/call.py's library: no call of it can be made to "
         "fail";
}

// Lets calls fail or wait (faults/call/call.cpp): the number of the rule, -1 when there is no room.
Json call_rule(const Call& call) {
  auto* rule =
      preloaded<int(const char*, const char*, const char*, const char*, long, long, int, long)>(
          "gauntlet_call_rule");
  return {{"ret", rule(call.command["function"].get_ref<const std::string&>().c_str(),
                       call.command["library"].get_ref<const std::string&>().c_str(),
                       call.command.value("thread", std::string()).c_str(),
                       call.command.value("path", std::string()).c_str(),
                       call.command["nth"].get<long>(), call.command["times"].get<long>(),
                       call.command["errno"].get<int>(), call.command.value("delay_ns", 0L))}};
}

// How many calls a rule has met: until now, or until it is ended hereby.
Json call_bites(const Call& call) {
  return {{"ret", preloaded<long(int)>("gauntlet_call_bites")(call.command["rule"].get<int>())}};
}

Json call_heal(const Call& call) {
  return {{"ret", preloaded<long(int)>("gauntlet_call_heal")(call.command["rule"].get<int>())}};
}

// Steps the wall clock that this process is shown: what it was and is, in seconds.
Json wall_clock_step(const Call& call) {
  const auto before = time(nullptr);
  preloaded<void(long)>("gauntlet_wall_clock_step")(call.command["seconds"].get<long>());
  timeval now{};
  gettimeofday(&now, nullptr);
  return {{"before", before}, {"after", now.tv_sec}};
}

// A mistake of our own, so that a test sees whose fault it is said to be: of the verb, or of a
// thread that nobody guards.
Json throw_it(const Call& call) {
  const auto message = call.command["message"].get<std::string>();
  if (call.command.value("thread", false)) {
    std::thread([message] { throw std::runtime_error(message); }).join();
  }
  throw std::runtime_error(message);
}

}  // namespace

void add_process_verbs(Verbs& verbs) {
  // Its answer says that all the peer had said before has arrived.
  verbs.add("nothing", {{}, [](const Call& /*call*/) { return Json::object(); }});
  verbs.add("open", {{{"path", Type::kString, Need::kRequired}}, open_file});
  verbs.add(
      "pread",
      {{{"fd", Type::kInt, Need::kRequired}, {"count", Type::kSize, Need::kRequired}}, pread_file});
  verbs.add("close", {{{"fd", Type::kInt, Need::kRequired}}, close_file});
  verbs.add("heap_in_use", {{}, heap_in_use});
  verbs.add("call_rule", {{{"function", Type::kString, Need::kRequired},
                           {"library", Type::kString, Need::kRequired},
                           {"thread", Type::kString},
                           {"path", Type::kString},
                           {"nth", Type::kCount, Need::kRequired},
                           {"times", Type::kCount, Need::kRequired},
                           {"errno", Type::kInt, Need::kRequired},
                           {"delay_ns", Type::kCount}},
                          call_rule,
                          no_call_library});
  verbs.add("call_bites", {{{"rule", Type::kInt, Need::kRequired}}, call_bites, no_call_library});
  verbs.add("call_heal", {{{"rule", Type::kInt, Need::kRequired}}, call_heal, no_call_library});
  verbs.add("wall_clock_step",
            {{{"seconds", Type::kInt, Need::kRequired}}, wall_clock_step, no_call_library});
  verbs.add("interrupt", {{{"thread", Type::kString, Need::kRequired}}, interrupt});
  verbs.add("repeat", {{{"times", Type::kUnsigned, Need::kRequired},
                        {"command", Type::kCommand, Need::kRequired}},
                       [&verbs](const Call& call) { return repeat(call, verbs); },
                       [&verbs](const Json& command) { return verbs.refuse(command["command"]); }});
  verbs.add("throw",
            {{{"message", Type::kString, Need::kRequired}, {"thread", Type::kBool}}, throw_it});
  verbs.add("exit", {{{"code", Type::kInt, Need::kRequired}},
                     [](const Call& call) -> Json { leave(call.command["code"].get<int>()); }});
  verbs.add("stop", {{{"of", Type::kLong, Need::kRequired}}, [&verbs](const Call& call) {
                       return Json{{"ret", verbs.stop(call.command["of"].get<std::int64_t>())}};
                     }});
  verbs.add("release",
            {{{"of", Type::kLong, Need::kRequired}}, [&verbs](const Call& call) {
               return Json{{"ret", verbs.release(call.command["of"].get<std::int64_t>())}};
             }});
}

}  // namespace gauntlet
