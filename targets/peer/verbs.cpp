// SPDX-License-Identifier: BSD-3-Clause
// From a line to a verb on its own thread, and back to an answer.
#include "verbs.hpp"

#include <pthread.h>

#include <thread>
#include <utility>

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

std::optional<std::string> Verbs::refuse(const Json& command) const {
  if (!command.is_object() || !command.contains("verb") || !command["verb"].is_string()) {
    return R"(a command is one JSON object a line: {"id": integer, "verb": "...", ...})";
  }
  const auto name = command["verb"].get<std::string>();
  const auto verb = verbs_.find(name);
  if (verb == verbs_.end()) {
    std::string known;
    for (const auto& entry : verbs_) known += std::string(known.empty() ? "" : ", ") + entry.first;
    return "unknown verb \"" + name + "\"; the verbs are: " + known;
  }
  if (auto why = refusal(name, verb->second.keys, command)) return why;
  return verb->second.check ? verb->second.check(command) : std::nullopt;
}

Json Verbs::run_here(const Json& command, Job& job) {
  return verbs_.at(command["verb"].get<std::string>()).run(Call{command, control_, job});
}

void Verbs::dispatch(const std::string& line) {
  const Json command = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool has_id =
      command.is_object() && command.contains("id") && command["id"].is_number_integer();
  auto why = has_id ? refuse(command) : R"(a command needs "id", an integer)";
  if (why) {
    control_.send({{"re", has_id ? command["id"] : Json()}, {"refused", *why}});
    return;
  }
  const auto id = command["id"].get<std::int64_t>();
  auto job = std::make_unique<Job>();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!running_.emplace(id, job.get()).second) {
      control_.send({{"re", id}, {"refused", "a command with this id is still running"}});
      return;
    }
  }
  // A thread of its own: a verb that blocks must not deafen the peer. The process ends all threads.
  std::thread([this, command, id, job = std::move(job)] {
    pthread_setname_np(pthread_self(), "peer-verb");
    Json answer = run_here(command, *job);
    answer["re"] = id;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      running_.erase(id);
    }
    control_.send(std::move(answer));
  }).detach();
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
