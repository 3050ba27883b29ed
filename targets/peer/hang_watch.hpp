// SPDX-License-Identifier: BSD-3-Clause
// Runs a call that may spin for ever, and gives it up when it makes no progress.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace gauntlet {

// Nothing when `call` returned; else the instructions where it was each time that it had used
// `cpu_ns` more of CPU time on this thread, and `progress`, which it counts up, had not moved. It
// is abandoned there: nothing that it holds is freed. One thread at a time.
std::vector<std::uintptr_t> run_or_give_up(std::int64_t cpu_ns,
                                           const std::atomic<unsigned>& progress,
                                           const std::function<void()>& call);

}  // namespace gauntlet
