// SPDX-License-Identifier: BSD-3-Clause
// The socket, its ring and its memory. Blocks are of one size, so slots lie in a row.
#include "traffic/hand/ring.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

constexpr std::uint32_t kBlockBytes = 1U << 18U;

std::size_t bytes_of_ring(const tpacket_req& request) {
  return std::size_t{request.tp_block_size} * request.tp_block_nr;
}

}  // namespace

Interface::Interface(const std::string& name)
    : name(name), index(static_cast<int>(if_nametoindex(name.c_str()))) {
  if (index == 0) throw Failure("interface " + name, errno);
  ifreq asked{};
  name.copy(asked.ifr_name, IFNAMSIZ - 1);
  const Handle any(checked(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket"));
  checked(ioctl(any.get(), SIOCGIFMTU, &asked), "reading the MTU of " + name);
  mtu = static_cast<std::uint32_t>(asked.ifr_mtu);
}

Ring::Ring(int option, std::uint32_t frames, std::uint32_t bytes)
    : socket_(checked(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket")) {
  set(SOL_PACKET, PACKET_VERSION, TPACKET_V2, "TPACKET_V2");
  if (option == PACKET_TX_RING) {
    // With this header the kernel copies the frame. Without it the frame stays in its slot, which
    // the drivers of tap and lo give back to us while others still wait to read it.
    set(SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
    set(SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  }
  request_.tp_frame_size = std::bit_ceil(bytes + static_cast<std::uint32_t>(TPACKET2_HDRLEN));
  request_.tp_block_size = std::max(kBlockBytes, request_.tp_frame_size);
  const std::uint32_t per_block = request_.tp_block_size / request_.tp_frame_size;
  request_.tp_block_nr = (frames + per_block - 1) / per_block;
  request_.tp_frame_nr = request_.tp_block_nr * per_block;
  checked(setsockopt(fd(), SOL_PACKET, option, &request_, sizeof(request_)),
          option == PACKET_TX_RING ? "PACKET_TX_RING" : "PACKET_RX_RING");
  void* mapped = mmap(nullptr, bytes_of_ring(request_), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_POPULATE, fd(), 0);
  if (mapped == MAP_FAILED) throw Failure("mmap of a ring", errno);
  memory_ = static_cast<std::uint8_t*>(mapped);
}

Ring::~Ring() {
  if (memory_ != nullptr) munmap(memory_, bytes_of_ring(request_));
}

void Ring::bind(const Interface& interface, std::uint16_t protocol) const {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(protocol);
  address.sll_ifindex = interface.index;
  checked(::bind(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
          "binding to " + interface.name);
}

tpacket2_hdr* Ring::slot(std::uint64_t number) const {
  const std::size_t at = number % request_.tp_frame_nr;
  return reinterpret_cast<tpacket2_hdr*>(memory_ + at * request_.tp_frame_size);
}

void Ring::set(int level, int option, int value, const std::string& what) const {
  checked(setsockopt(fd(), level, option, &value, sizeof(value)), what);
}

std::uint32_t status_of(const tpacket2_hdr* slot) {
  return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);
}

void set_status(tpacket2_hdr* slot, std::uint32_t status) {
  __atomic_store_n(&slot->tp_status, status, __ATOMIC_RELEASE);
}

}  // namespace gauntlet
