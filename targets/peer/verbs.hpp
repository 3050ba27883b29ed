// SPDX-License-Identifier: BSD-3-Clause
// The table of verbs: what a peer can be told to do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "targets/line/control.hpp"
#include "targets/line/schema.hpp"

namespace gauntlet {

// A running verb that its owner can stop, or let go on, by the id of its command.
class Job {
 public:
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

  // Blocks until the owner says "release" for this id (or for the action that holds).
  void wait_for_release();
  void release();

 private:
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable released_;
  bool go_ = false;
};

struct Call {
  const Json& command;
  Control& control;
  Job& job;
};

struct Verb {
  Keys keys;
  std::function<Json(const Call&)> run;
  // What the keys alone cannot say: why this command is refused, or nothing.
  std::function<std::optional<std::string>(const Json&)> check = nullptr;
};

class Verbs {
 public:
  explicit Verbs(Control& control) : control_(control) {}

  void add(const std::string& name, Verb verb) { verbs_[name] = std::move(verb); }

  // Parses a line and runs its verb on a thread of its own, or answers why not.
  void dispatch(const std::string& line);

  // Runs a command on the calling thread (a manner's "inside"); its answer.
  Json run_here(const Json& command, Job& job);

  // Why the command cannot be run, or nothing.
  [[nodiscard]] std::optional<std::string> refuse(const Json& command) const;

  // Says "stop" or "release" to the running command `id`; whether there was one.
  bool stop(std::int64_t id);
  bool release(std::int64_t id);

 private:
  Control& control_;
  std::map<std::string, Verb> verbs_;
  std::mutex mutex_;
  std::map<std::int64_t, Job*> running_;
};

// Each family adds its verbs.
void add_process_verbs(Verbs& verbs);
void add_eal_verbs(Verbs& verbs);
void add_mp_verbs(Verbs& verbs);
void add_ring_verbs(Verbs& verbs);
void add_ring_cost_verbs(Verbs& verbs);
void add_ring_loop_verbs(Verbs& verbs);
void add_ring_state_verbs(Verbs& verbs);
void add_ring_move_verbs(Verbs& verbs);
void add_ring_peek_verbs(Verbs& verbs);
void add_ring_death_verbs(Verbs& verbs);
void add_ring_repair_verbs(Verbs& verbs);
void add_mempool_verbs(Verbs& verbs);
void add_measure_verbs(Verbs& verbs);
void add_pdump_verbs(Verbs& verbs);
void add_port_verbs(Verbs& verbs);
void add_symmetric_verbs(Verbs& verbs);
void add_topology_verbs(Verbs& verbs);
void add_lock_verbs(Verbs& verbs);

}  // namespace gauntlet
