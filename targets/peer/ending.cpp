// SPDX-License-Identifier: BSD-3-Clause
// Endings without clean-up, which lose nothing but what the test wants lost.
#include "targets/peer/ending.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string>

namespace gauntlet {
namespace {

// A librte_eal built with gcov exports this; a process that is killed would write no counters.
void dump_coverage() {
  if (auto* dump = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "__gcov_dump"))) dump();
}

// Beside AddressSanitizer, reports what nobody can free any more; _exit() would report nothing.
void check_for_leaks() {
  if (auto* check =
          reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "__lsan_do_recoverable_leak_check"))) {
    check();
  }
}

}  // namespace

void count_apart() {
  // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet.
  const char* prefix = getenv("GCOV_PREFIX");
  if (prefix == nullptr) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::string own = std::string(prefix) + "/" + std::to_string(getpid()) + "-" +
                          std::to_string(now.tv_sec) + "." + std::to_string(now.tv_nsec);
  setenv("GCOV_PREFIX", own.c_str(), 1);
  // NOLINTEND(concurrency-mt-unsafe)
}

void leave(int code) {
  check_for_leaks();
  dump_coverage();
  _exit(code);
}

void die(int signal) {
  dump_coverage();
  kill(getpid(), signal);
}

}  // namespace gauntlet
