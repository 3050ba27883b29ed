// SPDX-License-Identifier: BSD-3-Clause
// Names in a sentence: "a, b, c".
#pragma once

#include <string>

namespace gauntlet {

// The texts that `name` makes of each element, with ", " between.
template <typename Range, typename Name>
std::string join(const Range& range, Name name) {
  std::string text;
  for (const auto& each : range) {
    if (!text.empty()) text += ", ";
    text += name(each);
  }
  return text;
}

template <typename Range>
std::string join(const Range& range) {
  return join(range, [](const auto& each) { return std::string(each); });
}

// The keys of a map.
template <typename Map>
std::string names_of(const Map& map) {
  return join(map, [](const auto& entry) { return std::string(entry.first); });
}

}  // namespace gauntlet
