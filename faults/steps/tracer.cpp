// SPDX-License-Identifier: BSD-3-Clause
// Handles no signal, and waits for nothing but the owner's socket and the tracee.
#include "faults/steps/tracer.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "targets/line/failure.hpp"
#include "targets/line/join.hpp"

namespace gauntlet {
namespace {

const std::map<std::string, Mode> kModes = {{"record", Mode::kRecord},
                                            {"kill", Mode::kKill},
                                            {"kill after", Mode::kKillAfter},
                                            {"fail", Mode::kFail}};

const Keys kFollowKeys = {
    {"pid", Type::kInt, Need::kRequired},       {"mode", Type::kString, Need::kRequired},
    {"thread", Type::kString, Need::kRequired}, {"call", Type::kString, Need::kRequired},
    {"i", Type::kLong, Need::kRequired},        {"n", Type::kLong, Need::kRequired},
    {"k", Type::kLong, Need::kRequired},        {"errno", Type::kInt, Need::kRequired},
    {"times", Type::kLong, Need::kRequired},
};

std::optional<std::string> follow_refusal(const Json& command) {
  const auto mode = kModes.find(command["mode"].get<std::string>());
  if (mode == kModes.end()) {
    return "mode is " + command["mode"].dump() + "; it is one of: " + names_of(kModes);
  }
  const auto call = command["call"].get<std::string>();
  if (mode->second != Mode::kRecord && number_of(call) < 0) return "unknown call " + call;
  return std::nullopt;
}

Plan plan_of(const Json& command) {
  return {kModes.at(command["mode"].get<std::string>()),
          {command["thread"].get<std::string>(), number_of(command["call"].get<std::string>()),
           command["i"].get<long>(), command["n"].get<long>(), command["k"].get<long>()},
          command["errno"].get<int>(),
          command["times"].get<long>()};
}

Handle ended_children() {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &child, nullptr);
  return Handle(checked(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

}  // namespace

Tracer::Tracer(int control)
    : control_(control),
      owner_(control),
      server_([this](Json answer) { owner_.send(std::move(answer)); }),
      children_(ended_children()) {
  add_commands();
}

void Tracer::add_commands() {
  const auto nobody = [this](const Json& /*command*/) -> std::optional<std::string> {
    if (tracee_ == nullptr) return "nobody is followed";
    return std::nullopt;
  };
  const auto somebody = [this](const Json& command) -> std::optional<std::string> {
    if (tracee_ != nullptr && !tracee_->gone()) return "somebody is followed still";
    return follow_refusal(command);
  };
  server_.add("follow", {kFollowKeys, somebody},
              [this](const Json& command) { return follow(command); });
  server_.add("quiet", {{}, nobody}, [this](const Json& /*command*/) { return quiet(); });
  server_.add("let_go", {{}, nobody}, [this](const Json& /*command*/) { return let_go(); });
}

void Tracer::run() {
  for (;;) {
    std::array<pollfd, 2> until = {{{children_.get(), POLLIN, 0}, {control_, POLLIN, 0}}};
    if (poll(until.data(), until.size(), -1) < 0 && errno != EINTR) throw Failure("poll", errno);
    if ((until[0].revents & POLLIN) != 0) look_at_children();
    if ((until[1].revents & (POLLIN | POLLHUP)) != 0 && !server_.hear(control_)) return;
  }
}

void Tracer::look_at_children() {
  std::array<signalfd_siginfo, 8> told{};
  while (read(children_.get(), told.data(), sizeof(told)) > 0) {
  }
  // On one CPU with the tracee, to yield is to let it run up to its next stop: much faster than to
  // sleep and be woken.
  int status = 0;
  for (int yields = 0; yields < 2;) {
    const pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
    if (tid > 0) {
      yields = 0;
      if (tracee_ != nullptr) tracee_->take(tid, status);
    } else if (tid == 0) {
      ++yields;
      sched_yield();
    } else {
      break;
    }
  }
  if (tracee_ != nullptr && tracee_->gone() && !std::exchange(told_gone_, true)) {
    owner_.event("gone", {{"bit", tracee_->bit()}});
  }
}

Json Tracer::follow(const Json& command) {
  told_gone_ = false;
  tracee_ = std::make_unique<Tracee>(
      command["pid"].get<pid_t>(), plan_of(command),
      [this](const char* event, Json facts) { owner_.event(event, std::move(facts)); });
  if (const auto why = tracee_->seize()) {
    tracee_.reset();
    return {{"refused", *why}};
  }
  // From here on every thread is counted, or is about to be at its first stop.
  while (!tracee_->all_stopped_once() && tracee_->take_next()) {
  }
  return {{"ret", 0}};
}

Json Tracer::quiet() const { return {{"ret", tracee_->quiet()}, {"bit", tracee_->bit()}}; }

Json Tracer::let_go() {
  tracee_->let_go();
  while (!tracee_->gone() && tracee_->take_next()) {
  }
  Json answer = {
      {"bit", tracee_->bit()}, {"calls", tracee_->calls()}, {"threads", tracee_->threads()}};
  tracee_.reset();
  return answer;
}

}  // namespace gauntlet
