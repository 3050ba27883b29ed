// SPDX-License-Identifier: BSD-3-Clause
// Proves that a thread stops itself where a tracer would have stopped it, and goes on unharmed.
#include "targets/peer/stepping/self_step.hpp"

#include <gmock/gmock.h>
#include <rte_ring.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <vector>

#include "targets/peer/ring/operations.hpp"
#include "targets/peer/stepping/stepper.hpp"

namespace gauntlet {
namespace {

// A ring of this process alone, empty.
class Ring {
 public:
  Ring() : memory_(static_cast<std::size_t>(rte_ring_get_memsize(16)) / sizeof(Line) + 1) {
    rte_ring_init(get(), "own", 16, 0);
  }
  rte_ring* get() { return reinterpret_cast<rte_ring*>(memory_.data()); }
  unsigned put() {
    void* object = nullptr;
    return named_operation("enqueue_bulk")->run(get(), &object, 1);
  }

 private:
  struct alignas(RTE_CACHE_LINE_SIZE) Line {
    std::byte bytes[RTE_CACHE_LINE_SIZE];
  };
  std::vector<Line> memory_;
};

std::uintptr_t function() {
  return reinterpret_cast<std::uintptr_t>(named_operation("enqueue_bulk")->run);
}

// How many instructions it has, as a tracer counts them.
unsigned traced() {
  Ring ring;
  const auto child = Stepper::fork_at(function(), [&] { ring.put(); });
  while (child && child->at() != 0 && child->step()) {
  }
  return child ? child->executed() : 0;
}

TEST(SelfStep, StopsAfterEachInstructionAndNoLater) {
  const unsigned all = traced();
  ASSERT_GT(all, 10U);
  for (unsigned executed = 0; executed < all + 3; ++executed) {
    Ring ring;
    unsigned met = 0;
    const auto put = [&] { ring.put(); };
    const bool inside = interrupt_inside(function(), executed, put, [&] { ++met; });
    EXPECT_EQ(inside, executed < all) << executed << " of " << all;
    EXPECT_EQ(met, static_cast<unsigned>(inside));
    EXPECT_EQ(rte_ring_count(ring.get()), 1U);
  }
}

TEST(SelfStep, FindsTheRingTornInTheMiddle) {
  Ring ring;
  unsigned head = 0;
  unsigned tail = 0;
  interrupt_inside(
      function(), traced() / 2, [&] { ring.put(); },
      [&] {
        head = ring.get()->prod.head;
        tail = ring.get()->prod.tail;
      });
  EXPECT_EQ(head, tail + 1);
}

TEST(SelfStep, SaysSoWhenTheFunctionIsNeverCalled) {
  const auto nothing = [] {};
  EXPECT_FALSE(interrupt_inside(function(), 0, nothing, [] { FAIL(); }));
}

TEST(SelfStep, ProcessThatKillsItselfThereIsGone) {
  EXPECT_EXIT(
      {
        Ring ring;
        const auto put = [&] { ring.put(); };
        interrupt_inside(function(), 5, put, [] { kill(getpid(), SIGKILL); });
      },
      ::testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace gauntlet
