// SPDX-License-Identifier: BSD-3-Clause
// What an engine can be told.
#pragma once

#include "faults/relay/fronts.hpp"
#include "faults/relay/traffic.hpp"
#include "targets/line/server.hpp"

namespace gauntlet {

void add_commands(Server& server, Fronts& fronts, Traffic& traffic);

}  // namespace gauntlet
