// SPDX-License-Identifier: BSD-3-Clause
// What a registered callback does with a message. The C callbacks carry no user data, so each
// registration gets a callback function of its own: what ran is known, not guessed from the name.
#pragma once

#include <rte_eal.h>

#include <ctime>
#include <optional>
#include <string>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// Keys of mp_action_register that describe a manner.
extern const Keys kMannerKeys;

// Why this manner is refused, or nothing.
std::optional<std::string> manner_refusal(const Verbs& verbs, const Json& command);

// A callback of its own for this registration of `action`; nullptr when the pool is used up.
rte_mp_t callback_for(const std::string& action, const Json& command, Control& control,
                      Verbs& verbs);

// Lets a callback held by the manners "late" or "hold" go on; whether there was one.
bool release_action(const std::string& action);

// How many callbacks have been given out, of actions and of asynchronous requests. keep: only so
// many of the first ones are any more; the others may not run again, and their places are free.
struct Callbacks {
  std::size_t actions;
  std::size_t asyncs;
};
Callbacks callbacks(const std::optional<Callbacks>& keep);

// A callback of its own for the asynchronous request with this command id.
rte_mp_async_reply_t async_callback_for(const Json& command, Control& control, Verbs& verbs);

// An asynchronous request whose callback only ends the wait for it, and keeps nothing: for counting
// what DPDK keeps. One at a time in a process. What rte_mp_request_async returned.
int call_and_wait(rte_mp_msg* request, const timespec* timeout);

}  // namespace gauntlet
