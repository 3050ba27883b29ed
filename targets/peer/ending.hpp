// SPDX-License-Identifier: BSD-3-Clause
// How a peer ends itself.
#pragma once

namespace gauntlet {

// The owner closed the socket: nobody is left to be told anything.
constexpr int kOwnerGone = 70;
// rte_eal_init failed and the owner has been told why.
constexpr int kEalFailed = 71;
// Something was thrown where nobody could answer it: Gauntlet's own fault, which has been told.
constexpr int kOwnFault = 72;
// The command line made no sense.
constexpr int kUsage = 2;

// Where coverage is counted, this process' counters go to a folder of their own. Before any thread.
void count_apart();

// Ends the process at once: no atexit, no rte_eal_cleanup. Writes coverage counters if there are
// any.
[[noreturn]] void leave(int code);

// Sends itself `signal`, which must be one that ends a process.
void die(int signal);

}  // namespace gauntlet
