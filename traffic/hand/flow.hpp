// SPDX-License-Identifier: BSD-3-Clause
// The books of one flow: what was sent, and what of it came. Two bits a frame, and what is wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "traffic/hand/frame.hpp"
#include "traffic/hand/spans.hpp"

namespace gauntlet {

class Flow {
 public:
  // `count` frames, of which the template is the first; `window` may be in flight.
  Flow(Template built, std::uint64_t count, std::uint32_t window);

  [[nodiscard]] const Template& built() const { return built_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  // The next frame was sent.
  void note_sent(std::uint64_t at_ns);

  // True if the frame of this seq was sent by now.
  [[nodiscard]] bool knows(std::uint64_t seq) const { return seq - built_.first().seq < sent_; }

  struct Came {
    bool is_new;                // Nothing that was, or claimed to be, this frame came before.
    bool is_double;             // It came before, whole.
    std::uint64_t sent_ns = 0;  // 0: too long ago to be known.
  };
  // A frame that it knows has come, whole.
  Came note_came(std::uint64_t seq);
  // A corrupt one has come that claims to be one that it knows; true if nothing did so before.
  bool note_claimed(std::uint64_t seq);

  // What was sent, and nothing came of it.
  [[nodiscard]] Spans lost() const;
  // Arrivals after the first.
  [[nodiscard]] const Spans& doubled() const { return doubled_; }
  // First arrivals after that of a later one.
  [[nodiscard]] const Spans& disordered() const { return disordered_; }

  // The bytes that the books of so many frames take, what is wrong not counted.
  static std::uint64_t bytes(std::uint64_t count, std::uint32_t window);

 private:
  struct Sent {
    std::uint64_t index = UINT64_MAX;
    std::uint64_t at_ns = 0;
  };
  using Bits = std::vector<std::uint64_t>;

  [[nodiscard]] Sent& slot(std::uint64_t index) { return times_[index & (times_.size() - 1)]; }

  Template built_;
  std::uint64_t sent_ = 0;
  std::uint64_t furthest_ = 0;
  Bits came_;
  Bits claimed_;
  std::vector<Sent> times_;
  Spans doubled_;
  Spans disordered_;
};

}  // namespace gauntlet
