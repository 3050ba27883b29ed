// SPDX-License-Identifier: BSD-3-Clause
// Preloaded into each process of a scene: before and after the calls by which its threads meet, a
// thread waits until it is its turn. Time passes only where that is chosen.
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>

#include "faults/schedule/freed.hpp"
#include "faults/schedule/world.hpp"

// The names here are glibc's: its own functions, and those that this file replaces.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
extern "C" void __libc_free(void* block);

namespace gauntlet::schedule {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kTickNs = 1000;

// Whose calls are points: those of the library that is looked into.
struct Range {
  std::uintptr_t from = 0;
  std::uintptr_t to = 0;
};

Range points;
int control_fd = -1;

int look(dl_phdr_info* info, std::size_t /*size*/, void* data) {
  const char* const slash = std::strrchr(info->dlpi_name, '/');
  const char* const file = slash != nullptr ? slash + 1 : info->dlpi_name;
  if (std::strncmp(file, static_cast<const char*>(data),
                   std::strlen(static_cast<const char*>(data))) != 0)
    return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    const auto from = info->dlpi_addr + header.p_vaddr;
    points.from = points.from == 0 ? from : std::min(points.from, from);
    points.to = std::max(points.to, from + header.p_memsz);
  }
  return 1;
}

// pthread_cond_* exist twice in glibc, and dlsym() finds the old one.
template <typename Function>
Function* next(const char* name) {
  if (void* const found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2")) {
    return reinterpret_cast<Function*>(found);
  }
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool of_interest(const void* caller) {
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  return address >= points.from && address < points.to;
}

World* world() { return view().world; }
bool on() { return world() != nullptr && world()->on.load(std::memory_order_acquire) != 0; }

std::uint64_t key_of(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

// This thread, where it is one of those that take turns; it says so when it ends.
struct Mine {
  Thread* thread = nullptr;
  ~Mine();
};
thread_local Mine mine;

Mine::~Mine() {
  if (thread == nullptr || world() == nullptr) return;
  if (on()) check_freed();
  const Lock lock(*world());
  const auto self = static_cast<std::uint64_t>(pthread_self());
  for (auto& one : world()->threads) {
    if (one.state == State::kOutside && one.key == self && one.process == view().me) {
      one.state = State::kArriving;
    }
  }
  arrive(*world(), *thread, on() ? State::kEnded : State::kFree, nullptr);
  thread = nullptr;
}

void begin(Thread& thread) {
  thread.tid = static_cast<std::int32_t>(gettid());
  mine.thread = &thread;
}

bool takes_turns() { return mine.thread != nullptr && on(); }

// Stands in this state until it is this thread's turn.
void stand(State state, const char* at) {
  {
    const Lock lock(*world());
    arrive(*world(), *mine.thread, state, at);
  }
  park(*mine.thread);
}

void point(const char* at) {
  if (takes_turns()) stand(State::kReady, at);
}

void point(const char* at, const void* caller) {
  if (of_interest(caller)) point(at);
}

void enlist(const char* kind) {
  if (mine.thread != nullptr || world() == nullptr || getpid() == gettid()) return;
  const Lock lock(*world());
  if (Thread* const thread = add_thread(*world(), kind)) {
    begin(*thread);
  }
}

// Takes turns no more until the call is done, which waits in the kernel.
class Outside {
 public:
  Outside(const char* at, int fd, std::uint64_t key = 0) {
    if (mine.thread == nullptr) return;
    mine.thread->turn.store(0);
    const Lock lock(*world());
    mine.thread->fd = fd;
    mine.thread->key = key;
    if (fd >= 0) woke(*world());
    arrive(*world(), *mine.thread, State::kOutside, at);
    stays_ = mine.thread->state != State::kOutside;
  }
  ~Outside() {
    const int error = errno;
    if (mine.thread != nullptr) back();
    errno = error;
  }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  // There was something for it before it went.
  [[nodiscard]] bool stays() const { return stays_; }

 private:
  void back() const {
    {
      const Lock lock(*world());
      if (!stays_) {
        mine.thread->fd = -1;
        mine.thread->key = 0;
        arrive(*world(), *mine.thread, State::kReady, nullptr);
      }
      if (!on()) return;
    }
    park(*mine.thread);
  }

  bool stays_ = false;
};

// Waits for what can be read, and leaves it there: so whoever decides sees that this thread comes.
void wait_readable(const char* at, int fd) {
  pollfd one{fd, POLLIN, 0};
  do {
    if (takes_turns() && poll(&one, 1, 0) != 0) return;
    const Outside outside(at, fd);
    if (!outside.stays()) poll(&one, 1, -1);
    // What was there may be gone again before it is this thread's turn: a timer that is set anew.
  } while (takes_turns());
}

// Whether somebody has the mutex who takes no turns, and so gives it back without being let go on.
bool comes_free(const pthread_mutex_t& mutex) {
  const auto& all = world()->threads;
  return std::none_of(all.begin(), all.end(), [&](const auto& one) {
    return one.process == view().me && one.tid == mutex.__data.__owner &&
           one.state != State::kFree && one.state != State::kEnded;
  });
}

void lock_in_turn(pthread_mutex_t* mutex, int& ret) {
  static auto* const try_lock = next<decltype(pthread_mutex_trylock)>("pthread_mutex_trylock");
  static auto* const real = next<decltype(pthread_mutex_lock)>("pthread_mutex_lock");
  while (on()) {
    bool free_soon = false;
    {
      const Lock lock(*world());
      ret = try_lock(mutex);
      if (ret != EBUSY) return;
      free_soon = comes_free(*mutex);
      if (!free_soon) {
        mine.thread->key = key_of(mutex);
        arrive(*world(), *mine.thread, State::kLock, "pthread_mutex_lock");
      }
    }
    if (free_soon) {
      sched_yield();
    } else {
      park(*mine.thread);
    }
  }
  ret = real(mutex);
}

int unlock(pthread_mutex_t* mutex) {
  static auto* const real = next<decltype(pthread_mutex_unlock)>("pthread_mutex_unlock");
  if (!on()) return real(mutex);
  const Lock lock(*world());
  const int ret = real(mutex);
  unlocked(*world(), key_of(mutex));
  decide(*world());
  return ret;
}

// deadline: 0: none. ETIMEDOUT where that came first.
int wait_in_turn(pthread_cond_t* condition, pthread_mutex_t* mutex, std::uint64_t deadline) {
  static auto* const real_unlock = next<decltype(pthread_mutex_unlock)>("pthread_mutex_unlock");
  Thread& thread = *mine.thread;
  {
    const Lock lock(*world());
    real_unlock(mutex);
    unlocked(*world(), key_of(mutex));
    thread.key = key_of(condition);
    thread.deadline = deadline;
    thread.timed_out = 0;
    arrive(*world(), thread, State::kCondition, "pthread_cond_wait");
  }
  park(thread);
  thread.deadline = 0;
  int ret = 0;
  lock_in_turn(mutex, ret);
  return thread.timed_out != 0 ? ETIMEDOUT : ret;
}

void signalled(pthread_cond_t* condition, bool all) {
  if (!on()) return;
  const Lock lock(*world());
  for (auto& one : world()->threads) {
    if (one.state != State::kCondition || one.key != key_of(condition) || one.process != view().me)
      continue;
    one.state = State::kReady;
    if (!all) break;
  }
  decide(*world());
}

std::uint64_t ns_of(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// What a new thread runs, and which it is.
struct Start {
  void* (*run)(void*);
  void* argument;
  Thread* thread;
};

void* run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  if (start->thread != nullptr) {
    begin(*start->thread);
    bool turns = false;
    {
      const Lock lock(*world());
      turns = on();
      arrive(*world(), *start->thread, State::kReady, "start");
    }
    if (turns) park(*start->thread);
  }
  auto* const what = start->run;
  void* const with = start->argument;
  return what(with);
}

Thread* new_thread() {
  if (!on()) return nullptr;
  const Lock lock(*world());
  auto& process = world()->processes.at(static_cast<std::size_t>(view().me));
  Thread* const thread = add_thread(*world(), ("thread" + std::to_string(++process.made)).c_str());
  ++world()->starts;
  futex_wake(world()->starts);
  return thread;
}

// The descriptor of the director, from --control-fd=N.
int control_of_this_process() {
  std::ifstream file("/proc/self/cmdline");
  for (std::string word; std::getline(file, word, '\0');) {
    const std::string option = "--control-fd=";
    if (word.rfind(option, 0) == 0) return std::atoi(word.c_str() + option.size());
  }
  return -1;
}

__attribute__((constructor)) void join_in() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread yet.
  const char* const path = std::getenv("GAUNTLET_SCHEDULE");
  control_fd = path != nullptr ? control_of_this_process() : -1;
  if (control_fd < 0) return;
  World* const there = map(path, false);
  if (there == nullptr) {
    std::perror(path);
    _exit(2);
  }
  std::string begins = "librte_eal";
  dl_iterate_phdr(look, begins.data());
  view().world = there;
  const Lock lock(*there);
  for (std::size_t i = 0; i < kProcesses; ++i) {
    if (there->processes.at(i).pid != 0) continue;
    there->processes.at(i).pid = getpid();
    view().me = static_cast<std::int32_t>(i);
    return;
  }
  view().world = nullptr;
}

}  // namespace

void join_as_process(World& there, std::uintptr_t from, std::uintptr_t to) {
  points = {from, to};
  view() = {&there, 0};
  there.processes.front().pid = getpid();
}

}  // namespace gauntlet::schedule

using namespace gauntlet::schedule;  // NOLINT(google-build-using-namespace)

// Each replacement names its caller itself: no other frame can tell who that is.
extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static auto* const real = next<decltype(pthread_mutex_lock)>("pthread_mutex_lock");
  if (!takes_turns()) return real(mutex);
  point("pthread_mutex_lock", __builtin_return_address(0));
  int ret = 0;
  lock_in_turn(mutex, ret);
  return ret;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  const int ret = unlock(mutex);
  point("pthread_mutex_unlock", __builtin_return_address(0));
  return ret;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real = next<decltype(pthread_cond_wait)>("pthread_cond_wait");
  if (!takes_turns()) return real(condition, mutex);
  return wait_in_turn(condition, mutex, 0);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  static auto* const real = next<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
  if (!takes_turns() || !of_interest(__builtin_return_address(0)))
    return real(condition, mutex, until);
  if (until->tv_nsec < 0 || until->tv_nsec >= static_cast<long>(kNsPerSecond)) return EINVAL;
  // The clock of the deadline is the one that is shown; what is over already is no wait.
  return wait_in_turn(condition, mutex,
                      until->tv_sec < 0 ? 1 : std::max<std::uint64_t>(1, ns_of(*until)));
}

int pthread_cond_signal(pthread_cond_t* condition) {
  static auto* const real = next<decltype(pthread_cond_signal)>("pthread_cond_signal");
  point("pthread_cond_signal", __builtin_return_address(0));
  signalled(condition, false);
  return real(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
  static auto* const real = next<decltype(pthread_cond_broadcast)>("pthread_cond_broadcast");
  point("pthread_cond_broadcast", __builtin_return_address(0));
  signalled(condition, true);
  return real(condition);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  static auto* const real = next<decltype(pthread_create)>("pthread_create");
  if (!on()) return real(thread, attributes, start, argument);
  Thread* const made = new_thread();
  auto what = std::make_unique<Start>(Start{start, argument, made});
  const int ret = real(thread, attributes, run, what.get());
  if (ret == 0) {
    what.release();  // NOLINT(bugprone-unused-return-value): the thread has it now.
  } else if (made != nullptr) {
    const Lock lock(*world());
    made->state = State::kEnded;
  }
  return ret;
}

int pthread_join(pthread_t thread, void** value) {
  static auto* const real = next<decltype(pthread_join)>("pthread_join");
  if (!takes_turns()) return real(thread, value);
  const Outside outside("pthread_join", -1, static_cast<std::uint64_t>(thread));
  return real(thread, value);
}

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
  if (on() && fd == control_fd && size > 0 && static_cast<const char*>(data)[size - 1] == '\n') {
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
    mine.thread->key = 0;
    mine.thread->deadline = world()->now_ns + ns_of(*wanted) + 1;
    arrive(*world(), *mine.thread, State::kCondition, "nanosleep");
  }
  park(*mine.thread);
  mine.thread->deadline = 0;
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
  if (mine.thread != nullptr) point("strcmp", __builtin_return_address(0));
  for (; *one != '\0' && *one == *other; ++one, ++other) {
  }
  return static_cast<unsigned char>(*one) - static_cast<unsigned char>(*other);
}

int strncmp(const char* one, const char* other, std::size_t most) {
  if (mine.thread != nullptr) point("strncmp", __builtin_return_address(0));
  for (; most > 0 && *one != '\0' && *one == *other; ++one, ++other, --most) {
  }
  return most == 0 ? 0 : static_cast<unsigned char>(*one) - static_cast<unsigned char>(*other);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-inconsistent-declaration-parameter-name)
