// SPDX-License-Identifier: BSD-3-Clause
// Lets the threads of all processes of a scene go on one at a time, and says which.
#include "faults/schedule/world.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ctime>
#include <fstream>

namespace gauntlet::schedule {
namespace {

// A thread that must come, and does not for so long, is not waited for any more.
constexpr unsigned kMostToSettleMs = 500;

// What a machine does in between is not what is explored: each look at the clock takes so long.
constexpr std::uint64_t kTickNs = 1000;

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char character : text) {
    value = (value ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  }
  return value;
}

bool is_there(const World& world, std::int32_t process) {
  if (process == kOfDirector) return true;
  const auto& its = world.processes.at(static_cast<std::size_t>(process));
  return its.gone == 0 && its.stopped == 0;
}

// Who says where it goes and has not gone yet: if there is something for it, it stays.
thread_local const Thread* leaving = nullptr;

// A descriptor of that process as one of ours, for a moment: polled or set, and closed again.
class Borrowed {
 public:
  Borrowed(const World& world, std::int32_t process, int fd) : fd_(fd), own_(process == view().me) {
    if (own_) return;
    const auto& its = world.processes.at(static_cast<std::size_t>(process));
    const int pid = view().me == kOfDirector ? its.host_pid : its.pid;
    const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    fd_ = pidfd < 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
    if (pidfd >= 0) syscall(SYS_close, pidfd);
  }
  ~Borrowed() {
    if (!own_ && fd_ >= 0) syscall(SYS_close, fd_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  [[nodiscard]] bool readable() const {
    pollfd one{fd_, POLLIN, 0};
    const timespec at_once{};
    return fd_ >= 0 && syscall(SYS_ppoll, &one, 1, &at_once, nullptr, 0) > 0;
  }

  void expire() const {
    const itimerspec at_once{{0, 0}, {0, 1}};
    if (fd_ >= 0) syscall(SYS_timerfd_settime, fd_, 0, &at_once, nullptr);
    while (fd_ >= 0 && !readable()) sched_yield();
  }

 private:
  int fd_;
  bool own_;
};

// Whether the process whose number in the lock this is has died with it. The director alone can
// tell.
bool died(const World& world, std::uint32_t owner) {
  if (view().me != kOfDirector || owner < 2) return false;
  const auto& its = world.processes.at(owner - 2);
  std::string text;
  std::getline(std::ifstream("/proc/" + std::to_string(its.host_pid) + "/stat"), text);
  const auto end = text.rfind(") ");
  return end == std::string::npos || text.at(end + 2) == 'Z' || text.at(end + 2) == 'X';
}

void acquire(World& world) {
  constexpr int kLong = 20;
  const auto mine = static_cast<std::uint32_t>(view().me + 2);
  std::uint32_t owner = 0;
  for (int waited = 0; !world.lock.compare_exchange_strong(owner, mine); ++waited) {
    futex_wait(world.lock, owner, 1);
    if (waited > kLong && died(world, owner)) world.lock.compare_exchange_strong(owner, 0);
    owner = 0;
  }
}

bool comes(const World& world, const Thread& thread) {
  return thread.state == State::kArriving && is_there(world, thread.process);
}

bool is_to_be_heard(const World& world) {
  return world.threads.front().state == State::kWaiting &&
         world.heard.load() != world.written.load();
}

// Waits until all have come that the kernel has woken, and the director has heard what was said.
void settle(World& world) {
  const auto look = [&world] {
    world.dirty = 0;
    for (auto& thread : world.threads) {
      if (thread.state != State::kOutside || thread.fd < 0) continue;
      if (!is_there(world, thread.process)) continue;
      if (!Borrowed(world, thread.process, thread.fd).readable()) continue;
      thread.state = &thread == leaving ? State::kReady : State::kArriving;
    }
  };
  const auto open = [&world] {
    return is_to_be_heard(world) || std::any_of(world.threads.begin(), world.threads.end(),
                                                [&](const auto& one) { return comes(world, one); });
  };
  for (unsigned waited_ms = 0;;) {
    if (world.dirty != 0) look();
    if (!open()) return;
    if (waited_ms >= kMostToSettleMs) break;
    const auto seen = world.arrivals.load();
    world.lock.store(0);
    futex_wake(world.lock);
    if (futex_wait(world.arrivals, seen, 2) != 0) waited_ms += 2;
    acquire(world);
  }
  for (auto& thread : world.threads) {
    if (!comes(world, thread)) continue;
    thread.state = State::kOutside;
    thread.fd = -1;
  }
  world.heard.store(world.written.load());
}

std::uint64_t earliest(const World& world) {
  std::uint64_t found = UINT64_MAX;
  for (const auto& timer : world.timers) {
    if (timer.deadline != 0 && is_there(world, timer.process))
      found = std::min(found, timer.deadline);
  }
  for (const auto& thread : world.threads) {
    if (thread.state == State::kCondition && thread.deadline != 0 &&
        is_there(world, thread.process)) {
      found = std::min(found, thread.deadline);
    }
  }
  return found;
}

// Time passes until the next deadline, and what waits for it goes on.
void pass_time(World& world) {
  const auto until = earliest(world);
  world.now_ns = std::max(world.now_ns, until) + kTickNs;
  for (auto& timer : world.timers) {
    if (timer.deadline != until || !is_there(world, timer.process)) continue;
    Borrowed(world, timer.process, timer.fd).expire();
    timer.deadline = 0;
  }
  for (auto& thread : world.threads) {
    if (thread.state != State::kCondition || thread.deadline != until) continue;
    thread.timed_out = 1;
    thread.state = State::kReady;
  }
  woke(world);
}

std::vector<std::int32_t> able(const World& world) {
  std::vector<std::int32_t> found;
  for (std::size_t i = 0; i < kThreads; ++i) {
    const auto& thread = world.threads.at(i);
    if (thread.state == State::kReady && is_there(world, thread.process)) {
      found.push_back(static_cast<std::int32_t>(i));
    }
  }
  return found;
}

bool somebody_may_come(const World& world) {
  return std::any_of(world.threads.begin(), world.threads.end(), [&](const auto& one) {
    if (!is_there(world, one.process)) return false;
    return (one.state == State::kSpinning && one.hopeless == 0) ||
           (one.state == State::kOutside && one.fd < 0 && one.hopeless == 0);
  });
}

std::uint64_t priority(World& world, std::int32_t index) {
  const auto first = mixed(world.seed ^ hash(name_of(world, index))) | (std::uint64_t{1} << 63U);
  if (index == kTime) return first;
  auto& thread = thread_at(world, index);
  if (thread.priority == 0) thread.priority = first;
  return thread.priority;
}

std::int32_t by_rule(const World& world, const std::vector<std::int32_t>& those) {
  return std::find(those.begin(), those.end(), world.last) != those.end() ? world.last
                                                                          : those.front();
}

std::int32_t by_chance(World& world, const std::vector<std::int32_t>& those) {
  const auto highest = [&] {
    return *std::max_element(those.begin(), those.end(), [&](auto a, auto b) {
      return priority(world, a) < priority(world, b);
    });
  };
  const auto chosen = highest();
  for (std::uint32_t i = 0; i < world.changes_used; ++i) {
    if (world.changes.at(i) != world.decided || chosen == kTime) continue;
    thread_at(world, chosen).priority = i + 1;
    return highest();
  }
  return chosen;
}

std::int32_t choose(World& world, const std::vector<std::int32_t>& those) {
  if (those.size() == 1) return those.front();
  const auto rule = by_rule(world, those);
  auto chosen = world.by_chance != 0 ? by_chance(world, those) : rule;
  while (world.next_switch < world.switches_used &&
         world.switches.at(world.next_switch).at == world.decided) {
    const std::string_view wanted = world.switches.at(world.next_switch++).name.data();
    const auto found = std::find_if(those.begin(), those.end(),
                                    [&](auto one) { return name_of(world, one) == wanted; });
    if (found != those.end()) chosen = *found;
    if (found == those.end()) ++world.missed;
  }
  if (world.decided < kDecisions) {
    auto& decision = world.decisions.at(world.decided);
    decision = {chosen, rule, {0, 0}};
    for (const auto one : those) {
      decision.able.at(static_cast<std::size_t>(one) / 64) |= std::uint64_t{1}
                                                              << (static_cast<unsigned>(one) % 64U);
    }
  }
  ++world.decided;
  return chosen;
}

void grant(World& world, std::int32_t index) {
  auto& thread = thread_at(world, index);
  thread.state = State::kRunning;
  world.running = world.last = index;
  ++world.grants;
  thread.turn.store(1);
  futex_wake(thread.turn);
}

}  // namespace

View& view() {
  static View one;
  return one;
}

World* map(const char* path, bool make) {
  const int fd = static_cast<int>(syscall(
      SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC | (make ? O_CREAT | O_EXCL : 0), 0600));
  if (fd < 0) return nullptr;
  void* memory = MAP_FAILED;
  if (!make || syscall(SYS_ftruncate, fd, sizeof(World)) == 0) {
    memory = mmap(nullptr, sizeof(World), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  syscall(SYS_close, fd);
  if (memory == MAP_FAILED) return nullptr;
  auto* const world = static_cast<World*>(memory);
  if (make) world->running = world->last = kNobody;
  return world;
}

long futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, unsigned most_ms) {
  const timespec most{most_ms / 1000, static_cast<long>(most_ms % 1000) * 1'000'000};
  return syscall(SYS_futex, &word, FUTEX_WAIT, value, most_ms == 0 ? nullptr : &most, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

Lock::Lock(World& world) : world_(world) { acquire(world); }

Lock::~Lock() {
  world_.lock.store(0);
  futex_wake(world_.lock);
}

std::string name_of(const World& world, std::int32_t index) {
  if (index == kTime) return "time";
  if (index == kDirector) return "director";
  const auto& thread = world.threads.at(static_cast<std::size_t>(index));
  const auto& process = world.processes.at(static_cast<std::size_t>(thread.process));
  return std::string(process.name.data()) + "." + thread.kind.data();
}

Thread& thread_at(World& world, std::int32_t index) {
  return world.threads.at(static_cast<std::size_t>(index));
}

std::int32_t index_of(const World& world, const Thread& thread) {
  return static_cast<std::int32_t>(&thread - world.threads.data());
}

Thread* add_thread(World& world, const char* kind) {
  for (auto& thread : world.threads) {
    if (thread.state != State::kFree || index_of(world, thread) == kDirector) continue;
    set(thread.kind, kind);
    thread.process = view().me;
    thread.tid = 0;
    thread.turn.store(0);
    thread.fd = -1;
    thread.key = thread.deadline = thread.priority = 0;
    thread.hopeless = thread.timed_out = 0;
    thread.state = State::kArriving;
    return &thread;
  }
  return nullptr;
}

void arrive(World& world, Thread& thread, State state, const char* at) {
  if (world.running == index_of(world, thread)) world.running = kNobody;
  thread.state = state;
  thread.hopeless = 0;
  if (at != nullptr) set(thread.at, at);
  ++world.arrivals;
  futex_wake(world.arrivals);
  leaving = &thread;
  if (world.on.load() != 0) decide(world);
  leaving = nullptr;
}

bool park(Thread& thread, unsigned most_ms) {
  while (thread.turn.load() == 0) {
    if (futex_wait(thread.turn, 0, most_ms) != 0 && most_ms != 0 && thread.turn.load() == 0)
      return false;
  }
  thread.turn.store(0);
  return true;
}

void decide(World& world) {
  if (world.deciding != 0 || world.running != kNobody || world.stuck != 0) return;
  world.deciding = static_cast<std::uint32_t>(view().me + 2);
  for (;;) {
    settle(world);
    if (world.running != kNobody || world.on.load() == 0) break;
    auto those = able(world);
    const auto next = earliest(world);
    const bool near = next != UINT64_MAX && next <= world.now_ns + world.any_moment_ns;
    if (those.empty() && somebody_may_come(world)) break;
    if (near || (those.empty() && next != UINT64_MAX)) those.push_back(kTime);
    if (those.empty()) {
      if (world.threads.front().state != State::kWaiting) break;
      world.stuck = 1;
      grant(world, kDirector);
      break;
    }
    const auto chosen = choose(world, those);
    if (chosen != kTime) {
      grant(world, chosen);
      break;
    }
    pass_time(world);
  }
  world.deciding = 0;
}

void unlocked(World& world, std::uint64_t key) {
  for (auto& thread : world.threads) {
    if (thread.state == State::kLock && thread.key == key && thread.process == view().me) {
      thread.state = State::kReady;
    }
  }
}

}  // namespace gauntlet::schedule
