// SPDX-License-Identifier: BSD-3-Clause
// Receives all frames that others put on the wire, by a ring.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "traffic/hand/frame.hpp"
#include "traffic/hand/ring.hpp"

namespace gauntlet {

class Receiver {
 public:
  // `frames` of up to `bytes` may wait for us.
  Receiver(const Interface& interface, std::uint32_t frames, std::uint32_t bytes);

  [[nodiscard]] int fd() const { return ring_.fd(); }

  // Hands over what has come, up to `most`; how many slots that were.
  std::uint32_t take(std::uint32_t most, const std::function<void(Bytes)>& on_frame);

  // How many frames found the ring full since the last call: our own loss.
  std::uint64_t dropped();

 private:
  // The frame in a slot, with the VLAN tag that the kernel has taken out of it.
  Bytes frame_in(tpacket2_hdr* slot);

  Ring ring_;
  std::uint64_t taken_ = 0;
  std::vector<std::uint8_t> tagged_;
};

}  // namespace gauntlet
