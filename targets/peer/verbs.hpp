// SPDX-License-Identifier: BSD-3-Clause
// The table of verbs: what a peer can be told to do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "targets/line/control.hpp"
#include "targets/line/vocabulary.hpp"

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
  Check check = nullptr;
};

// All verbs are added before the first line is dispatched: the table is read by many threads, and
// has no lock.
class Verbs {
 public:
  explicit Verbs(Control& control) : control_(control) {}

  void add(const std::string& name, Verb verb);

  // A verb whose function this DPDK does not have: it is known, and refused for that reason. The
  // function is rte_ and the name of the verb, unless another one is given.
  void absent(const std::string& name, const std::string& function = "");

  // Parses a line and runs its verb on a thread of its own, or answers why not. What the verb
  // throws is the answer "failed": a fault of the peer's own.
  void dispatch(const std::string& line);

  // Runs a command on the calling thread (a manner's "inside"); its answer.
  Json run_here(const Json& command, Job& job);

  // Why the command cannot be run, or nothing.
  [[nodiscard]] std::optional<std::string> refuse(const Json& command) const {
    return vocabulary_.refuse(command);
  }

  // Says "stop" or "release" to the running command `id`; whether there was one.
  bool stop(std::int64_t id);
  bool release(std::int64_t id);

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  // Runs it on this thread, and answers.
  void run(const Json& command, Job& job);
  bool start(std::int64_t id, const std::shared_ptr<Job>& job);
  void end(std::int64_t id);

  Control& control_;
  Vocabulary vocabulary_;
  std::map<std::string, std::function<Json(const Call&)>> runs_;
  std::mutex mutex_;
  std::map<std::int64_t, Job*> running_;
};

}  // namespace gauntlet
