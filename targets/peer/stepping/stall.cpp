// SPDX-License-Identifier: BSD-3-Clause
// The first touch is a fault of the page, whose handler runs on the thread that copies. That thread
// is in a copy loop, never inside malloc or a lock, so the handler may call what it likes.
#include "targets/peer/stepping/stall.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>
#include <utility>

namespace gauntlet {
namespace {

// What the signal handler must reach; C hands it nothing of ours.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
thread_local StallTable* closed = nullptr;
struct sigaction before;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void on_fault(int /*signal*/, siginfo_t* info, void* /*context*/) {
  if (closed != nullptr && closed->opened_at(info->si_addr)) return;
  // Somebody else's fault: the instruction is run again, and whoever was there before us has it.
  sigaction(SIGSEGV, &before, nullptr);
}

void watch_faults() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &before);
  });
}

}  // namespace

StallTable::StallTable(std::size_t bytes, std::function<void()> when_touched)
    : size_(std::max<std::size_t>(bytes, 1)),
      memory_(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)),
      when_touched_(std::move(when_touched)) {
  if (memory_ == MAP_FAILED) {  // NOLINT(performance-no-int-to-ptr): it is POSIX's
    throw std::system_error(errno, std::generic_category(), "mmap");
  }
}

StallTable::~StallTable() {
  closed = nullptr;
  munmap(memory_, size_);
}

void StallTable::close() {
  watch_faults();
  mprotect(memory_, size_, PROT_NONE);
  closed = this;
}

bool StallTable::opened_at(const void* address) {
  const auto* begin = static_cast<const char*>(memory_);
  const auto* at = static_cast<const char*>(address);
  if (at < begin || at >= begin + size_) return false;
  when_touched_();
  closed = nullptr;
  return mprotect(memory_, size_, PROT_READ | PROT_WRITE) == 0;
}

}  // namespace gauntlet
