// SPDX-License-Identifier: BSD-3-Clause
// The boundary between our own code and whoever asked: what is thrown becomes a fact, never
// SIGABRT.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "targets/line/control.hpp"

namespace gauntlet {

// Runs `work`. What it threw, in words; nothing when it has returned. A thread that is cancelled
// (pthread_cancel) unwinds through here as it must.
std::optional<std::string> thrown_by(const std::function<void()>& work);

// The answer of `run`; {"failed": what it threw} if it threw: that is a fault of this program, and
// says nothing of DPDK.
Json answer_of(const std::function<Json()>& run);

// Runs `work`; what it throws is the event {"event": "failed", "failed": what}. For threads, and
// for functions that C calls.
void guarded(Control& control, const std::function<void()>& work);

}  // namespace gauntlet
