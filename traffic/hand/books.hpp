// SPDX-License-Identifier: BSD-3-Clause
// The books of a run: every frame that was sent, and every frame that came.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "targets/line/json.hpp"
#include "traffic/hand/flow.hpp"
#include "traffic/hand/times.hpp"

namespace gauntlet {

class Books {
 public:
  // Of each flow `count` frames, one of each in turn. Of each kind of strange frames the first
  // `keep` are kept whole.
  Books(const std::vector<Template>& flows, std::uint64_t count, std::uint32_t window,
        std::uint32_t keep);

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  // Those that are back: each number once, corrupt ones too.
  [[nodiscard]] std::uint64_t back() const;
  // All were sent, and of each something came. A nameless frame is no proof.
  [[nodiscard]] bool complete() const { return sent_ == total_ && known_ == total_; }

  // The template and the seq of frame `index` of this run.
  [[nodiscard]] const Template& built(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t seq(std::uint64_t index) const;

  // The next frame was sent.
  void note_sent(std::uint64_t at_ns);
  // A frame has come.
  void note(Bytes frame, std::uint64_t at_ns);

  // The account, as traffic/fast.py reads it.
  [[nodiscard]] Json told() const;

 private:
  enum Strange { kForeign, kCorrupt, kInvented, kDoubled, kStranges };

  struct Kept {
    Strange kind;
    std::uint64_t at_ns;
    std::vector<std::uint8_t> bytes;
  };

  void note_whole(Bytes frame, Number number, std::uint64_t at_ns);
  void note_corrupt(Bytes frame, const Checked& found, std::uint64_t at_ns);
  // False when there are enough of its kind.
  bool keep(Strange kind, Bytes frame, std::uint64_t at_ns);
  [[nodiscard]] Flow* find(std::uint32_t flow);
  [[nodiscard]] Json kept() const;
  [[nodiscard]] Json worked() const;

  std::vector<Flow> flows_;
  std::unordered_map<std::uint32_t, std::size_t> places_;
  std::size_t last_ = 0;
  std::uint64_t total_;
  std::uint64_t bytes_;
  std::uint32_t most_kept_;
  std::uint64_t sent_ = 0;
  std::uint64_t known_ = 0;
  std::uint64_t nameless_back_ = 0;
  std::uint64_t received_ = 0;
  Spans invented_;
  // Corrupt frames that are not kept: their claims, and how many claim nothing.
  Spans claims_;
  std::uint64_t nameless_ = 0;
  std::array<std::uint64_t, kStranges> strange_{};
  std::vector<Kept> kept_;
  std::array<std::uint64_t, 256> worked_{};
  Times times_;
};

}  // namespace gauntlet
