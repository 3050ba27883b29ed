// SPDX-License-Identifier: BSD-3-Clause
// One thread: what the owner says, what changes in the directory, what comes.
#include "engine.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "failure.hpp"

namespace gauntlet {
namespace {

// How often it is looked whether the receivers live: their death changes nothing in the directory.
constexpr std::int64_t kLook = 100'000'000;

// For how long a receiver whose queue is full may keep the engine from ending.
constexpr std::int64_t kLinger = 1'000'000'000;

// How many datagrams are taken from one socket before the others get their turn.
constexpr int kTurn = 16;

constexpr auto kCommand = R"(a command is one JSON object a line: {"id": ..., "verb": "...", ...})";

// A wait that was shorter than this was none.
constexpr std::int64_t kAtOnce = 2'000;

Handle ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Handle(checked(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

Span span_of(const Json& pair) {
  return {pair.at(0).get<std::size_t>(), pair.at(1).get<std::size_t>()};
}

Json ret_errno(int error) { return {{"ret", error == 0 ? 0 : -1}, {"errno", error}}; }

std::int64_t micros(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

}  // namespace

Engine::Engine(int control, Walls& walls, Warden& warden)
    : control_(control),
      walls_(walls),
      warden_(warden),
      reports_(control),
      course_(walls.runtime()),
      changes_(checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")),
      signals_(ending_signals()),
      timer_(checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),  //
                     "timerfd_create")) {
  constexpr auto kChanges = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM;
  checked(inotify_add_watch(changes_.get(), ".", kChanges), "inotify_add_watch");
  for (const int fd : {changes_.get(), signals_.get(), timer_.get()}) watch_.want(fd, EPOLLIN);
}

void Engine::run() {
  reports_.add({{"event", "ready"}, {"pid", getpid()}, {"warden", warden_.pid()}});
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

// -- what it is told -----------------------------------------------------------------------------

void Engine::hear() {
  std::array<char, 65536> chunk{};
  const ssize_t size = recv(control_, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size <= 0) {
    over_ = true;
    return;
  }
  lines_.feed(chunk.data(), static_cast<std::size_t>(size),
              [this](const std::string& line) { obey(line); });
}

const std::map<std::string, Engine::Verb>& Engine::verbs() {
  static const std::map<std::string, Verb> known = {
      {"layout",
       {{{"size", Type::kCount, Need::kRequired},
         {"type", Type::kInts, Need::kRequired},
         {"name", Type::kInts, Need::kRequired},
         {"len_param", Type::kInts, Need::kRequired},
         {"num_fds", Type::kInts, Need::kRequired},
         {"param", Type::kInts, Need::kRequired}},
        &Engine::layout}},
      {"rule", {kRuleKeys, &Engine::rule}},
      {"before", {{{"socket", Type::kString, Need::kRequired}}, &Engine::before}},
      {"later", {{{"of", Type::kString, Need::kRequired}}, &Engine::later}},
      {"report", {{{"on", Type::kBool, Need::kRequired}}, &Engine::report}},
      {"release", {{}, &Engine::release}},
      {"count", {{}, &Engine::count}},
  };
  return known;
}

void Engine::obey(const std::string& line) {
  const Json command = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool whole = command.is_object() && command.contains("id") && command.contains("verb") &&
                     command["verb"].is_string();
  Json answer;
  try {
    answer = whole ? answer_to(command) : Json({{"refused", kCommand}});
  } catch (const std::exception& error) {
    answer = {{"failed", error.what()}};
  }
  answer["re"] = command.is_object() ? command.value("id", Json()) : Json();
  reports_.add(std::move(answer));
}

Json Engine::answer_to(const Json& command) {
  const auto name = command["verb"].get<std::string>();
  const auto verb = verbs().find(name);
  if (verb == verbs().end()) {
    std::string known;
    for (const auto& entry : verbs()) known += (known.empty() ? "" : ", ") + entry.first;
    return {{"refused", "unknown verb \"" + name + "\"; the verbs are: " + known}};
  }
  if (const auto why = refusal(name, verb->second.keys, command)) return {{"refused", *why}};
  return (this->*verb->second.run)(command);
}

Json Engine::layout(const Json& command) {
  for (const char* field : {"type", "name", "len_param", "num_fds", "param"}) {
    const Json& pair = command[field];
    const bool fits = pair.size() == 2 && pair[0] >= 0 && pair[1] >= 0;
    if (!fits) return {{"refused", std::string(field) + " is [offset, size]"}};
  }
  course_.set_layout({command["size"].get<std::size_t>(), span_of(command["type"]),
                      span_of(command["name"]), span_of(command["len_param"]),
                      span_of(command["num_fds"]), span_of(command["param"])});
  return {{"ret", 0}};
}

Json Engine::rule(const Json& command) {
  auto made = rule_of(command);
  if (const auto* why = std::get_if<std::string>(&made)) return {{"refused", *why}};
  if (!course_.layout()) return {{"refused", "a rule needs a layout: say that first"}};
  course_.add(std::get<Rule>(std::move(made)));
  return {{"ret", course_.rules().size() - 1}};
}

Json Engine::before(const Json& command) {
  return ret_errno(stand_before(command["socket"].get<std::string>(), false));
}

Json Engine::later(const Json& command) {
  wanted_.push_back(command["of"].get<std::string>());
  return {{"ret", 0}};
}

Json Engine::report(const Json& command) {
  reporting_ = command["on"].get<bool>();
  return {{"ret", 0}};
}

Json Engine::release(const Json& /*command*/) {
  course_.release();
  send_leaving();
  return {{"ret", 0}};
}

Json Engine::count(const Json& /*command*/) {
  // Whoever asks has seen what has been sent: it is counted.
  for (const auto& [name, front] : fronts_) {
    if (!front->outlet.blocked()) drain_all(*front);
  }
  Json bites = Json::array();
  for (const auto& rule : course_.rules()) bites.push_back(rule.bites);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return {{"seen", seen_},
          {"bites", std::move(bites)},
          {"waiting", course_.waiting()},
          {"lost", lost_},
          {"user_us", micros(used.ru_utime)},
          {"system_us", micros(used.ru_stime)},
          {"waits", used.ru_nvcsw},
          {"preempted", used.ru_nivcsw}};
}

// -- the runtime directory -----------------------------------------------------------------------

int Engine::stand_before(const std::string& name, bool later) {
  if (fronts_.contains(name)) return EEXIST;
  if (name.find('/') != std::string::npos) return EINVAL;
  auto front = std::make_unique<Front>(Front{
      name,
      datagram_socket(),
      {},
      Outlet(walls_, aside_of(name),
             [this, name](const Datagram& datagram, int error) { lost(datagram, name, error); })});
  warden_.expect(name);
  int error = stand_aside(front->socket.get(), name);
  if (error == 0) {
    front->ours = inode_of(aside_of(name));
    warden_.note(name, front->ours);
    error = swap(name);
    if (error != 0) put_back(name, front->ours);
  }
  if (error != 0) {
    warden_.forget(name);
    return error;
  }
  fronts_[name] = std::move(front);
  reports_.add({{"event", "placed"}, {"socket", name}, {"later", later}});
  return 0;
}

void Engine::leave(const std::string& name, const char* why) {
  const auto found = fronts_.find(name);
  Front& front = *found->second;
  drain_all(front);
  put_back(name, front.ours);
  drain_all(front);
  front.outlet.give_up(ECONNREFUSED);
  warden_.forget(name);
  watch_.want(front.socket.get(), 0);
  fronts_.erase(found);
  reports_.add({{"event", "left"}, {"socket", name}, {"why", why}});
}

void Engine::see_changes() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  const ssize_t size = read(changes_.get(), buffer.data(), buffer.size());
  for (ssize_t at = 0; at < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    if (event->len > 0) look_at(static_cast<const char*>(event->name));
    if ((event->mask & IN_Q_OVERFLOW) != 0) look_at_all();
    at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
  }
}

void Engine::look_at_all() {
  std::set<std::string> names;
  for (const auto& [name, front] : fronts_) names.insert(name);
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    names.insert(entry.path().filename());
  }
  for (const auto& name : names) look_at(name);
}

void Engine::look_at(const std::string& name) {
  const auto front = fronts_.find(name);
  if (front != fronts_.end()) {
    if (inode_of(name) == front->second->ours) return;
    leave(name, "unlinked");
  }
  const bool wanted = std::any_of(wanted_.begin(), wanted_.end(), [&name](const std::string& whom) {
    return is_meant(whom, name);
  });
  if (wanted && lives(name)) stand_before(name, true);
}

void Engine::look_for_dead(std::int64_t now) {
  if (now < next_look_) return;
  next_look_ = now + kLook;
  std::vector<std::string> dead;
  for (const auto& [name, front] : fronts_) {
    if (!lives(aside_of(name))) dead.push_back(name);
  }
  for (const auto& name : dead) leave(name, "dead");
}

// -- the datagrams -------------------------------------------------------------------------------

// What a datagram costs here is being woken and waking: spinning instead, a core of its own or a
// real-time class were tried beside it and gained less than one part in twenty (2 cores, shared).
void Engine::wait() {
  std::vector<Outlet*> blocked;
  for (const auto& [address, outlet] : askers_) {
    if (outlet->blocked()) blocked.push_back(outlet.get());
  }
  for (const auto& [name, front] : fronts_) {
    if (front->outlet.blocked()) blocked.push_back(&front->outlet);
    // What a receiver has no room for stays in our queue, so that its senders wait as without us.
    const bool open = !front->outlet.blocked() && !reports_.full();
    watch_.want(front->socket.get(), open ? EPOLLIN : 0U);
  }
  for (const Outlet* outlet : blocked) watch_.want(outlet->blocked_on(), EPOLLOUT);
  watch_.want(control_, reports_.waiting() ? EPOLLIN | EPOLLOUT : EPOLLIN);
  set_timer();
  const auto before = now_ns();
  const auto until_look = std::max<std::int64_t>(next_look_ - before, 0);
  watch_.wait(fronts_.empty() ? -1 : static_cast<int>((until_look + 999'999) / 1'000'000));
  const auto now = now_ns();
  for (const Outlet* outlet : blocked) watch_.want(outlet->blocked_on(), 0);

  // Where nothing had to be waited for there may be more. Else one is all, and whoever gets it runs
  // only when we wait again: each system call between costs the two who talk.
  const int most = now - before < kAtOnce ? kTurn : 1;
  for (const auto& [name, front] : fronts_) {
    if (watch_.seen(front->socket.get()) != 0) drain(*front, most);
  }
  for (Outlet* outlet : blocked) outlet->flush();
  course_.tick(now);
  send_leaving();
  if (watch_.seen(changes_.get()) != 0) see_changes();
  look_for_dead(now);
  // Last: an answer tells of everything that came before it was asked for.
  if ((watch_.seen(control_) & ~EPOLLOUT) != 0) hear();
  if (watch_.seen(signals_.get()) != 0) over_ = true;
}

void Engine::set_timer() {
  const auto due = course_.next_due();
  if (due == timer_due_) return;
  timer_due_ = due;
  itimerspec until{};
  if (due) until.it_value = {*due / 1'000'000'000, *due % 1'000'000'000};
  checked(timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &until, nullptr), "timerfd_settime");
}

void Engine::drain(Front& front, int most) {
  for (int n = 0; n < most && !front.outlet.blocked(); ++n) {
    if (!receiver_.receive(front.socket.get(), incoming_)) return;
    arrive(front);
  }
}

void Engine::drain_all(Front& front) {
  while (receiver_.receive(front.socket.get(), incoming_)) arrive(front);
}

void Engine::arrive(Front& front) {
  ++seen_;
  const Decision decision = course_.decide(incoming_, front.name);
  if (reporting_) reports_.add(incoming_, front.name, decision);
  if (course_.passes(decision)) {
    front.outlet.send(incoming_);
    return;
  }
  course_.take(decision, std::exchange(incoming_, {}), front.name, now_ns());
  send_leaving();
}

void Engine::send_leaving() {
  for (auto& leaving : course_.leaving()) {
    if (!leaving.answer) {
      const auto front = fronts_.find(leaving.to);
      if (front == fronts_.end()) {
        lost(*leaving.datagram, leaving.to, ECONNREFUSED);
      } else {
        front->second->outlet.send(std::move(leaving.datagram));
      }
      continue;
    }
    auto& outlet = askers_[leaving.to];
    if (!outlet) {
      // A name in the runtime directory is short enough, whatever that is called.
      const std::string folder = walls_.runtime() + "/";
      const bool here = leaving.to.compare(0, folder.size(), folder) == 0;
      outlet =
          std::make_unique<Outlet>(walls_, here ? leaving.to.substr(folder.size()) : leaving.to,
                                   [this, to = leaving.to](const Datagram& datagram, int error) {
                                     lost(datagram, to, error);
                                   });
    }
    outlet->send(std::move(leaving.datagram));
  }
}

void Engine::lost(const Datagram& datagram, const std::string& to, int error) {
  // These say nothing of the receiver: a datagram that we are too poor to pass on is our fault.
  for (const int ours : {EMFILE, EMSGSIZE, ENFILE, ENOBUFS, ENOMEM, ETOOMANYREFS}) {
    if (error == ours) throw Failure("sendmsg", error);
  }
  ++lost_;
  if (error == ECONNREFUSED) next_look_ = 0;  // Is it dead?
  reports_.add({{"event", "lost"}, {"from", datagram.from}, {"to", to}, {"errno", error}});
}

// -- the end -------------------------------------------------------------------------------------

void Engine::flush_blocked(std::int64_t until_ns) {
  for (;;) {
    std::vector<Outlet*> blocked;
    for (const auto& [name, front] : fronts_) {
      if (front->outlet.blocked()) blocked.push_back(&front->outlet);
    }
    for (const auto& [address, outlet] : askers_) {
      if (outlet->blocked()) blocked.push_back(outlet.get());
    }
    const auto left = until_ns - now_ns();
    if (blocked.empty() || left <= 0) return;
    std::vector<pollfd> polled;
    polled.reserve(blocked.size());
    for (const Outlet* outlet : blocked) polled.push_back({outlet->blocked_on(), POLLOUT, 0});
    poll(polled.data(), polled.size(), static_cast<int>(left / 1'000'000 + 1));
    for (Outlet* outlet : blocked) outlet->flush();
  }
}

void Engine::end() {
  const auto until = now_ns() + kLinger;
  course_.leave_all();
  send_leaving();
  // What waits before us was sent to the receivers: they get it, before and after they are put
  // back.
  for (const bool back : {false, true}) {
    for (const auto& [name, front] : fronts_) {
      if (back) put_back(name, front->ours);
      while (receiver_.receive(front->socket.get(), incoming_)) {
        ++seen_;
        front->outlet.send(incoming_);
      }
    }
    flush_blocked(until);
  }
  for (const auto& [name, front] : fronts_) {
    front->outlet.give_up(EAGAIN);
    warden_.forget(name);
  }
  fronts_.clear();
  reports_.flush_all();
}

}  // namespace gauntlet
