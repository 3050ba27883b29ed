// SPDX-License-Identifier: BSD-3-Clause
// Names in the runtime directory, changed so that at no time one is missing.
#include "faults/relay/socket_swap.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "faults/relay/socket.hpp"

namespace gauntlet {
namespace {

// A relay that was killed together with its undo process has left its dead socket in the place of a
// live one. Whether that was so, and is put right.
bool heal(const std::string& name) {
  const std::string aside = aside_of(name);
  if (lives(name) || !lives(aside)) return false;
  put_back(name, inode_of(name));
  return true;
}

}  // namespace

Inode inode_of(const std::string& name) {
  struct stat found = {};
  if (lstat(name.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

std::string aside_of(const std::string& name) { return "aside_" + name; }

bool lives(const std::string& name) {
  const Handle probe = datagram_socket();
  return connect_to(probe.get(), name) == 0;
}

int swap(const std::string& name) {
  const int done =
      renameat2(AT_FDCWD, aside_of(name).c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE);
  return done == 0 ? 0 : errno;
}

void put_back(const std::string& name, const Inode& ours) {
  const std::string aside = aside_of(name);
  if (ours.there() && inode_of(name) == ours) {
    const int error = swap(name);
    if (error == 0 && !(inode_of(aside) == ours)) swap(name);  // Somebody was faster than we.
    if (error == ENOENT && inode_of(name) == ours) unlink(name.c_str());
  }
  unlink(aside.c_str());
}

int stand_aside(int socket, const std::string& name) {
  struct stat there = {};
  if (stat(name.c_str(), &there) != 0) return errno;
  if (!S_ISSOCK(there.st_mode)) return ENOTSOCK;
  const std::string aside = aside_of(name);
  int error = bind_to(socket, aside);
  if (error == EADDRINUSE && heal(name)) error = bind_to(socket, aside);
  if (error != 0) return error == EADDRINUSE ? EEXIST : error;
  // Whoever could write to the one in the place can write to ours.
  if (chmod(aside.c_str(), there.st_mode & 07777) == 0 &&
      chown(aside.c_str(), there.st_uid, there.st_gid) == 0) {
    return 0;
  }
  error = errno;
  unlink(aside.c_str());
  return error;
}

}  // namespace gauntlet
