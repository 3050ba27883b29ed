// SPDX-License-Identifier: BSD-3-Clause
// The engine: stands before sockets of one runtime directory, and passes on what comes as the rules
// say, until its owner closes the control socket.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "course.hpp"
#include "outlet.hpp"
#include "place.hpp"
#include "reports.hpp"
#include "socket.hpp"
#include "walls.hpp"
#include "warden.hpp"
#include "watch.hpp"

namespace gauntlet {

class Engine {
 public:
  Engine(int control, Walls& walls, Warden& warden);

  // Returns when all has been put back, and so it is when it throws (Failure).
  void run();

 private:
  // Our socket in the place of one peer's.
  struct Front {
    std::string name;
    Handle socket;
    Inode ours;
    Outlet outlet;
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
  void set_timer();
  void drain(Front& front, int most);
  void drain_all(Front& front);
  void arrive(Front& front);
  void send_leaving();
  void lost(const Datagram& datagram, const std::string& to, int error);
  void flush_blocked(std::int64_t until_ns);
  void end();

  int control_;
  Walls& walls_;
  Warden& warden_;
  Reports reports_;
  Lines lines_;
  Course course_;
  Handle changes_;
  Handle signals_;
  Handle timer_;
  Watch watch_;
  std::optional<std::int64_t> timer_due_;
  Receiver receiver_;
  Datagram incoming_;
  std::map<std::string, std::unique_ptr<Front>> fronts_;
  std::map<std::string, std::unique_ptr<Outlet>> askers_;
  std::vector<std::string> wanted_;
  std::int64_t next_look_ = 0;
  std::int64_t seen_ = 0;
  std::int64_t lost_ = 0;
  bool reporting_ = false;
  bool over_ = false;
};

}  // namespace gauntlet
