// SPDX-License-Identifier: BSD-3-Clause
// The JSON of every line.
#pragma once

#include <nlohmann/json.hpp>

namespace gauntlet {

using Json = nlohmann::json;

}  // namespace gauntlet
