// SPDX-License-Identifier: BSD-3-Clause
// One loop: what the owner says, what changes in the directory, what comes.
#include "faults/relay/engine.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "faults/relay/commands.hpp"
#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

// For how long a receiver whose queue is full may keep the engine from ending.
constexpr std::int64_t kLinger = 1'000'000'000;

// How many datagrams are taken from one socket before the others get their turn.
constexpr int kTurn = 16;

// A wait that was shorter than this was none.
constexpr std::int64_t kAtOnce = 2'000;

// A wait for a datagram, and passing it on, that was longer than this was one on a sleeping thread.
constexpr std::int64_t kSleep = 5'000;

Handle ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Handle(checked(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

}  // namespace

Engine::Engine(int control, Namespaces& namespaces, UndoProcess& undo)
    : control_(control),
      undo_(undo),
      reports_(control),
      server_([this](Json answer) { reports_.add(std::move(answer)); }),
      fronts_(namespaces, undo, reports_,
              {[this](Front& front) { traffic_.drain(front); },
               [this](const Datagram& datagram, const std::string& to, int error) {
                 traffic_.lose(datagram, to, error);
               },
               [this](const Front& front) { watch_.want(front.socket.get(), 0); }}),
      traffic_(namespaces, fronts_, reports_),
      signals_(ending_signals()),
      timer_(checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),  //
                     "timerfd_create")) {
  add_commands(server_, fronts_, traffic_);
  for (const int fd : {fronts_.changes(), signals_.get(), timer_.get()}) watch_.want(fd, EPOLLIN);
}

void Engine::run() {
  reports_.add({{"event", "ready"}, {"pid", getpid()}, {"undo", undo_.pid()}});
  try {
    serve();
  } catch (...) {
    end();  // Nobody is left cut off by a mistake of ours.
    throw;
  }
  end();
  reports_.add({{"event", "over"}});
  reports_.flush_all();
}

void Engine::serve() {
  while (!over_) {
    reports_.flush();
    wait();
  }
}

void Engine::wait() {
  const auto waiting = traffic_.blocked();
  // What a receiver has no room for stays in our queue, so that its senders wait as without us.
  Front* const only = waiting.empty() && !reports_.waiting() ? fronts_.only() : nullptr;
  for (const auto& [name, front] : fronts_.all()) {
    const bool open = only == nullptr && !front->sender.blocked() && !reports_.full();
    watch_.want(front->socket.get(), open ? EPOLLIN : 0U);
  }
  for (const Sender* sender : waiting) watch_.want(sender->blocked_on(), EPOLLOUT);
  watch_.want(control_, reports_.waiting() ? EPOLLIN | EPOLLOUT : EPOLLIN);
  set_timer();
  const auto before = now_ns();
  if (only != nullptr) {
    sleep_on(*only);
    watch_.look();
  } else {
    watch_.wait();
  }
  const auto now = now_ns();
  for (const Sender* sender : waiting) watch_.want(sender->blocked_on(), 0);

  // Where nothing had to be waited for there may be more. Else one is all, and whoever gets it runs
  // only when we wait again: each system call between costs the two who talk.
  const int most = only != nullptr || now - before < kAtOnce ? kTurn : 1;
  for (const auto& [name, front] : fronts_.all()) {
    if (front.get() == only || watch_.seen(front->socket.get()) != 0) traffic_.drain(*front, most);
  }
  for (Sender* sender : waiting) sender->flush();
  traffic_.tick(now);
  if (watch_.seen(fronts_.changes()) != 0) fronts_.see_changes();
  fronts_.look_for_dead(now);
  // Last: an answer tells of everything that came before it was asked for.
  if ((watch_.seen(control_) & ~EPOLLOUT) != 0 && !server_.hear(control_)) over_ = true;
  if (watch_.seen(signals_.get()) != 0) over_ = true;
}

// What a datagram costs here is being woken and waking; spinning in place of sleeping, a core of
// its own or a real-time class gained less than one part in twenty (2 cores, shared), as the others
// still woke idle CPUs. So one CPU is kept from that (WarmCpu), and nothing but recvmsg() and
// sendmsg() is between, until there is something else to be done.
void Engine::sleep_on(Front& front) {
  lookout_.watch(front.bell);
  while (!lookout_.rung()) {
    const auto before = now_ns();
    if (!traffic_.await(front)) return;
    // A stream of datagrams, which nobody sleeps between, needs no help.
    if (const auto now = now_ns(); now - before >= kSleep) warm_cpu_.keep(now);
    reports_.flush();
    if (reports_.waiting() || due() != timer_due_ || !traffic_.blocked().empty()) return;
  }
}

// When something is to be done even if nothing happens.
std::optional<std::int64_t> Engine::due() const {
  const auto leaves = traffic_.scheduler().next_due();
  if (fronts_.empty()) return leaves;
  return leaves ? std::min(*leaves, fronts_.next_look()) : fronts_.next_look();
}

void Engine::set_timer() {
  const auto next = due();
  if (next == timer_due_) return;
  timer_due_ = next;
  itimerspec until{};
  // A time of 0 would be none.
  const auto at = next ? std::max<std::int64_t>(*next, 1) : 0;
  until.it_value = {at / 1'000'000'000, at % 1'000'000'000};
  checked(timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &until, nullptr), "timerfd_settime");
}

void Engine::flush_blocked(std::int64_t until_ns) {
  for (;;) {
    const auto waiting = traffic_.blocked();
    const auto left = until_ns - now_ns();
    if (waiting.empty() || left <= 0) return;
    std::vector<pollfd> polled;
    polled.reserve(waiting.size());
    for (const Sender* sender : waiting) polled.push_back({sender->blocked_on(), POLLOUT, 0});
    poll(polled.data(), polled.size(), static_cast<int>(left / 1'000'000 + 1));
    for (Sender* sender : waiting) sender->flush();
  }
}

void Engine::end() {
  const auto until = now_ns() + kLinger;
  traffic_.leave_all();
  // What waits before us was sent to the receivers: they get it, before and after they are put
  // back.
  for (const bool back : {false, true}) {
    if (back) fronts_.put_all_back();
    for (const auto& [name, front] : fronts_.all()) traffic_.pass_all(*front);
    flush_blocked(until);
  }
  fronts_.give_up();
  reports_.flush_all();
}

}  // namespace gauntlet
