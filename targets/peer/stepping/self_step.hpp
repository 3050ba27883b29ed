// SPDX-License-Identifier: BSD-3-Clause
// Stops the calling thread between two instructions of one function, without any tracer.
#pragma once

#include <cstdint>
#include <functional>

namespace gauntlet {

// Runs `call`, which must call `function`; and on the same thread, once so many instructions of
// that have been executed (of what it calls, too), runs `there`, as a signal handler does. False
// when the function was over before. Instructions are counted as Stepper counts them. One thread at
// a time.
bool interrupt_inside(std::uintptr_t function, unsigned executed, const std::function<void()>& call,
                      const std::function<void()>& there);

}  // namespace gauntlet
