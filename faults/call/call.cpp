// SPDX-License-Identifier: BSD-3-Clause
// Preloaded into a process, lets chosen calls of one of its libraries fail or take long, as the
// rules say that the process is given through gauntlet_call_rule().
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <optional>

// The names here are glibc's: its own functions, and those that this file replaces.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
extern "C" {
// glibc's own, which no preloaded library replaces: dlsym() itself allocates.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
}

namespace {

constexpr std::size_t kName = 32;
constexpr std::size_t kRules = 128;

constexpr int kGoesThrough = -1;

// What the process is told of a mistake in what it asks for. Nothing here may throw: the process
// under test would be taken for the one at fault.
constexpr int kNoRoom = -1;
constexpr int kTooLong = -2;
constexpr long kNoRule = -1;

constexpr long kNsPerSecond = 1000000000;

// One rule: from the nth matching call on, `times` of them wait `delay_ns`, or until the rule is
// healed, and then fail with `error`, unless that is kGoesThrough.
struct Rule {
  std::array<char, kName> function{};
  std::array<char, kName> library{};
  std::array<char, kName> thread{};  // empty: any
  std::array<char, kName> path{};    // what the call's path must end with
  long nth = 0;
  long times = 0;
  int error = 0;
  long delay_ns = 0;
  std::atomic<long> seen{0};
  std::atomic<long> bites{0};
  std::atomic<std::uint32_t> active{0};
};

std::array<Rule, kRules> rules;
std::atomic<std::size_t> used{0};

bool there_is(int index) { return index >= 0 && static_cast<std::size_t>(index) < used.load(); }
Rule& at(int index) { return rules.at(static_cast<std::size_t>(index)); }

// By how many seconds the wall clock that the process is shown is wrong.
std::atomic<long> wall_clock_step{0};

// Whether `address` lies in a loaded file whose name begins with `library`.
struct Segment {
  std::uintptr_t address;
  const char* library;
  bool inside;
};

int look(dl_phdr_info* info, std::size_t /*size*/, void* data) {
  auto* segment = static_cast<Segment*>(data);
  const char* slash = std::strrchr(info->dlpi_name, '/');
  const char* file = slash != nullptr ? slash + 1 : info->dlpi_name;
  if (std::strncmp(file, segment->library, std::strlen(segment->library)) != 0) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    const auto start = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && segment->address - start < header.p_memsz) {
      segment->inside = true;
    }
  }
  return static_cast<int>(segment->inside);
}

bool called_from(const void* caller, const char* library) {
  Segment segment{reinterpret_cast<std::uintptr_t>(caller), library, false};
  dl_iterate_phdr(look, &segment);
  return segment.inside;
}

bool on_thread(const char* wanted) {
  if (wanted[0] == '\0') return true;
  std::array<char, 17> name{};
  prctl(PR_GET_NAME, name.data());
  return std::strncmp(name.data(), wanted, kName) == 0;
}

bool ends_with(const char* text, const char* end) {
  const std::size_t length = std::strlen(text);
  const std::size_t wanted = std::strlen(end);
  return length >= wanted && std::strcmp(text + length - wanted, end) == 0;
}

// Not through any function that this file replaces.
void wait_until_healed(Rule& rule) {
  timespec until{};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &until);
  until.tv_sec += (until.tv_nsec + rule.delay_ns) / kNsPerSecond;
  until.tv_nsec = (until.tv_nsec + rule.delay_ns) % kNsPerSecond;
  long waited = 0;
  while (rule.active.load() != 0 && (waited == 0 || errno != ETIMEDOUT)) {
    waited = syscall(SYS_futex, &rule.active, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, nullptr,
                     FUTEX_BITSET_MATCH_ANY);
  }
}

// The error that this call must fail with, nothing when it goes through. 0 is "returns 0 at once".
std::optional<int> failure(const char* function, const void* caller, const char* path = "") {
  const std::size_t count = used.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) {
    Rule& rule = rules.at(i);
    if (rule.active.load(std::memory_order_acquire) == 0) continue;
    if (std::strcmp(rule.function.data(), function) != 0 || !on_thread(rule.thread.data()))
      continue;
    if (!ends_with(path, rule.path.data()) || !called_from(caller, rule.library.data())) continue;
    const long number = ++rule.seen;
    if (number < rule.nth || number >= rule.nth + rule.times) continue;
    ++rule.bites;
    if (rule.delay_ns > 0) wait_until_healed(rule);
    if (rule.error == kGoesThrough) return std::nullopt;
    return rule.error;
  }
  return std::nullopt;
}

// Whether this call must fail; errno says how.
bool fails(const char* function, const void* caller, const char* path = "") {
  const auto error = failure(function, caller, path);
  if (error) errno = *error;
  return error.has_value();
}

// The function that is replaced. pthread_cond_* exist twice in glibc, and dlsym() finds the old
// one.
template <typename Function>
Function* next(const char* name) {
#ifdef __x86_64__
  if (void* const found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2")) {
    return reinterpret_cast<Function*>(found);
  }
#endif
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool copy(std::array<char, kName>& to, const char* from) {
  const std::size_t length = std::strlen(from);
  if (length >= to.size()) return false;
  std::copy_n(from, length + 1, to.begin());
  return true;
}

}  // namespace

// Each replacement names its caller itself: no other frame can tell who that is.
extern "C" {

// Adds a rule; its number, kNoRoom or kTooLong. error: an errno; for pthread_* what they return; 0
// is "returns 0 at once", a wake-up without a reason; kGoesThrough is none.  delay_ns: before that,
// how long it waits, unless the rule is healed meanwhile.
int gauntlet_call_rule(const char* function, const char* library, const char* thread,
                       const char* path, long nth, long times, int error, long delay_ns) {
  const std::size_t index = used.load();
  if (index == kRules) return kNoRoom;
  Rule& rule = rules.at(index);
  if (!copy(rule.function, function) || !copy(rule.library, library) ||
      !copy(rule.thread, thread) || !copy(rule.path, path)) {
    return kTooLong;
  }
  rule.nth = nth;
  rule.times = times;
  rule.error = error;
  rule.delay_ns = delay_ns;
  rule.active.store(1, std::memory_order_release);
  used.store(index + 1, std::memory_order_release);
  return static_cast<int>(index);
}

// How many calls a rule has failed or delayed until now; kNoRule where there is no such rule.
long gauntlet_call_bites(int index) { return there_is(index) ? at(index).bites.load() : kNoRule; }

// Ends a rule, and the waits that are its; how many calls it has failed or delayed, or kNoRule.
long gauntlet_call_heal(int index) {
  if (!there_is(index)) return kNoRule;
  Rule& rule = at(index);
  rule.active.store(0);
  syscall(SYS_futex, &rule.active, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  return rule.bites;
}

// From now on the wall clock that this process is shown is so many seconds ahead of the kernel's,
// as if it had been stepped between two looks.
void gauntlet_wall_clock_step(long seconds) { wall_clock_step.store(seconds); }

void* malloc(std::size_t size) {
  if (fails("malloc", __builtin_return_address(0))) return nullptr;
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  if (fails("calloc", __builtin_return_address(0))) return nullptr;
  return __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) {
  if (fails("realloc", __builtin_return_address(0))) return nullptr;
  return __libc_realloc(old, size);
}

// Of libbsd, or of glibc from 2.38 on: here it needs neither.
std::size_t strlcpy(char* to, const char* from, std::size_t size) {
  failure("strlcpy", __builtin_return_address(0));
  const std::size_t length = std::strlen(from);
  if (size > 0) {
    const std::size_t copied = std::min(length, size - 1);
    std::memcpy(to, from, copied);
    to[copied] = '\0';
  }
  return length;
}

int socket(int domain, int type, int protocol) {
  if (fails("socket", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(socket)>("socket");
  return real(domain, type, protocol);
}

int bind(int fd, const sockaddr* address, socklen_t length) {
  if (fails("bind", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(bind)>("bind");
  return real(fd, address, length);
}

int epoll_create(int size) {
  if (fails("epoll_create", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(epoll_create)>("epoll_create");
  return real(size);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  if (fails("recvmsg", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(recvmsg)>("recvmsg");
  return real(fd, message, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (fails("sendmsg", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(sendmsg)>("sendmsg");
  return real(fd, message, flags);
}

int open(const char* path, int flags, ...) {
  if (fails("open", __builtin_return_address(0), path)) return -1;
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : mode_t{0};
  va_end(more);
  static auto* const real = next<decltype(open)>("open");
  return real(path, flags, mode);
}

#if defined(__LP64__)
// With 64-bit offsets, as here, it is the same function by another name. Its caller is open()'s.
int open64(const char* path, int flags, ...) __attribute__((alias("open")));
#else
#error "open64() differs from open() where offsets have 32 bits: it needs a replacement of its own"
#endif

DIR* opendir(const char* path) {
  if (fails("opendir", __builtin_return_address(0), path)) return nullptr;
  static auto* const real = next<decltype(opendir)>("opendir");
  return real(path);
}

int flock(int fd, int operation) {
  if (fails("flock", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(flock)>("flock");
  return real(fd, operation);
}

int clock_gettime(clockid_t clock, timespec* now) {
  if (fails("clock_gettime", __builtin_return_address(0))) return -1;
  static auto* const real = next<decltype(clock_gettime)>("clock_gettime");
  const int ret = real(clock, now);
  if (ret == 0 && clock == CLOCK_REALTIME) now->tv_sec += wall_clock_step.load();
  return ret;
}

int gettimeofday(timeval* now, void* zone) {
  static auto* const real = next<decltype(gettimeofday)>("gettimeofday");
  const int ret = real(now, zone);
  if (ret == 0) now->tv_sec += wall_clock_step.load();
  return ret;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  if (const auto error = failure("pthread_create", __builtin_return_address(0))) return *error;
  static auto* const real = next<decltype(pthread_create)>("pthread_create");
  return real(thread, attributes, start, argument);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  const auto error = failure("pthread_cond_timedwait", __builtin_return_address(0));
  if (error) return *error;
  static auto* const real = next<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
  return real(condition, mutex, until);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
