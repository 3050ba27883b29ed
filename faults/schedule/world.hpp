// SPDX-License-Identifier: BSD-3-Clause
// What all processes of a scene share whose threads run one at a time: who they are, who may go on,
// the clock that they are shown, and the order that is to be kept.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gauntlet::schedule {

inline constexpr std::size_t kThreads = 96;
inline constexpr std::size_t kProcesses = 16;
inline constexpr std::size_t kTimers = 32;
inline constexpr std::size_t kSwitches = 512;
inline constexpr std::size_t kChanges = 32;
inline constexpr std::size_t kDecisions = 8192;
inline constexpr std::size_t kName = 24;

// Indices that are no thread's.
inline constexpr std::int32_t kNobody = -1;
inline constexpr std::int32_t kTime = static_cast<std::int32_t>(kThreads);
// The thread of the director is the first, and belongs to no process of the scene.
inline constexpr std::int32_t kDirector = 0;
inline constexpr std::int32_t kOfDirector = -1;

enum class State : std::uint32_t {
  kFree,       // no thread
  kRunning,    // the only one that goes on
  kReady,      // stands at a point
  kLock,       // wants a mutex that somebody has
  kCondition,  // waits to be signalled, or for its deadline
  kOutside,    // in a call that waits in the kernel
  kArriving,   // on its way back from such a call, or to its first point
  kSpinning,   // has run for long without reaching a point
  kWaiting,    // the director: waits for what a process is to say
  kEnded,      // is no more, and still named in this schedule
};

struct Thread {
  std::array<char, kName> kind;  // "ipc", "interrupt", "thread1"
  std::int32_t process;
  std::int32_t tid;  // as its own process sees it
  std::atomic<std::uint32_t> turn;
  State state;
  std::uint64_t key;           // of the mutex, the condition or the thread that it waits for
  std::int32_t fd;             // kOutside: readable once the call returns; -1: nobody can tell
  std::uint32_t timed_out;     // kCondition: woken by its deadline
  std::uint64_t deadline;      // of the clock that it is shown, in ns; 0: none
  std::array<char, kName> at;  // the call that it came to last
  std::uint64_t priority;
  std::uint64_t cpu_ns;    // when it was last looked at
  std::uint32_t hopeless;  // kSpinning: for so long that nobody believes in its end
};

struct Process {
  std::array<char, kName> name;
  std::int32_t pid;       // as the processes of the scene see it
  std::int32_t host_pid;  // as the director sees it
  std::uint32_t stopped;
  std::uint32_t gone;
  std::uint32_t made;  // how many threads it has made in this schedule
};

// A timerfd that is armed. Nothing but a choice lets it expire.
struct Timer {
  std::int32_t process;
  std::int32_t fd;
  std::uint64_t deadline;  // 0: not armed
};

// At this decision, this one goes on, whoever would by the rule.
struct Switch {
  std::uint32_t at;
  std::array<char, 2 * kName> name;
};

// Who could have gone on, and who did.
struct Decision {
  std::int32_t chosen;
  std::int32_t by_rule;
  std::array<std::uint64_t, 2> able;
};

struct World {
  std::atomic<std::uint32_t> lock;
  std::atomic<std::uint32_t> on;
  std::atomic<std::uint32_t> arrivals;  // changes with each arrival and each line that was heard
  std::int32_t running;
  std::int32_t last;  // who ran before this decision
  std::uint32_t deciding;
  std::uint32_t dirty;  // somebody in the kernel may have been woken
  std::uint32_t stuck;  // nobody can go on
  std::uint32_t
      satisfied;  // what the director waits for has come, before it has said that it waits
  std::uint64_t grants;
  std::uint64_t now_ns;         // of every monotonic clock
  std::uint64_t any_moment_ns;  // a deadline that is so near may come at any moment
  std::atomic<std::uint32_t> starts;
  std::atomic<std::uint32_t> written;
  std::atomic<std::uint32_t> heard;
  std::uint32_t by_chance;  // by priorities, and not by the rule
  std::uint64_t seed;
  std::uint32_t changes_used;
  std::array<std::uint32_t, kChanges> changes;
  std::uint32_t switches_used;
  std::uint32_t next_switch;
  std::uint32_t missed;  // switches to somebody who could not go on
  std::uint32_t decided;
  std::array<Switch, kSwitches> switches;
  std::array<Decision, kDecisions> decisions;
  std::array<Process, kProcesses> processes;
  std::array<Thread, kThreads> threads;
  std::array<Timer, kTimers> timers;
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

// This process's view of the world. me: its index, or kOfDirector.
struct View {
  World* world = nullptr;
  std::int32_t me = kOfDirector;
};
View& view();

// Maps the file; nullptr where that cannot be done.
World* map(const char* path, bool make);

class Lock {
 public:
  explicit Lock(World& world);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  World& world_;
};

// "primary1.ipc", "director", "time".
std::string name_of(const World& world, std::int32_t index);

Thread& thread_at(World& world, std::int32_t index);
std::int32_t index_of(const World& world, const Thread& thread);

// A new thread of this process, kArriving; nullptr where there is no room. With the lock held.
Thread* add_thread(World& world, const char* kind);

// With the lock held: the thread is in this state from now on, and if it was the one that ran,
// somebody else goes on.
void arrive(World& world, Thread& thread, State state, const char* at);

// Without the lock: until it is the thread's turn. False after so many ms; 0: never.
bool park(Thread& thread, unsigned most_ms = 0);

// With the lock held, if nobody runs: who goes on.
void decide(World& world);

// With the lock held: all that wait for this mutex may try again.
void unlocked(World& world, std::uint64_t key);

// With the lock held: somebody in a call may be awake now.
inline void woke(World& world) { world.dirty = 1; }

long futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, unsigned most_ms);
void futex_wake(std::atomic<std::uint32_t>& word);

// For a unit test, whose own threads take turns: its process is the first one, and its calls from
// code between these addresses are points.
void join_as_process(World& there, std::uintptr_t from, std::uintptr_t to);

template <std::size_t N>
void set(std::array<char, N>& to, std::string_view from) {
  const auto size = from.size() < N ? from.size() : N - 1;
  for (std::size_t i = 0; i < N; ++i) to[i] = i < size ? from[i] : '\0';
}

}  // namespace gauntlet::schedule
