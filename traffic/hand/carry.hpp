// SPDX-License-Identifier: BSD-3-Clause
// The verb `carry`: its keys, what is refused, and the order that it becomes.
#pragma once

#include "targets/line/vocabulary.hpp"
#include "traffic/hand/run.hpp"

namespace gauntlet {

Declaration carry_declaration(const Interface& interface);

// Of a command that is not refused.
Order order_of(const Json& command);

}  // namespace gauntlet
