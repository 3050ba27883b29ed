// SPDX-License-Identifier: BSD-3-Clause
// Enters a deployment, and takes addresses aside.
#include "faults/relay/namespaces.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "faults/relay/socket.hpp"
#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

Handle folder(const char* path) {
  return Handle(checked(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path));
}

// A file system that is mounted nowhere: what is made in it, nobody else can see.
Handle empty_tree() {
  const Handle context(checked(static_cast<int>(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)),  //
                               "fsopen"));
  checked(static_cast<int>(
              syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0)),
          "fsconfig");
  return Handle(checked(static_cast<int>(syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)),
                        "fsmount"));
}

void enter_root(int root) {
  checked(fchdir(root), "fchdir");
  checked(chroot("."), "chroot");
}

}  // namespace

Namespaces::Namespaces(const std::vector<int>& namespaces, int root, const std::string& runtime)
    : runtime_(runtime) {
  for (const int each : namespaces) checked(setns(each, 0), "setns");
  if (root >= 0) enter_root(root);
  root_ = folder("/");
  folder_ = folder(runtime.c_str());
  checked(fchdir(folder_.get()), "fchdir");
  unseen_ = empty_tree();
}

int Namespaces::bind_unseen(int socket, const std::string& address) {
  if (!address.empty() && address.front() == '\0') return bind_abstract(socket, address);
  enter_root(unseen_.get());
  for (auto slash = address.find('/', 1); slash != std::string::npos;
       slash = address.find('/', slash + 1)) {
    mkdir(address.substr(0, slash).c_str(), 0700);
  }
  const int error = bind_to(socket, address);
  unlink(address.c_str());
  enter_root(root_.get());
  checked(fchdir(folder_.get()), "fchdir");
  return error;
}

// Abstract addresses belong to a network namespace: in one of our own, all are free.
int Namespaces::bind_abstract(int socket, const std::string& address) {
  if (!apart_ && unshare(CLONE_NEWNET) != 0) return errno;
  apart_ = true;
  Handle there = datagram_socket();
  // A socket stays in the namespace that it was made in.
  checked(dup3(there.get(), socket, O_CLOEXEC), "dup3");
  return bind_to(socket, address);
}

}  // namespace gauntlet
