// SPDX-License-Identifier: BSD-3-Clause
// Where a hot loop stops for its owner, who may kill it there.
#pragma once

#include <optional>
#include <string>

#include "targets/peer/port/burst.hpp"
#include "targets/peer/verbs.hpp"

namespace gauntlet {

// "hold" names the place, "hold_after" how many frames must have passed by then. It happens once.
class Pause {
 public:
  explicit Pause(const Call& call)
      : call_(call),
        place_(call.command.value("hold", call.command.contains("hold_after") ? "taken" : "")),
        after_(call.command.value("hold_after", std::uint64_t{0})) {}

  // True if the loop is to stop here, when so many frames have passed.
  [[nodiscard]] bool due(const char* place, std::uint64_t passed) const {
    return place_ == place && passed >= after_;
  }

  // Says "holding": which frames are in hand, and how many had been worked before; waits for
  // "release".
  void here(const Burst& hand, std::uint64_t worked) {
    place_.clear();
    call_.control.event("holding", {{"of", call_.command["id"]},
                                    {"frames", hand.size()},
                                    {"worked", worked},
                                    {"numbers", hand.numbers()}});
    call_.job.wait_for_release();
  }

 private:
  const Call& call_;
  std::string place_;
  std::uint64_t after_;
};

// Why a command with this "hold" is refused, or nothing; `places`: those that its loop has.
std::optional<std::string> pause_refusal(const Json& command,
                                         const std::vector<std::string>& places);

// The keys that a loop with places to hold at has more.
inline constexpr Key kPauseAt{"hold", Type::kString};
inline constexpr Key kPauseAfter{"hold_after", Type::kCount};

}  // namespace gauntlet
