// SPDX-License-Identifier: BSD-3-Clause
// The kernel takes slots strictly in their order, and tells by their status.
#include "traffic/hand/sender.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

constexpr int kBufferBytes = 64 << 20;

// struct virtio_net_hdr of linux/virtio_net.h, which is no C++.
struct Header {
  std::uint8_t flags;
  std::uint8_t gso_type;
  std::uint16_t hdr_len;
  std::uint16_t gso_size;
  std::uint16_t csum_start;
  std::uint16_t csum_offset;
};

constexpr std::size_t kHeader = sizeof(Header);
static_assert(kHeader == 10);
constexpr std::size_t kOffset = TPACKET2_HDRLEN - sizeof(sockaddr_ll);

std::uint8_t* data_of(tpacket2_hdr* slot) {
  return reinterpret_cast<std::uint8_t*>(slot) + kOffset;
}

}  // namespace

Sender::Sender(const Interface& interface, std::uint32_t frames, std::uint32_t bytes)
    : ring_(PACKET_TX_RING, frames, bytes + kHeader) {
  const int bytes_waiting = kBufferBytes;  // Above net.core.wmem_max, where that is allowed.
  if (setsockopt(ring_.fd(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes_waiting, sizeof(bytes_waiting)) !=
      0) {
    ring_.set(SOL_SOCKET, SO_SNDBUF, kBufferBytes, "SO_SNDBUF");
  }
  ring_.bind(interface, 0);
}

std::uint8_t* Sender::room() const {
  if (waiting() == ring_.frames()) return nullptr;
  tpacket2_hdr* slot = ring_.slot(put_);
  return status_of(slot) == TP_STATUS_AVAILABLE ? data_of(slot) + kHeader : nullptr;
}

void Sender::put(std::size_t size) {
  tpacket2_hdr* slot = ring_.slot(put_);
  auto* header = reinterpret_cast<Header*>(data_of(slot));
  *header = {};
  header->hdr_len = static_cast<std::uint16_t>(size);  // All of it is copied.
  slot->tp_len = static_cast<std::uint32_t>(size + kHeader);
  set_status(slot, TP_STATUS_SEND_REQUEST);
  ++put_;
}

std::uint64_t Sender::hand_over() {
  if (waiting() == 0) return 0;
  const bool failed = send(ring_.fd(), nullptr, 0, MSG_DONTWAIT) < 0;
  const int error = errno;
  if (failed && error != EAGAIN && error != ENOBUFS && error != EINTR) {
    throw Failure("sending", error);
  }
  const std::uint64_t before = taken_;
  while (waiting() != 0) {
    const std::uint32_t status = status_of(ring_.slot(taken_));
    if ((status & TP_STATUS_WRONG_FORMAT) != 0) throw Failure("sending", EMSGSIZE);
    if (status == TP_STATUS_SEND_REQUEST) break;
    ++taken_;
  }
  return taken_ - before;
}

}  // namespace gauntlet
