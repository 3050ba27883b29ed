// SPDX-License-Identifier: BSD-3-Clause
// Times below 32 ns have a class each; above, every power of two has 32 classes.
#include "traffic/hand/times.hpp"

#include <algorithm>
#include <bit>

namespace gauntlet {

void Times::add(std::uint64_t ns) {
  ++classes_[class_of(ns)];
  ++count_;
  least_ = std::min(least_, ns);
  most_ = std::max(most_, ns);
}

std::uint64_t Times::percentile(unsigned percent) const {
  // Rounded up: 99 % of 3 are 3.
  const std::uint64_t wanted = count_ / 100 * percent + (count_ % 100 * percent + 99) / 100;
  std::uint64_t seen = 0;
  for (unsigned number = 0; number < classes_.size(); ++number) {
    seen += classes_[number];
    if (seen >= wanted) return std::min(end_of(number), most_);
  }
  return most_;
}

unsigned Times::class_of(std::uint64_t ns) {
  const unsigned shift = ns < (1U << kBits) ? 0 : std::bit_width(ns) - kBits - 1;
  return (shift << kBits) + static_cast<unsigned>(ns >> shift);
}

std::uint64_t Times::end_of(unsigned number) {
  if (number < (2U << kBits)) return number;
  const unsigned shift = (number >> kBits) - 1;
  const std::uint64_t first = (number & ((1U << kBits) - 1)) + (1U << kBits);
  return ((first + 1) << shift) - 1;
}

}  // namespace gauntlet
