// SPDX-License-Identifier: BSD-3-Clause
// Written and checked with zlib's crc, as Python's is.
#include "traffic/hand/frame.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gauntlet {
namespace {

constexpr std::uint64_t kNumberedEtherType = 0x88b5;
constexpr std::size_t kNumbersOffset = 15;
constexpr std::size_t kSeqOffset = 19;
constexpr std::size_t kCrcOffset = 27;

// As frame.py: below, a real port pads the frame itself; above, no interface has such an MTU.
constexpr std::size_t kShortest = 60;
constexpr std::size_t kLongest = 65535;

std::uint64_t number_at(const std::uint8_t* data, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value = value << 8U | data[i];
  return value;
}

std::uint32_t crc_of(Bytes frame) {
  const auto numbers = frame.subspan(kNumbersOffset, kCrcOffset - kNumbersOffset);
  const auto padding = frame.subspan(kPaddingOffset);
  const auto crc = crc32_z(0, numbers.data(), numbers.size());
  return static_cast<std::uint32_t>(crc32_z(crc, padding.data(), padding.size()));
}

}  // namespace

Template::Template(std::vector<std::uint8_t> built)
    : built_(std::move(built)), first_(check(built_).number) {}

void Template::write(std::uint8_t* to, std::uint64_t seq) const {
  std::copy_n(built_.data(), kSeqOffset, to);
  const std::uint64_t big_endian = __builtin_bswap64(seq);
  std::memcpy(to + kSeqOffset, &big_endian, sizeof(big_endian));
  std::size_t at = kPaddingOffset;
  for (; at + sizeof(big_endian) <= size(); at += sizeof(big_endian)) {
    std::memcpy(to + at, &big_endian, sizeof(big_endian));
  }
  std::memcpy(to + at, &big_endian, size() - at);
  const std::uint32_t crc = __builtin_bswap32(crc_of({to, size()}));
  std::memcpy(to + kCrcOffset, &crc, sizeof(crc));
}

bool Template::has_built(Bytes frame) const {
  return frame.size() == size() &&
         std::equal(built_.data(), built_.data() + kWorkedOffset, frame.data());
}

Checked check(Bytes frame) {
  if (frame.size() < kWorkedOffset ||
      number_at(frame.data() + kEtherTypeOffset, 2) != kNumberedEtherType) {
    return {};
  }
  if (frame.size() < kPaddingOffset) return {Kind::kNameless};
  const Number number = {
      static_cast<std::uint32_t>(number_at(frame.data() + kNumbersOffset, 4)),
      number_at(frame.data() + kSeqOffset, 8),
  };
  const bool whole = number_at(frame.data() + kCrcOffset, 4) == crc_of(frame);
  return {whole ? Kind::kWhole : Kind::kCorrupt, number};
}

const char* why_no_template(Bytes built) {
  if (built.size() < kShortest || built.size() > kLongest) return "it has not 60 to 65535 bytes";
  if (check(built).kind != Kind::kWhole) return "it is no whole numbered frame";
  return nullptr;
}

}  // namespace gauntlet
