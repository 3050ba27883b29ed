// SPDX-License-Identifier: BSD-3-Clause
// What the verbs about hash tables share: a table by its name.
#pragma once

#include <rte_hash.h>

#include <optional>
#include <string>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// Of the longest key that a command may hold.
inline constexpr std::size_t kMostKeyBytes = 256;

// Why a key of so many bytes is refused, or nothing.
std::optional<std::string> key_len_refusal(std::size_t key_len);

// nullptr where no table has the command's "name".
rte_hash* table_of(const Json& command);

// A check: why there is no such table.
std::optional<std::string> table_refusal(const Json& command);

}  // namespace gauntlet
