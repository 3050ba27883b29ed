// SPDX-License-Identifier: BSD-3-Clause
// A number that follows the last one makes that span longer.
#include "traffic/hand/spans.hpp"

namespace gauntlet {

void Spans::add(Number number) {
  if (!spans_.empty() && spans_.back().flow == number.flow &&
      spans_.back().last + 1 == number.seq && number.seq != 0) {
    spans_.back().last = number.seq;
  } else if (spans_.size() < kMost) {
    spans_.push_back({number.flow, number.seq, number.seq});
  } else {
    ++unnamed_;
  }
}

}  // namespace gauntlet
