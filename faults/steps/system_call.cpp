// SPDX-License-Identifier: BSD-3-Clause
// What a system call is called, and what it is about: read from the stopped process.
#include "faults/steps/system_call.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <map>

namespace gauntlet {
namespace {

const std::map<long, const char*>& names() {
  static const std::map<long, const char*> all = {
#include "system_call_names.inc"
  };
  return all;
}

std::size_t read_memory(pid_t pid, std::uint64_t from, void* to, std::size_t most) {
  const iovec local = {to, most};
  const iovec remote = {reinterpret_cast<void*>(from), most};  // NOLINT(performance-no-int-to-ptr)
  const ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

std::string text_at(pid_t pid, std::uint64_t from) {
  std::array<char, PATH_MAX> text{};
  std::size_t got = 0;
  // Up to the end of a page at a time: what follows may not be mapped.
  while (got < text.size() - 1) {
    const std::size_t page = 4096 - (from + got) % 4096;
    const std::size_t n =
        read_memory(pid, from + got, text.data() + got, std::min(page, text.size() - 1 - got));
    if (n == 0 || std::memchr(text.data() + got, 0, n) != nullptr) break;
    got += n;
  }
  return text.data();
}

std::string descriptor(pid_t pid, std::uint64_t fd) {
  const auto number = static_cast<int>(fd);
  if (number == AT_FDCWD) return "";
  const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number);
  std::array<char, PATH_MAX> path{};
  const ssize_t n = readlink(link.c_str(), path.data(), path.size() - 1);
  return n > 0 ? std::string(path.data(), static_cast<std::size_t>(n)) : "not open";
}

std::string address(pid_t pid, std::uint64_t from, std::size_t length) {
  sockaddr_un name{};
  if (from == 0 || read_memory(pid, from, &name, std::min(length, sizeof(name))) < 2) return "";
  if (name.sun_family != AF_UNIX) return "family " + std::to_string(name.sun_family);
  return {name.sun_path, strnlen(name.sun_path, sizeof(name.sun_path))};
}

std::string path_in(pid_t pid, std::uint64_t folder, std::uint64_t path) {
  const std::string name = text_at(pid, path);
  if (name.empty()) return descriptor(pid, folder);
  const std::string in = name[0] == '/' ? "" : descriptor(pid, folder);
  return in.empty() ? name : in + "/" + name;
}

std::string lock_name(std::uint64_t operation) {
  std::string name = (operation & LOCK_EX) != 0   ? "LOCK_EX"
                     : (operation & LOCK_SH) != 0 ? "LOCK_SH"
                                                  : "LOCK_UN";
  return (operation & LOCK_NB) != 0 ? name + "|LOCK_NB" : name;
}

std::string mapping(pid_t pid, const SystemCall& call) {
  if ((call.args[3] & MAP_ANONYMOUS) != 0) return "anonymous";
  return descriptor(pid, call.args[4]);
}

std::string futex_name(std::uint64_t operation) {
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      return "wait";
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return "wake";
    default:
      return "operation " + std::to_string(operation & FUTEX_CMD_MASK);
  }
}

}  // namespace

std::string name_of(long number) {
  const auto found = names().find(number);
  return found != names().end() ? found->second : "#" + std::to_string(number);
}

long number_of(const std::string& name) {
  const auto found = std::find_if(names().begin(), names().end(),
                                  [&name](const auto& entry) { return name == entry.second; });
  return found != names().end() ? found->first : -1;
}

bool is_fickle(long number) {
  return number == SYS_futex || number == SYS_sched_yield || number == SYS_restart_syscall ||
         number == SYS_nanosleep || number == SYS_clock_nanosleep;
}

std::string target_of(pid_t pid, const SystemCall& call) {
  const auto& args = call.args;
  switch (call.number) {
#ifdef SYS_open
    case SYS_open:
    case SYS_access:
    case SYS_readlink:
    case SYS_unlink:
    case SYS_mkdir:
    case SYS_rmdir:
    case SYS_stat:
    case SYS_lstat:
    case SYS_chmod:
#endif
    case SYS_statfs:
      return text_at(pid, args[0]);
    case SYS_openat:
    case SYS_newfstatat:
    case SYS_unlinkat:
    case SYS_readlinkat:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_mkdirat:
      return path_in(pid, args[0], args[1]);
    case SYS_flock:
      return descriptor(pid, args[0]) + " " + lock_name(args[1]);
    case SYS_mmap:
      return mapping(pid, call);
    case SYS_futex:
      return futex_name(args[1]);
    case SYS_bind:
    case SYS_connect:
      return address(pid, args[1], args[2]);
    case SYS_sendto: {
      const std::string to = address(pid, args[4], args[5]);
      return to.empty() ? descriptor(pid, args[0]) : to;
    }
    case SYS_sendmsg: {
      msghdr message{};
      if (read_memory(pid, args[1], &message, sizeof(message)) != sizeof(message)) return "";
      return address(pid, reinterpret_cast<std::uint64_t>(message.msg_name), message.msg_namelen);
    }
    case SYS_close:
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_fstat:
    case SYS_fstatfs:
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_lseek:
    case SYS_getdents64:
    case SYS_ioctl:
    case SYS_fcntl:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_listen:
    case SYS_epoll_wait:
      return descriptor(pid, args[0]);
    case SYS_epoll_ctl:
      return descriptor(pid, args[2]);
    default:
      return "";
  }
}

}  // namespace gauntlet
