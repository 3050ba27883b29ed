// SPDX-License-Identifier: BSD-3-Clause
// The director of a scene takes turns as the threads of the processes do, and says in which
// order they are taken.
#include "faults/schedule/director.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "faults/schedule/world.hpp"

namespace gauntlet::schedule {
namespace {

// A thread that has had the CPU for so long and reached no point spins.
constexpr std::uint64_t kSpinsAfterNs = 2'000'000;
// And so long after that nobody believes that it will end by itself.
constexpr std::uint64_t kHopelessAfterNs = 20'000'000;

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

Thread& director(World& world) { return thread_at(world, kDirector); }

// The kernel's clock, and not the one that is shown.
std::uint64_t now_ns() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// The folder in /proc of a thread whose process has PIDs of its own; "" where it is gone.
std::string folder_of(const World& world, const Thread& thread) {
  const auto& process = world.processes.at(static_cast<std::size_t>(thread.process));
  std::error_code error;
  const std::string tasks = "/proc/" + std::to_string(process.host_pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("NSpid:", 0) != 0) continue;
      std::istringstream pids(line.substr(6));
      int last = 0;
      while (pids >> last) {
      }
      if (last == thread.tid) return task.path();
    }
  }
  return "";
}

std::uint64_t cpu_ns(const std::string& folder) {
  std::uint64_t used = 0;
  std::ifstream(folder + "/schedstat") >> used;
  return used;
}

char state_of(const std::string& folder) {
  std::string text;
  std::getline(std::ifstream(folder + "/stat"), text);
  const auto end = text.rfind(") ");
  return end == std::string::npos ? 'X' : text.at(end + 2);
}

const char* told(State state) {
  switch (state) {
    case State::kRunning:
      return "runs";
    case State::kReady:
      return "could go on";
    case State::kLock:
      return "waits for a mutex";
    case State::kCondition:
      return "waits for a condition";
    case State::kOutside:
      return "waits in the kernel";
    case State::kArriving:
      return "is on its way";
    case State::kSpinning:
      return "spins";
    case State::kWaiting:
      return "waits for what was told";
    default:
      return "is no more";
  }
}

World* world() { return view().world; }

// The last look at who runs, and what it had used of its CPU by then.
struct Look {
  std::uint64_t grants = 0;
  std::uint64_t cpu_ns = 0;
  bool slept = false;
};

// Looks after the one that runs and reaches no point.
void watch(World& world) {
  static Look last;
  const auto consider = [&world](Thread& thread) {
    const auto folder = folder_of(world, thread);
    const auto used = cpu_ns(folder);
    if (thread.state == State::kRunning) {
      if (last.grants != world.grants) {
        last = {world.grants, used, false};
        return;
      }
      const bool asleep = state_of(folder) == 'S';
      if (used >= last.cpu_ns + kSpinsAfterNs) {
        thread.cpu_ns = used;
        arrive(world, thread, State::kSpinning, nullptr);
      } else if (asleep && last.slept && used == last.cpu_ns) {
        thread.fd = -1;
        arrive(world, thread, State::kOutside, nullptr);
      } else {
        if (used != last.cpu_ns && asleep) last.cpu_ns = used;
        last.slept = asleep;
      }
    } else if (used >= thread.cpu_ns + kHopelessAfterNs) {
      thread.hopeless = 1;
    }
  };
  if (world.running > kDirector) {
    consider(thread_at(world, world.running));
    return;
  }
  if (world.running != kNobody) return;
  for (auto& thread : world.threads) {
    if (thread.state == State::kSpinning && thread.hopeless == 0) consider(thread);
  }
  decide(world);
}

}  // namespace
}  // namespace gauntlet::schedule

using namespace gauntlet::schedule;  // NOLINT(google-build-using-namespace)

extern "C" {

int gauntlet_schedule_make(const char* path) {
  World* const made = map(path, true);
  if (made == nullptr) return errno;
  view() = {made, kOfDirector};
  director(*made).process = kOfDirector;
  set(director(*made).kind, "director");
  director(*made).state = State::kRunning;
  return 0;
}

int gauntlet_schedule_name(int pid, int host_pid, const char* name) {
  const Lock lock(*world());
  for (auto& process : world()->processes) {
    if (process.pid != pid || process.gone != 0) continue;
    process.host_pid = host_pid;
    set(process.name, name);
    return 0;
  }
  return -1;
}

void gauntlet_schedule_begin() {
  const Lock lock(*world());
  world()->now_ns = now_ns();
  director(*world()).state = State::kRunning;
  world()->running = world()->last = kDirector;
  world()->written = world()->heard = 0;
  world()->on.store(1);
}

void gauntlet_schedule_order(std::uint64_t any_moment_ns) {
  const Lock lock(*world());
  for (auto& process : world()->processes) process.made = 0;
  for (auto& thread : world()->threads) {
    thread.priority = 0;
    if (thread.state == State::kEnded) thread.state = State::kFree;
  }
  world()->any_moment_ns = any_moment_ns;
  // Each begins with a whole second: what is rounded is rounded alike.
  world()->now_ns += kNsPerSecond - world()->now_ns % kNsPerSecond;
  world()->by_chance = world()->changes_used = world()->switches_used = world()->next_switch = 0;
  world()->missed = world()->decided = world()->stuck = 0;
  world()->last = kDirector;
}

void gauntlet_schedule_by_chance(std::uint64_t seed) {
  world()->by_chance = 1;
  world()->seed = seed;
}

int gauntlet_schedule_change(std::uint32_t at) {
  if (world()->changes_used == kChanges) return -1;
  world()->changes.at(world()->changes_used++) = at;
  return 0;
}

int gauntlet_schedule_switch(std::uint32_t at, const char* name) {
  if (world()->switches_used == kSwitches) return -1;
  auto& added = world()->switches.at(world()->switches_used++);
  added.at = at;
  set(added.name, name);
  return 0;
}

void gauntlet_schedule_point() {
  {
    const Lock lock(*world());
    woke(*world());
    arrive(*world(), director(*world()), State::kReady, "step");
  }
  while (!park(director(*world()), 3)) {
    const Lock lock(*world());
    watch(*world());
  }
}

void gauntlet_schedule_wait(int for_nobody) {
  const Lock lock(*world());
  if (for_nobody != 0) world()->satisfied = 0;
  woke(*world());
  director(*world()).turn.store(0);
  const auto state = world()->satisfied != 0 ? State::kReady : State::kWaiting;
  arrive(*world(), director(*world()), state, "wait");
}

void gauntlet_schedule_go_on() {
  const Lock lock(*world());
  if (director(*world()).state == State::kWaiting)
    arrive(*world(), director(*world()), State::kReady, nullptr);
}

int gauntlet_schedule_turn(unsigned most_ms) {
  const auto until = now_ns() + std::uint64_t{most_ms} * 1'000'000;
  while (!park(director(*world()), 3)) {
    const Lock lock(*world());
    watch(*world());
    if (now_ns() > until) return 2;
  }
  const Lock lock(*world());
  const bool stuck = world()->stuck != 0;
  world()->stuck = world()->satisfied = 0;
  return stuck ? 1 : 0;
}

void gauntlet_schedule_heard(int line, int done) {
  const Lock lock(*world());
  if (done != 0) world()->satisfied = 1;
  if (done != 0 && director(*world()).state == State::kWaiting)
    director(*world()).state = State::kReady;
  world()->heard += static_cast<std::uint32_t>(line);
  ++world()->arrivals;
  futex_wake(world()->arrivals);
}

int gauntlet_schedule_hear(unsigned most_ms) {
  const auto until = now_ns() + std::uint64_t{most_ms} * 1'000'000;
  for (;;) {
    const auto seen = world()->arrivals.load();
    if (world()->heard.load() == world()->written.load()) return 0;
    if (now_ns() > until) return -1;
    futex_wait(world()->arrivals, seen, 1);
  }
}

std::uint32_t gauntlet_schedule_began() { return world()->starts.load() + world()->written.load(); }

int gauntlet_schedule_wait_begun(std::uint32_t seen, unsigned most_ms) {
  const auto until = now_ns() + std::uint64_t{most_ms} * 1'000'000;
  while (gauntlet_schedule_began() == seen) {
    if (now_ns() > until) return -1;
    futex_wait(world()->starts, world()->starts.load(), 1);
  }
  return 0;
}

void gauntlet_schedule_process(int host_pid, int gone, int stopped) {
  const auto found = [&] {
    for (std::size_t i = 0; i < kProcesses; ++i) {
      if (world()->processes.at(i).host_pid == host_pid) return static_cast<std::int32_t>(i);
    }
    return kOfDirector;
  }();
  if (found == kOfDirector) return;
  const Lock lock(*world());
  auto& process = world()->processes.at(static_cast<std::size_t>(found));
  process.gone = static_cast<std::uint32_t>(gone);
  process.stopped = static_cast<std::uint32_t>(stopped);
  if (gone != 0) {
    if (world()->deciding == static_cast<std::uint32_t>(found + 2)) world()->deciding = 0;
    for (auto& thread : world()->threads) {
      if (thread.process != found || thread.state == State::kFree) continue;
      if (world()->running == index_of(*world(), thread)) world()->running = kNobody;
      thread.state = State::kEnded;
    }
    for (auto& timer : world()->timers) {
      if (timer.process == found) timer.deadline = 0;
    }
  }
  woke(*world());
}

void gauntlet_schedule_end() {
  const Lock lock(*world());
  world()->on.store(0);
  for (auto& thread : world()->threads) {
    thread.turn.store(1);
    futex_wake(thread.turn);
  }
}

int gauntlet_schedule_threads(char* into, std::size_t size) {
  const Lock lock(*world());
  std::string text;
  for (std::size_t i = 1; i < kThreads; ++i) {
    const auto& thread = world()->threads.at(i);
    if (thread.state == State::kFree || thread.state == State::kEnded) continue;
    text += name_of(*world(), static_cast<std::int32_t>(i)) + "\t" + told(thread.state) + "\t" +
            thread.at.data() + "\n";
  }
  std::snprintf(into, size, "%s", text.c_str());
  return static_cast<int>(text.size());
}

int gauntlet_schedule_decisions(char* into, std::size_t size) {
  const Lock lock(*world());
  std::string text;
  for (std::size_t i = 0; i < world()->decided && i < kDecisions; ++i) {
    const auto& one = world()->decisions.at(i);
    text += name_of(*world(), one.chosen) + "\t" + name_of(*world(), one.by_rule);
    for (std::int32_t j = 0; j <= kTime; ++j) {
      const auto bit = std::uint64_t{1} << (static_cast<unsigned>(j) % 64U);
      if ((one.able.at(static_cast<std::size_t>(j) / 64) & bit) == 0) continue;
      text += "\t" + name_of(*world(), j);
    }
    text += "\n";
  }
  std::snprintf(into, size, "%s", text.c_str());
  return static_cast<int>(text.size());
}

std::uint32_t gauntlet_schedule_missed() {
  return world()->missed + world()->switches_used - world()->next_switch;
}
}
