// SPDX-License-Identifier: BSD-3-Clause
// How long frames took: counted in classes, each 1/32 of its power of two wide.
#pragma once

#include <array>
#include <cstdint>

namespace gauntlet {

class Times {
 public:
  void add(std::uint64_t ns);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Exact; 0 when there are none.
  [[nodiscard]] std::uint64_t least() const { return count_ == 0 ? 0 : least_; }
  [[nodiscard]] std::uint64_t most() const { return most_; }
  // The time that `percent` of all are not above: at most 1/32 too long, never above most().
  [[nodiscard]] std::uint64_t percentile(unsigned percent) const;

 private:
  static constexpr unsigned kBits = 5;

  static unsigned class_of(std::uint64_t ns);
  static std::uint64_t end_of(unsigned number);

  std::array<std::uint64_t, (64 - kBits + 1) << kBits> classes_{};
  std::uint64_t count_ = 0;
  std::uint64_t least_ = UINT64_MAX;
  std::uint64_t most_ = 0;
};

}  // namespace gauntlet
