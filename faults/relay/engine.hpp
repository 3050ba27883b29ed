// SPDX-License-Identifier: BSD-3-Clause
// The engine: stands before sockets of one runtime directory, and passes on what comes as the rules
// say, until its owner closes the control socket.
#pragma once

#include <cstdint>
#include <optional>

#include "faults/relay/fronts.hpp"
#include "faults/relay/lookout.hpp"
#include "faults/relay/namespaces.hpp"
#include "faults/relay/reports.hpp"
#include "faults/relay/traffic.hpp"
#include "faults/relay/undo.hpp"
#include "faults/relay/warm_cpu.hpp"
#include "faults/relay/watch.hpp"
#include "targets/line/server.hpp"

namespace gauntlet {

class Engine {
 public:
  Engine(int control, Namespaces& namespaces, UndoProcess& undo);

  // Returns when all has been put back, and so it is when it throws (Failure).
  void run();

 private:
  void serve();
  void wait();
  void sleep_on(Front& front);
  [[nodiscard]] std::optional<std::int64_t> due() const;
  void set_timer();
  void flush_blocked(std::int64_t until_ns);
  void end();

  int control_;
  UndoProcess& undo_;
  Reports reports_;
  Server server_;
  Watch watch_;
  Fronts fronts_;
  Traffic traffic_;
  Handle signals_;
  Handle timer_;
  Lookout lookout_{watch_.fd()};
  WarmCpu warm_cpu_;
  std::optional<std::int64_t> timer_due_;
  bool over_ = false;
};

}  // namespace gauntlet
