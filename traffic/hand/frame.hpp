// SPDX-License-Identifier: BSD-3-Clause
// A numbered frame, as traffic/frame.py lays it out: written from a template, and checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gauntlet {

using Bytes = std::span<const std::uint8_t>;

// The identity of a frame.
struct Number {
  std::uint32_t flow = 0;
  std::uint64_t seq = 0;
};

constexpr std::size_t kEtherTypeOffset = 12;
constexpr std::size_t kWorkedOffset = 14;
constexpr std::size_t kPaddingOffset = 31;

// The first frame of a flow, as Scapy built it. All others differ from it in their seq, padding and
// crc.
class Template {
 public:
  // `built` is one of ours and whole: see why_no_template.
  explicit Template(std::vector<std::uint8_t> built);

  [[nodiscard]] Number first() const { return first_; }
  [[nodiscard]] std::size_t size() const { return built_.size(); }

  // Writes the frame of this seq; there are size() bytes of room.
  void write(std::uint8_t* to, std::uint64_t seq) const;

  // True if a whole frame of this flow is as it was built: its length, and what comes before the
  // byte `worked`.
  [[nodiscard]] bool has_built(Bytes frame) const;

 private:
  std::vector<std::uint8_t> built_;
  Number first_;
};

// What a frame is by itself.
enum class Kind { kForeign, kNameless, kCorrupt, kWhole };

struct Checked {
  Kind kind = Kind::kForeign;
  Number number{};  // What the frame claims; nothing for kForeign and kNameless.
};

// As parse() of traffic/frame.py. kForeign: not our ethertype; kNameless: ours, and too short to
// claim a number; kCorrupt: its crc is wrong.
Checked check(Bytes frame);

// Why `built` is no template, or null.
const char* why_no_template(Bytes built);

}  // namespace gauntlet
