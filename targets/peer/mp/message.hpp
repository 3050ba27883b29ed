// SPDX-License-Identifier: BSD-3-Clause
// struct rte_mp_msg and struct rte_mp_reply, to and from JSON; the layout of DPDK's private
// datagram.
#pragma once

#include <rte_eal.h>

#include <nlohmann/json.hpp>
#include <string>

#include "targets/line/schema.hpp"

namespace gauntlet {

// rte_mp_reply is a function too: C++ must be told that the struct is meant.
using Reply = struct rte_mp_reply;

// The keys of a message: C's field names. Absent len_param and num_fds follow param and fds.
extern const Keys kMessageKeys;

// Fills every byte of the struct, the unused ones with zero. Sizes were checked by
// `message_refusal`.
rte_mp_msg message_of(const Json& command);

// Why C could not express this message, or nothing.
std::optional<std::string> message_refusal(const Json& command);

// All fields; `param` is what len_param covers, each descriptor with the identity of its file.
Json json_of(const rte_mp_msg& msg);

// A reply as it was before the call, so that what DPDK leaves untouched can be told.
Reply untouched_reply();

// nb_sent, nb_received and msgs; "untouched" for what the call did not write, null for a NULL msgs.
Json json_of(const Reply& reply);

// Under which names struct rte_mp_reply has the replies: its documentation uses two.
Json reply_fields();

// Frees msgs if the call set it.
void free_messages(Reply& reply);

// Sizes and offsets of the private datagram (struct mp_msg_internal in eal_common_proc.c), which
// differ by release: {"size", "type": {"offset", "size"}, ...}.
Json datagram_layout();

}  // namespace gauntlet
