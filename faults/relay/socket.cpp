// SPDX-License-Identifier: BSD-3-Clause
// UNIX datagram sockets.
#include "faults/relay/socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

// Linux passes at most this many descriptors in one message (SCM_MAX_FD).
constexpr std::size_t kMostFds = 253;

using AddressCall = int (*)(int, const sockaddr*, socklen_t);

int with_address(AddressCall call, int socket, const std::string& address) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  // An abstract address ends where it ends, a path at its NUL.
  const bool abstract = !address.empty() && address.front() == '\0';
  const auto size = address.size() + (abstract ? 0 : 1);
  if (size > sizeof(un.sun_path)) return ENAMETOOLONG;
  std::copy(address.begin(), address.end(), std::begin(un.sun_path));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  return call(socket, reinterpret_cast<const sockaddr*>(&un), length) == 0 ? 0 : errno;
}

std::vector<Handle> descriptors_of(msghdr& message) {
  std::vector<Handle> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t n = 0; n < count; ++n) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + n * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

void put_address(const sockaddr_un& un, socklen_t length, std::string& address) {
  constexpr auto kBegin = offsetof(sockaddr_un, sun_path);
  const std::size_t size = length > kBegin ? length - kBegin : 0;
  const auto* path = static_cast<const char*>(un.sun_path);
  const bool abstract = size > 0 && *path == '\0';
  address.assign(path, abstract ? size : strnlen(path, size));
}

}  // namespace

Handle datagram_socket() {
  return Handle(checked(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
}

int bind_to(int socket, const std::string& address) { return with_address(bind, socket, address); }

int connect_to(int socket, const std::string& address) {
  return with_address(connect, socket, address);
}

bool Receiver::receive(int socket, Datagram& datagram) {
  return take(socket, datagram, MSG_DONTWAIT);
}

void Receiver::await(int socket, Datagram& datagram) { take(socket, datagram, 0); }

bool Receiver::take(int socket, Datagram& datagram, int flags) {
  alignas(cmsghdr) std::array<unsigned char, CMSG_SPACE(kMostFds * sizeof(int))> control;
  sockaddr_un un{};
  iovec part{bytes_.data(), bytes_.size()};
  msghdr message{};
  message.msg_name = &un;
  message.msg_namelen = sizeof(un);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = -1;
  do {
    size = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return false;
  checked(static_cast<int>(size), "recvmsg");
  datagram.bytes.assign(bytes_.begin(), bytes_.begin() + size);
  put_address(un, message.msg_namelen, datagram.from);
  datagram.fds = descriptors_of(message);
  if ((message.msg_flags & MSG_CTRUNC) != 0) throw Failure("recvmsg of descriptors", EMFILE);
  if ((message.msg_flags & MSG_TRUNC) != 0) throw Failure("recvmsg of a datagram", EMSGSIZE);
  return true;
}

int send_on(int socket, const Datagram& datagram) {
  alignas(cmsghdr) std::array<unsigned char, CMSG_SPACE(kMostFds * sizeof(int))> control;
  // sendmsg() does not write to what it is given.
  iovec part{const_cast<unsigned char*>(datagram.bytes.data()), datagram.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (const auto size = datagram.fds.size() * sizeof(int); size > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    for (std::size_t n = 0; n < datagram.fds.size(); ++n) {
      const int fd = datagram.fds[n].get();
      std::memcpy(CMSG_DATA(rights) + n * sizeof(int), &fd, sizeof(int));
    }
  }
  ssize_t sent = -1;
  do {
    sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

}  // namespace gauntlet
