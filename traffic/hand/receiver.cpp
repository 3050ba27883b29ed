// SPDX-License-Identifier: BSD-3-Clause
// A slot is ours from when its status says so until we give it back.
#include "traffic/hand/receiver.hpp"

#include <linux/if_ether.h>
#include <sys/socket.h>

#include <cerrno>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

constexpr std::size_t kAddresses = 12;

// Kernels before 4.20 cannot be told to ignore what goes out.
bool goes_out(const tpacket2_hdr* slot) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(slot);
  const auto* address =
      reinterpret_cast<const sockaddr_ll*>(bytes + TPACKET_ALIGN(sizeof(tpacket2_hdr)));
  return address->sll_pkttype == PACKET_OUTGOING;
}

void push_back(std::vector<std::uint8_t>& bytes, std::uint16_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace

Receiver::Receiver(const Interface& interface, std::uint32_t frames, std::uint32_t bytes)
    : ring_(PACKET_RX_RING, frames, bytes) {
  const int yes = 1;
  if (setsockopt(ring_.fd(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) != 0 &&
      errno != ENOPROTOOPT) {
    throw Failure("PACKET_IGNORE_OUTGOING", errno);
  }
  ring_.bind(interface, ETH_P_ALL);
  dropped();
}

std::uint32_t Receiver::take(std::uint32_t most, const std::function<void(Bytes)>& on_frame) {
  std::uint32_t taken = 0;
  for (; taken < most; ++taken) {
    tpacket2_hdr* slot = ring_.slot(taken_);
    if ((status_of(slot) & TP_STATUS_USER) == 0) break;
    if (!goes_out(slot)) on_frame(frame_in(slot));
    set_status(slot, TP_STATUS_KERNEL);
    ++taken_;
  }
  return taken;
}

std::uint64_t Receiver::dropped() {
  tpacket_stats told{};
  socklen_t size = sizeof(told);
  checked(getsockopt(ring_.fd(), SOL_PACKET, PACKET_STATISTICS, &told, &size), "PACKET_STATISTICS");
  return told.tp_drops;
}

Bytes Receiver::frame_in(tpacket2_hdr* slot) {
  const Bytes seen = {reinterpret_cast<const std::uint8_t*>(slot) + slot->tp_mac, slot->tp_snaplen};
  if ((slot->tp_status & TP_STATUS_VLAN_VALID) == 0 || seen.size() < kAddresses) return seen;
  const bool named = (slot->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  tagged_.assign(seen.begin(), seen.begin() + kAddresses);
  push_back(tagged_, named ? slot->tp_vlan_tpid : ETH_P_8021Q);
  push_back(tagged_, slot->tp_vlan_tci);
  tagged_.insert(tagged_.end(), seen.begin() + kAddresses, seen.end());
  return tagged_;
}

}  // namespace gauntlet
