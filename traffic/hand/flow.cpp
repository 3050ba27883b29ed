// SPDX-License-Identifier: BSD-3-Clause
// Frames are counted from the first of the flow: its index is seq - first.
#include "traffic/hand/flow.hpp"

#include <bit>
#include <utility>

namespace gauntlet {
namespace {

constexpr std::uint64_t kWord = 64;

std::uint64_t words(std::uint64_t count) { return count / kWord + 1; }

// Some frames may be back while others that were sent earlier are not.
std::size_t slots(std::uint32_t window) { return std::bit_ceil(std::size_t{window} * 2); }

bool has(const std::vector<std::uint64_t>& bits, std::uint64_t index) {
  return (bits[index / kWord] >> index % kWord & 1U) != 0;
}

void set(std::vector<std::uint64_t>& bits, std::uint64_t index) {
  bits[index / kWord] |= std::uint64_t{1} << index % kWord;
}

}  // namespace

Flow::Flow(Template built, std::uint64_t count, std::uint32_t window)
    : built_(std::move(built)),
      came_(words(count)),
      claimed_(words(count)),
      times_(slots(window)) {}

void Flow::note_sent(std::uint64_t at_ns) {
  slot(sent_) = {sent_, at_ns};
  ++sent_;
}

Flow::Came Flow::note_came(std::uint64_t seq) {
  const std::uint64_t index = seq - built_.first().seq;
  if (has(came_, index)) {
    doubled_.add({built_.first().flow, seq});
    return {false, true};
  }
  set(came_, index);
  if (index < furthest_) {
    disordered_.add({built_.first().flow, seq});
  } else {
    furthest_ = index;
  }
  const Sent& sent = slot(index);
  return {!has(claimed_, index), false, sent.index == index ? sent.at_ns : 0};
}

bool Flow::note_claimed(std::uint64_t seq) {
  const std::uint64_t index = seq - built_.first().seq;
  const bool is_new = !has(came_, index) && !has(claimed_, index);
  set(claimed_, index);
  return is_new;
}

Spans Flow::lost() const {
  Spans lost;
  for (std::uint64_t index = 0; index < sent_; ++index) {
    const auto word = index / kWord;
    if (index % kWord == 0 && (came_[word] | claimed_[word]) == UINT64_MAX) {
      index += kWord - 1;
    } else if (!has(came_, index) && !has(claimed_, index)) {
      lost.add({built_.first().flow, built_.first().seq + index});
    }
  }
  return lost;
}

std::uint64_t Flow::bytes(std::uint64_t count, std::uint32_t window) {
  return 2 * words(count) * sizeof(std::uint64_t) + slots(window) * sizeof(Sent);
}

}  // namespace gauntlet
