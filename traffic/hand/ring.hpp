// SPDX-License-Identifier: BSD-3-Clause
// A packet socket with a ring of frames that the kernel and we share: PACKET_MMAP, TPACKET_V2.
//
// V2, because its frames are handed over one by one. A block of V3 is handed over when it is full,
// or a millisecond later, and with few frames in flight it is never full.
#pragma once

#include <linux/if_packet.h>

#include <cstdint>
#include <string>

#include "targets/line/handle.hpp"

namespace gauntlet {

// An interface of this network namespace.
struct Interface {
  explicit Interface(const std::string& name);

  std::string name;
  int index;
  std::uint32_t mtu;
};

class Ring {
 public:
  // option: PACKET_RX_RING or PACKET_TX_RING. At least `frames` slots with room for `bytes` each.
  // The socket hears nothing until it is bound.
  Ring(int option, std::uint32_t frames, std::uint32_t bytes);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Binds to the interface; protocol 0 hears nothing.
  void bind(const Interface& interface, std::uint16_t protocol) const;

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] std::uint32_t frames() const { return request_.tp_frame_nr; }
  [[nodiscard]] tpacket2_hdr* slot(std::uint64_t number) const;

  // Integer options of the socket.
  void set(int level, int option, int value, const std::string& what) const;

 private:
  Handle socket_;
  tpacket_req request_{};
  std::uint8_t* memory_ = nullptr;
};

// A slot's status, as the other side of the ring sees it.
std::uint32_t status_of(const tpacket2_hdr* slot);
void set_status(tpacket2_hdr* slot, std::uint32_t status);

}  // namespace gauntlet
