// SPDX-License-Identifier: BSD-3-Clause
// Sends frames by a ring: they are written into its slots, and one call hands over all of them.
#pragma once

#include <cstdint>

#include "traffic/hand/ring.hpp"

namespace gauntlet {

class Sender {
 public:
  // Frames of up to `bytes`; `frames` may wait to be taken.
  Sender(const Interface& interface, std::uint32_t frames, std::uint32_t bytes);

  // Room for the next frame, which is put by `put`; null while the kernel has all slots.
  [[nodiscard]] std::uint8_t* room() const;
  void put(std::size_t size);

  // Those that were put, and that the kernel has not taken.
  [[nodiscard]] std::uint64_t waiting() const { return put_ - taken_; }

  // Lets the kernel take what it will, and does not wait; how many frames those are. What is
  // refused because a queue is full is still waiting.
  std::uint64_t hand_over();

 private:
  Ring ring_;
  std::uint64_t put_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace gauntlet
