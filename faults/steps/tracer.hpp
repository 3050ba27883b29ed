// SPDX-License-Identifier: BSD-3-Clause
// What the owner tells: one process after another is followed, until the owner is gone.
#pragma once

#include <memory>

#include "faults/steps/tracee.hpp"
#include "targets/line/control.hpp"
#include "targets/line/handle.hpp"
#include "targets/line/server.hpp"

namespace gauntlet {

class Tracer {
 public:
  explicit Tracer(int control);

  // Runs until the owner is gone. A process that is followed then is let go, also when this throws.
  void run();

 private:
  void add_commands();
  Json follow(const Json& command);
  [[nodiscard]] Json quiet() const;
  Json let_go();
  void look_at_children();

  int control_;
  Control owner_;
  Server server_;
  Handle children_;
  std::unique_ptr<Tracee> tracee_;
  bool told_gone_ = false;
};

}  // namespace gauntlet
