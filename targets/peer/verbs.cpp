// SPDX-License-Identifier: BSD-3-Clause
// From a line to a verb on its own thread, and back to an answer.
#include "targets/peer/verbs.hpp"

#include <pthread.h>
#include <rte_version.h>

#include <thread>
#include <utility>

#include "targets/line/guard.hpp"

namespace gauntlet {

void Job::wait_for_release() {
  std::unique_lock<std::mutex> lock(mutex_);
  released_.wait(lock, [this] { return go_; });
}

void Job::release() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    go_ = true;
  }
  released_.notify_all();
}

void Verbs::add(const std::string& name, Verb verb) {
  vocabulary_.add(name, {std::move(verb.keys), std::move(verb.check)});
  runs_[name] = std::move(verb.run);
}

void Verbs::absent(const std::string& name, const std::string& function) {
  const std::string lacking = function.empty() ? "rte_" + name : function;
  vocabulary_.add(name, {{}, nullptr, lacking + " is not in " + rte_version()});
}

Json Verbs::run_here(const Json& command, Job& job) {
  return runs_.at(command["verb"].get<std::string>())(Call{command, control_, job});
}

void Verbs::dispatch(const std::string& line) {
  auto heard = vocabulary_.hear(line);
  if (heard.refusal) {
    control_.send(std::move(*heard.refusal));
    return;
  }
  const auto id = heard.command["id"].get<std::int64_t>();
  const auto job = std::make_shared<Job>();
  if (!start(id, job)) {
    control_.send({{"re", id}, {"refused", "a command with this id is still running"}});
    return;
  }
  // A thread of its own: a verb that blocks must not deafen the peer. The process ends all threads.
  const auto no_thread = thrown_by([&] {
    std::thread([this, command = heard.command, job] {
      pthread_setname_np(pthread_self(), "peer-verb");
      run(command, *job);
    }).detach();
  });
  if (!no_thread) return;
  end(id);
  control_.send({{"re", id}, {"failed", *no_thread}});
}

void Verbs::run(const Json& command, Job& job) {
  Json answer = answer_of([&] { return run_here(command, job); });
  const auto id = command["id"].get<std::int64_t>();
  answer["re"] = id;
  end(id);
  control_.send(std::move(answer));
}

bool Verbs::start(std::int64_t id, const std::shared_ptr<Job>& job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return running_.emplace(id, job.get()).second;
}

void Verbs::end(std::int64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  running_.erase(id);
}

bool Verbs::stop(std::int64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto job = running_.find(id);
  if (job == running_.end()) return false;
  job->second->stop();
  job->second->release();
  return true;
}

bool Verbs::release(std::int64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto job = running_.find(id);
  if (job == running_.end()) return false;
  job->second->release();
  return true;
}

}  // namespace gauntlet
