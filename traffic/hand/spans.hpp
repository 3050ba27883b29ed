// SPDX-License-Identifier: BSD-3-Clause
// Numbers in the order in which they come, kept as spans: a million in a row take one place.
#pragma once

#include <cstdint>
#include <vector>

#include "traffic/hand/frame.hpp"

namespace gauntlet {

struct Span {
  std::uint32_t flow;
  std::uint64_t first;
  std::uint64_t last;
};

class Spans {
 public:
  // More are counted, and not named: what a wire brings may be anything, and memory is bounded.
  static constexpr std::size_t kMost = 1U << 18U;

  void add(Number number);

  [[nodiscard]] const std::vector<Span>& named() const { return spans_; }
  [[nodiscard]] std::uint64_t unnamed() const { return unnamed_; }

 private:
  std::vector<Span> spans_;
  std::uint64_t unnamed_ = 0;
};

}  // namespace gauntlet
