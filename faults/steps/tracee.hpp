// SPDX-License-Identifier: BSD-3-Clause
// One process that is followed call by call: every thread of it, counted apart.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faults/steps/caller.hpp"
#include "faults/steps/system_call.hpp"
#include "targets/line/control.hpp"

namespace gauntlet {

// The action at the point: nothing but writing all calls down, or one of these.
enum class Mode { kRecord, kKill, kKillAfter, kFail };

// The i-th call of this number that a thread makes since it is followed. A call that is not made
// every time (is_fickle) is the k-th of those that come after the n-th other one.
struct Point {
  std::string thread;
  long number = -1;
  long i = 0;
  long n = 0;
  long k = 0;
};

struct Plan {
  Mode mode = Mode::kRecord;
  Point point;
  int error = 0;   // for kFail: the errno that the call returns
  long times = 1;  // for kFail: so many calls from the point on, of the same number
};

// All ptrace(2) of one process. It is never stopped for longer than a look takes; when this object
// goes away, or this process dies, it runs on as if nothing had been. Throws Failure where a call
// of ours fails though the thread is there.
class Tracee {
 public:
  using Report = std::function<void(const char* event, Json facts)>;

  Tracee(pid_t pid, Plan plan, Report report);
  // Lets go of every thread, and waits until each has been at its next stop.
  ~Tracee();
  Tracee(const Tracee&) = delete;
  Tracee& operator=(const Tracee&) = delete;

  // Follows every thread that is there. Why not, or nothing.
  std::optional<std::string> seize();

  // True if every thread has been stopped, and so is counted from now on.
  [[nodiscard]] bool all_stopped_once() const;

  // Handles what waitpid() said of a thread.
  void take(pid_t tid, int status);

  // Waits for the next stop of a thread, and takes it; false where there is nobody left to stop.
  bool take_next();

  // True if every thread waits in a call, so that nothing more will happen by itself.
  [[nodiscard]] bool quiet() const;

  // Lets go of every thread, each at its next stop.
  void let_go();
  [[nodiscard]] bool gone() const { return threads_.empty(); }

  // The calls that were written down: one object a call, in the order in which they were entered.
  [[nodiscard]] const Json& calls() const { return calls_; }
  [[nodiscard]] bool bit() const { return bit_; }
  // Thread by thread: its role, its name, how many calls it has made.
  [[nodiscard]] Json threads() const;

 private:
  struct Thread {
    std::string role;
    std::string name;
    long n = 0;
    long k = 0;
    std::map<long, long> of_number;
    long clones = 0;
    bool stopped = false;  // ever: before that it is not counted
    bool in_call = false;
    long number = -1;
    bool must_fail = false;
    bool must_die = false;
  };

  void on_entry(pid_t tid, Thread& thread);
  void on_exit(pid_t tid, Thread& thread) const;
  [[nodiscard]] bool is_here(const Thread& thread) const;
  void act(pid_t tid, Thread& thread, const SystemCall& call);
  Json describe(pid_t tid, const Thread& thread, const SystemCall& call);
  void resume(pid_t tid, int signal);
  void add(pid_t tid, std::string role);
  std::string role_of(pid_t tid);

  pid_t pid_;
  Plan plan_;
  Report report_;
  std::unique_ptr<Callers> callers_;
  std::map<pid_t, Thread> threads_;
  std::map<pid_t, int> early_;  // stops of threads whose birth has not been told yet
  std::map<std::string, int> roles_;
  Json calls_ = Json::array();
  Json ended_ = Json::array();
  long failed_ = 0;
  bool bit_ = false;
  bool leaving_ = false;
};

}  // namespace gauntlet
