// SPDX-License-Identifier: BSD-3-Clause
// A walk that DPDK makes under a lock, and what its callback does there.
#pragma once

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// Stops a walk at the first thing that it meets: says so, and waits for "release".
class Walk {
 public:
  explicit Walk(const Call& call) : call_(call), holds_(call.command.value("hold", false)) {}

  void meet() {
    if (met_++ > 0 || !holds_) return;
    call_.control.event("walking", {{"of", call_.command["id"]}});
    call_.job.wait_for_release();
  }

  [[nodiscard]] Json outcome(int ret) const { return {{"ret", ret}, {"met", met_}}; }

 private:
  const Call& call_;
  bool holds_;
  int met_ = 0;
};

}  // namespace gauntlet
