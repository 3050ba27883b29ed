// SPDX-License-Identifier: BSD-3-Clause
// Replacements of the calls by which processes meet, of those that tell the time, and of those in
// EAL's lists. Time passes only where that is chosen.
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "faults/schedule/freed.hpp"
#include "faults/schedule/turns.hpp"

// The names here are glibc's: its own functions, and those that this file replaces.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
extern "C" void __libc_free(void* block);

namespace {

constexpr std::uint64_t kTickNs = 1000;

}  // namespace

using namespace gauntlet::schedule;  // NOLINT(google-build-using-namespace)

// Each replacement names its caller itself: no other frame can tell who that is.
extern "C" {

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* const real = next<decltype(recvmsg)>("recvmsg");
  if (world() == nullptr || !of_interest(__builtin_return_address(0)))
    return real(fd, message, flags);
  enlist("ipc");
  point("recvmsg");
  wait_readable("recvmsg", fd);
  const ssize_t ret = real(fd, message, flags);
  const int error = errno;
  point("recvmsg");
  errno = error;
  return ret;
}

int epoll_wait(int fd, epoll_event* events, int most, int timeout_ms) {
  static auto* const real = next<decltype(epoll_wait)>("epoll_wait");
  if (world() == nullptr || timeout_ms >= 0 || !of_interest(__builtin_return_address(0)))
    return real(fd, events, most, timeout_ms);
  enlist("interrupt");
  wait_readable("epoll_wait", fd);
  return real(fd, events, most, timeout_ms);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const real = next<decltype(sendmsg)>("sendmsg");
  if (!takes_turns() || !of_interest(__builtin_return_address(0))) return real(fd, message, flags);
  point("sendmsg");
  // A full queue blocks the sender until the receiver has read: the kernel alone knows for how
  // long.
  ssize_t ret = real(fd, message, flags | MSG_DONTWAIT);
  if (ret < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT) == 0) {
    const Outside outside("sendmsg", -1);
    ret = real(fd, message, flags);
  }
  const int error = errno;
  woke(*world());
  point("sendmsg");
  errno = error;
  return ret;
}

ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  static auto* const real = next<decltype(send)>("send");
  if (on() && fd == control_fd() && size > 0 && static_cast<const char*>(data)[size - 1] == '\n') {
    ++world()->written;
  }
  return real(fd, data, size, flags);
}

ssize_t write(int fd, const void* data, std::size_t size) {
  static auto* const real = next<decltype(write)>("write");
  const ssize_t ret = real(fd, data, size);
  if (takes_turns() && of_interest(__builtin_return_address(0))) woke(*world());
  return ret;
}

int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* old) {
  static auto* const real = next<decltype(timerfd_settime)>("timerfd_settime");
  if (!on() || flags != 0 || !of_interest(__builtin_return_address(0)))
    return real(fd, flags, value, old);
  if (value->it_value.tv_sec < 0 || value->it_value.tv_nsec < 0 ||
      value->it_value.tv_nsec >= static_cast<long>(kNsPerSecond)) {
    errno = EINVAL;
    return -1;
  }
  const itimerspec never{};
  const int ret = real(fd, 0, &never, old);
  const auto in_ns = ns_of(value->it_value);
  const Lock lock(*world());
  Timer* room = nullptr;
  for (auto& timer : world()->timers) {
    const bool this_one = timer.deadline != 0 && timer.process == view().me && timer.fd == fd;
    if (this_one) timer.deadline = 0;
    if (this_one || (room == nullptr && timer.deadline == 0)) room = &timer;
  }
  if (room != nullptr && in_ns != 0) *room = {view().me, fd, world()->now_ns + in_ns};
  return ret;
}

int clock_gettime(clockid_t clock, timespec* now) {
  static auto* const real = next<decltype(clock_gettime)>("clock_gettime");
  if (!on() || (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_RAW) ||
      !of_interest(__builtin_return_address(0)))
    return real(clock, now);
  const Lock lock(*world());
  world()->now_ns += kTickNs;
  now->tv_sec = static_cast<time_t>(world()->now_ns / kNsPerSecond);
  now->tv_nsec = static_cast<long>(world()->now_ns % kNsPerSecond);
  return 0;
}

int nanosleep(const timespec* wanted, timespec* left) {
  static auto* const real = next<decltype(nanosleep)>("nanosleep");
  if (!takes_turns() || !of_interest(__builtin_return_address(0))) return real(wanted, left);
  {
    const Lock lock(*world());
    self()->key = 0;
    self()->deadline = world()->now_ns + ns_of(*wanted) + 1;
    arrive(*world(), *self(), State::kCondition, "nanosleep");
  }
  park(*self());
  self()->deadline = 0;
  return 0;
}

int flock(int fd, int operation) {
  static auto* const real = next<decltype(flock)>("flock");
  if (!takes_turns() || !of_interest(__builtin_return_address(0))) return real(fd, operation);
  point("flock");
  const int ret = real(fd, operation | LOCK_NB);
  if (ret == 0 || errno != EWOULDBLOCK || (operation & LOCK_NB) != 0) return ret;
  const Outside outside("flock", -1);
  return real(fd, operation);
}

// Whoever frees it: where a function ends with a call of free(), its own caller seems to be the
// one.
void free(void* block) {
  if (takes_turns()) {
    keep_freed(block);
  } else {
    __libc_free(block);
  }
}

DIR* opendir(const char* path) {
  static auto* const real = next<decltype(opendir)>("opendir");
  point("opendir", __builtin_return_address(0));
  return real(path);
}

int unlink(const char* path) {
  static auto* const real = next<decltype(unlink)>("unlink");
  point("unlink", __builtin_return_address(0));
  return real(path);
}

int close(int fd) {
  static auto* const real = next<decltype(close)>("close");
  point("close", __builtin_return_address(0));
  const int ret = real(fd);
  if (takes_turns()) woke(*world());
  return ret;
}

// Lists are walked by names: between two of them another thread may come.
int strcmp(const char* one, const char* other) {
  if (self() != nullptr) point("strcmp", __builtin_return_address(0));
  for (; *one != '\0' && *one == *other; ++one, ++other) {
  }
  return static_cast<unsigned char>(*one) - static_cast<unsigned char>(*other);
}

int strncmp(const char* one, const char* other, std::size_t most) {
  if (self() != nullptr) point("strncmp", __builtin_return_address(0));
  for (; most > 0 && *one != '\0' && *one == *other; ++one, ++other, --most) {
  }
  return most == 0 ? 0 : static_cast<unsigned char>(*one) - static_cast<unsigned char>(*other);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
