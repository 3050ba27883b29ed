// SPDX-License-Identifier: BSD-3-Clause
// Follows processes system call by system call, and does at one of them what its owner says.
//
// Its owner, faults/steps.py, tells it on an inherited socket, one JSON object a line, as a peer is
// told. It handles no signal and waits for nothing but that socket and its tracees.
#include <poll.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "control.hpp"
#include "tracee.hpp"

namespace {

using gauntlet::Json;
using gauntlet::Mode;
using gauntlet::Plan;
using gauntlet::Tracee;

constexpr int kOwnerGone = 70;
constexpr int kUsage = 2;

class Steps {
 public:
  explicit Steps(int control) : control_(control), owner_(control) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, nullptr);
    children_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  // Until the owner is gone; whoever is followed then is let go.
  void run() {
    for (;;) {
      std::array<pollfd, 2> fds = {{{children_, POLLIN, 0}, {control_, POLLIN, 0}}};
      poll(fds.data(), fds.size(), -1);
      if ((fds[0].revents & POLLIN) != 0) look_at_children();
      if ((fds[1].revents & (POLLIN | POLLHUP)) != 0 && !read_commands()) break;
    }
    if (tracee_ != nullptr) let_go();
  }

 private:
  void look_at_children() {
    std::array<signalfd_siginfo, 8> told{};
    while (read(children_, told.data(), sizeof(told)) > 0) {
    }
    // On one CPU with the tracee, to yield is to let it run up to its next stop: much faster than
    // to sleep and be woken.
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
    if (tracee_ != nullptr && tracee_->gone() && !told_gone_) {
      told_gone_ = true;
      owner_.send({{"event", "gone"}, {"bit", tracee_->bit()}});
    }
  }

  bool read_commands() {
    std::array<char, 4096> chunk{};
    const ssize_t n = read(control_, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    pending_.append(chunk.data(), static_cast<std::size_t>(n));
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n')) {
      const std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      const Json command = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!command.is_object() || !command.contains("id")) {
        owner_.send(
            {{"re", nullptr}, {"refused", "a command is one JSON object a line, with an id"}});
        continue;
      }
      Json answer = obey(command);
      answer["re"] = command["id"];
      owner_.send(std::move(answer));
    }
    return true;
  }

  Json obey(const Json& command) {
    const auto verb = command.value("verb", std::string());
    if (verb == "follow") return follow(command);
    if (tracee_ == nullptr) return {{"refused", "nobody is followed"}};
    if (verb == "quiet") return {{"ret", tracee_->quiet()}, {"bit", tracee_->bit()}};
    if (verb == "let_go") return let_go();
    return {{"refused", "unknown verb " + verb + "; the verbs are: follow, let_go, quiet"}};
  }

  Json follow(const Json& command) {
    if (tracee_ != nullptr && !tracee_->gone()) return {{"refused", "somebody is followed still"}};
    Plan plan;
    const auto mode = command.value("mode", std::string());
    if (mode == "kill") {
      plan.mode = Mode::kKill;
    } else if (mode == "kill after") {
      plan.mode = Mode::kKillAfter;
    } else if (mode == "fail") {
      plan.mode = Mode::kFail;
    } else if (mode != "record") {
      return {{"refused", "mode is " + mode + "; it is record, kill, kill after or fail"}};
    }
    const auto call = command.value("call", std::string());
    plan.point = {command.value("thread", std::string()), gauntlet::number_of(call),
                  command.value("i", 0L), command.value("n", 0L), command.value("k", 0L)};
    if (plan.mode != Mode::kRecord && plan.point.number < 0) {
      return {{"refused", "unknown call " + call}};
    }
    plan.error = command.value("errno", 0);
    plan.times = command.value("times", 1L);
    told_gone_ = false;
    tracee_ = std::make_unique<Tracee>(command.value("pid", 0), plan,
                                       [this](const char* event, Json facts) {
                                         facts["event"] = event;
                                         owner_.send(std::move(facts));
                                       });
    const std::string why = tracee_->seize();
    if (!why.empty()) {
      let_go();
      return {{"refused", why}};
    }
    // From here on every thread is counted, or is about to be at its first stop.
    while (!tracee_->all_stopped_once() && wait_for_one()) {
    }
    return {{"ret", 0}};
  }

  // Takes one stop, blocking; false when there is nobody left to stop.
  bool wait_for_one() {
    int status = 0;
    const pid_t tid = waitpid(-1, &status, __WALL);
    if (tid > 0) tracee_->take(tid, status);
    return tid > 0 || errno == EINTR;
  }

  Json let_go() {
    tracee_->let_go();
    while (!tracee_->gone() && wait_for_one()) {
    }
    Json answer = {
        {"bit", tracee_->bit()}, {"calls", tracee_->calls()}, {"threads", tracee_->threads()}};
    tracee_.reset();
    return answer;
  }

  int control_;
  gauntlet::Control owner_;
  int children_ = -1;
  std::string pending_;
  std::unique_ptr<Tracee> tracee_;
  bool told_gone_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const int control = argc == 2 ? std::atoi(argv[1]) : -1;
  if (control < 0 || write(control, "", 0) != 0) {
    std::cerr << "steps: it is started by faults/steps.py, which holds the other end of a socket\n";
    return kUsage;
  }
  Steps(control).run();
  return kOwnerGone;
}
