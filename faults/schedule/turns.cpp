// SPDX-License-Identifier: BSD-3-Clause
// A thread stands at a point until it is its turn; and how a process comes into the world.
#include "faults/schedule/turns.hpp"

#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "faults/schedule/freed.hpp"

namespace gauntlet::schedule {
namespace {

// Whose calls are points: those of the library that is looked into.
struct Range {
  std::uintptr_t from = 0;
  std::uintptr_t to = 0;
};

Range points;
int control = -1;

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

// Stands in this state until it is this thread's turn.
void stand(State state, const char* at) {
  {
    const Lock lock(*world());
    arrive(*world(), *mine.thread, state, at);
  }
  park(*mine.thread);
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
  control = path != nullptr ? control_of_this_process() : -1;
  if (control < 0) return;
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

bool of_interest(const void* caller) {
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  return address >= points.from && address < points.to;
}

Thread* self() { return mine.thread; }

void begin(Thread& thread) {
  thread.tid = static_cast<std::int32_t>(gettid());
  mine.thread = &thread;
}

bool takes_turns() { return mine.thread != nullptr && on(); }

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

void wait_readable(const char* at, int fd) {
  pollfd one{fd, POLLIN, 0};
  do {
    if (takes_turns() && poll(&one, 1, 0) != 0) return;
    const Outside outside(at, fd);
    if (!outside.stays()) poll(&one, 1, -1);
    // What was there may be gone again before it is this thread's turn: a timer that is set anew.
  } while (takes_turns());
}

Outside::Outside(const char* at, int fd, std::uint64_t key) {
  if (mine.thread == nullptr) return;
  mine.thread->turn.store(0);
  const Lock lock(*world());
  mine.thread->fd = fd;
  mine.thread->key = key;
  if (fd >= 0) woke(*world());
  arrive(*world(), *mine.thread, State::kOutside, at);
  stays_ = mine.thread->state != State::kOutside;
}

Outside::~Outside() {
  const int error = errno;
  if (mine.thread != nullptr) back();
  errno = error;
}

void Outside::back() const {
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

int control_fd() { return control; }

void join_as_process(World& there, std::uintptr_t from, std::uintptr_t to) {
  points = {from, to};
  view() = {&there, 0};
  there.processes.front().pid = getpid();
}

}  // namespace gauntlet::schedule
