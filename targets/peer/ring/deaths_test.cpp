// SPDX-License-Identifier: BSD-3-Clause
// Proves that a death inside a ring operation is found for what it is, without EAL.
#include "targets/peer/ring/deaths.hpp"

#include <gmock/gmock.h>
#include <rte_ring.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>

#include "targets/peer/stepping/hang_watch.hpp"
#include "targets/peer/stepping/stepper.hpp"

namespace gauntlet {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

constexpr unsigned kCount = 64;

// A ring in memory that a forked process shares.
class SharedRing {
 public:
  explicit SharedRing(unsigned flags)
      : size_(static_cast<std::size_t>(rte_ring_get_memsize(kCount))),
        memory_(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    rte_ring_init(get(), "shared", kCount, flags);
  }
  ~SharedRing() { munmap(memory_, size_); }
  SharedRing(const SharedRing&) = delete;
  SharedRing& operator=(const SharedRing&) = delete;
  [[nodiscard]] rte_ring* get() const { return static_cast<rte_ring*>(memory_); }

 private:
  std::size_t size_;
  void* memory_;
};

const NamedOperation& operation(const std::string& name) { return *named_operation(name); }

std::vector<Death> walk(unsigned flags, const NamedOperation& inside, const Points& points = {},
                        unsigned held = 0, Repair repair = Repair::kNone) {
  const SharedRing ring(flags);
  const auto deaths = die_inside(ring.get(), inside, 8, {0, held}, points, repair);
  return deaths.value_or(std::vector<Death>{});
}

TEST(RingDeaths, SingleProducerPublishesStaleObjectsAndNobodyHangs) {
  const auto deaths = walk(RING_F_SP_ENQ | RING_F_SC_DEQ, operation("enqueue_bulk"));
  ASSERT_GT(deaths.size(), 8U);
  EXPECT_EQ(deaths.front().after.victims, 0U);
  EXPECT_EQ(deaths.back().after.victims, 8U);
  unsigned most_stale = 0;
  for (const auto& death : deaths) {
    EXPECT_THAT(death.after.producers_hang, IsEmpty());
    most_stale = std::max(most_stale, death.after.stale);
  }
  EXPECT_EQ(most_stale, 8U);
}

TEST(RingDeaths, MultiProducerHangsTheOthersOnceItHasMovedTheHead) {
  const auto deaths = walk(0, operation("enqueue_bulk"));
  ASSERT_GT(deaths.size(), 8U);
  EXPECT_THAT(deaths.front().after.producers_hang, IsEmpty());
  EXPECT_THAT(deaths.at(deaths.size() / 2).after.producers_hang, Not(IsEmpty()));
  EXPECT_THAT(deaths.back().after.producers_hang, IsEmpty());
}

TEST(RingDeaths, KilledIsAsStoppedForGood) {
  const auto stopped = walk(0, operation("enqueue_bulk"), {0, 7, false});
  const auto killed = walk(0, operation("enqueue_bulk"), {0, 7, true});
  ASSERT_EQ(stopped.size(), killed.size());
  for (std::size_t i = 0; i < stopped.size(); ++i) {
    EXPECT_EQ(stopped.at(i).at, killed.at(i).at);
    EXPECT_EQ(stopped.at(i).after.victims, killed.at(i).after.victims);
    EXPECT_EQ(stopped.at(i).after.producers_hang.empty(),
              killed.at(i).after.producers_hang.empty());
  }
}

TEST(RingDeaths, ResetLetsTheOthersGoOnAndDrainingFirstLosesNothing) {
  const auto reset = walk(0, operation("enqueue_bulk"), {0, 7, false}, 0, Repair::kReset);
  ASSERT_GT(reset.size(), 8U);
  for (const auto& death : reset) EXPECT_THAT(death.after.producers_hang, IsEmpty());
  const auto drained = walk(0, operation("enqueue_bulk"), {0, 7, false}, 4, Repair::kDrainReset);
  ASSERT_GT(drained.size(), 8U);
  for (const auto& death : drained) EXPECT_EQ(death.after.lost, 0U);
}

TEST(RingDeaths, SkippingADeadConsumerLosesNothingButWhatItHadTaken) {
  const auto deaths = walk(0, operation("dequeue_bulk"), {0, 3, false}, 20, Repair::kSkip);
  ASSERT_GT(deaths.size(), 8U);
  unsigned most = 0;
  for (const auto& death : deaths) {
    EXPECT_THAT(death.after.consumers_hang, IsEmpty());
    EXPECT_EQ(death.after.lost, 0U);
    most = std::max(most, death.after.victims);
  }
  EXPECT_EQ(most, 8U);
}

TEST(RingDeaths, CopiedObjectsAreCountedBeforeAnybodySeesThem) {
  const auto deaths = walk(0, operation("enqueue_bulk"));
  EXPECT_EQ(deaths.front().copied, 0U);
  EXPECT_EQ(deaths.back().copied, 8U);
  const auto half = [](const Death& death) { return death.copied == 4; };
  EXPECT_TRUE(std::any_of(deaths.begin(), deaths.end(), half));
}

// What a ring would do whose tail moves before its objects are there.
[[gnu::noinline]] unsigned publish_first(rte_ring* ring, void** objs, unsigned n) {
  auto* slots = reinterpret_cast<void**>(&ring[1]);
  const std::uint32_t head = ring->prod.head;
  ring->prod.head = head + n;
  __atomic_store_n(&ring->prod.tail, head + n, __ATOMIC_RELEASE);
  for (unsigned i = 0; i < n; ++i) slots[(head + i) & ring->mask] = objs[i];
  return n;
}

TEST(RingDeaths, ObjectsThatArePublishedBeforeTheyAreThereAreFound) {
  const auto deaths = walk(0, {"publish_first", publish_first, true});
  const auto stale = [](const Death& death) {
    return death.after.stale > 0 && death.after.producers_hang.empty();
  };
  EXPECT_TRUE(std::any_of(deaths.begin(), deaths.end(), stale));
}

TEST(Stepper, CountsTheInstructionsOfTheFunctionAlone) {
  const auto run = [] {
    const SharedRing ring(0);
    std::array<void*, 1> none{};
    operation("enqueue_bulk").run(ring.get(), none.data(), 0);
  };
  const auto function = reinterpret_cast<std::uintptr_t>(operation("enqueue_bulk").run);
  const auto child = Stepper::fork_at(function, run);
  ASSERT_TRUE(child);
  EXPECT_EQ(child->at(), function);
  while (child->at() != 0) ASSERT_TRUE(child->step());
  EXPECT_GT(child->executed(), 5U);
  EXPECT_LT(child->executed(), 100U);
}

TEST(Stepper, SaysSoWhenTheFunctionIsNeverCalled) {
  EXPECT_FALSE(Stepper::fork_at(reinterpret_cast<std::uintptr_t>(publish_first), [] {}));
}

TEST(HangWatch, GivesUpWhatSpinsAndNothingElse) {
  constexpr HangLimit kHangLimit{100'000, 3};
  std::atomic<unsigned> progress{0};
  volatile bool forever = true;
  EXPECT_THAT(run_or_give_up(kHangLimit, progress,
                             [&] {
                               while (forever) {
                               }
                             }),
              Not(IsEmpty()));
  EXPECT_THAT(run_or_give_up(kHangLimit, progress,
                             [&] {
                               while (progress < 5'000'000) ++progress;
                             }),
              IsEmpty());
}

}  // namespace
}  // namespace gauntlet
