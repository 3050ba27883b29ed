// SPDX-License-Identifier: BSD-3-Clause
// The engine: stands before sockets of one runtime directory, and passes on what comes as the rules
// say, until its owner closes the control socket.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faults/relay/lookout.hpp"
#include "faults/relay/namespaces.hpp"
#include "faults/relay/reports.hpp"
#include "faults/relay/scheduler.hpp"
#include "faults/relay/sender.hpp"
#include "faults/relay/socket.hpp"
#include "faults/relay/socket_swap.hpp"
#include "faults/relay/undo.hpp"
#include "faults/relay/watch.hpp"

namespace gauntlet {

class Engine {
 public:
  Engine(int control, Namespaces& namespaces, UndoProcess& undo);

  // Returns when all has been put back, and so it is when it throws (Failure).
  void run();

 private:
  // Our socket in the place of one peer's.
  struct Front {
    std::string name;
    Handle socket;
    std::shared_ptr<const Handle> bell;  // of the lookout, connected to the socket
    Inode ours;
    Sender sender;
  };
  struct Verb {
    Keys keys;
    Json (Engine::*run)(const Json& command);
  };

  // What it is told.
  void hear();
  void obey(const std::string& line);
  Json answer_to(const Json& command);
  Json layout(const Json& command);
  Json rule(const Json& command);
  Json before(const Json& command);
  Json later(const Json& command);
  Json report(const Json& command);
  Json release(const Json& command);
  Json count(const Json& command);
  static const std::map<std::string, Verb>& verbs();

  // The runtime directory.
  int stand_before(const std::string& name, bool later);
  void leave(const std::string& name, const char* why);
  void see_changes();
  void look_at(const std::string& name);
  void look_at_all();
  void look_for_dead(std::int64_t now);

  // The datagrams.
  void serve();
  void wait();
  void sleep_on(Front& front);
  [[nodiscard]] Front* only_front() const;
  [[nodiscard]] std::vector<Sender*> blocked() const;
  [[nodiscard]] std::optional<std::int64_t> due() const;
  void set_timer();
  bool next(Front& front);
  void drain(Front& front, int most);
  void drain_all(Front& front);
  void arrive(Front& front);
  void send_leaving();
  void lost(const Datagram& datagram, const std::string& to, int error);
  void flush_blocked(std::int64_t until_ns);
  void end();

  int control_;
  Namespaces& namespaces_;
  UndoProcess& undo_;
  Reports reports_;
  Lines lines_;
  Scheduler scheduler_;
  Handle changes_;
  Handle signals_;
  Handle timer_;
  Watch watch_;
  Lookout lookout_{watch_.fd()};
  std::optional<std::int64_t> timer_due_;
  Receiver receiver_;
  Datagram incoming_;
  std::map<std::string, std::unique_ptr<Front>> fronts_;
  std::map<std::string, std::unique_ptr<Sender>> askers_;
  std::vector<std::string> wanted_;
  std::int64_t next_look_ = 0;
  std::int64_t seen_ = 0;
  std::int64_t lost_ = 0;
  bool reporting_ = false;
  bool over_ = false;
};

}  // namespace gauntlet
