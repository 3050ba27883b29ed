// SPDX-License-Identifier: BSD-3-Clause
// Keeps the blocks that were freed last.
#include "faults/schedule/freed.hpp"

#include <malloc.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

// NOLINTNEXTLINE(bugprone-reserved-identifier): glibc's own, which no preloaded library replaces.
extern "C" void __libc_free(void* block);

namespace gauntlet::schedule {
namespace {

constexpr std::size_t kKept = 512;
// No pointer, no count and no text.
constexpr unsigned char kFill = 0xa5;

std::array<unsigned char*, kKept> kept{};
std::size_t oldest = 0;
std::atomic_flag taken = ATOMIC_FLAG_INIT;

bool untouched(const unsigned char* block) {
  const auto size = malloc_usable_size(const_cast<unsigned char*>(block));
  return size == 0 || (*block == kFill && std::memcmp(block, block + 1, size - 1) == 0);
}

class Taken {
 public:
  Taken() {
    while (taken.test_and_set()) sched_yield();
  }
  ~Taken() { taken.clear(); }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
};

}  // namespace

void keep_freed(void* block) {
  if (block == nullptr) return;
  const Taken now;
  auto* const bytes = static_cast<unsigned char*>(block);
  std::fill_n(bytes, malloc_usable_size(block), kFill);
  __libc_free(std::exchange(kept.at(oldest), bytes));
  oldest = (oldest + 1) % kKept;
}

void check_freed() {
  const Taken now;
  for (const auto* block : kept) {
    if (block == nullptr || untouched(block)) continue;
    constexpr std::string_view why = "gauntlet: memory was written to after it was freed\n";
    [[maybe_unused]] const auto told = write(STDERR_FILENO, why.data(), why.size());
    abort();
  }
}

}  // namespace gauntlet::schedule
