// SPDX-License-Identifier: BSD-3-Clause
// Keeps a CPU from going idle while a conversation goes on: those who talk through a relay are
// woken twice as often, and waking a CPU that is idle takes longer than all else that a relay does.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "targets/line/handle.hpp"

namespace gauntlet {

class WarmCpu {
 public:
  // Throws std::system_error where there is no further thread to be had.
  WarmCpu();
  WarmCpu(const WarmCpu&) = delete;
  WarmCpu& operator=(const WarmCpu&) = delete;
  WarmCpu(WarmCpu&&) = delete;
  WarmCpu& operator=(WarmCpu&&) = delete;
  ~WarmCpu();

  // Somebody was woken at this time of now_ns(), and may soon wake somebody else.
  void keep(std::int64_t now_ns);

 private:
  void run();

  // The thread holds no lock: where others want all CPUs, it would hold that for seconds.
  Handle wake_;
  std::atomic<bool> asleep_{false};
  std::atomic<bool> over_{false};
  std::atomic<std::int64_t> until_{0};
  std::thread thread_;
};

}  // namespace gauntlet
