// SPDX-License-Identifier: BSD-3-Clause
// Proves that one half of an operation moves a head and no tail, in every mode.
#include "half_operation.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace gauntlet {
namespace {

struct Free {
  void operator()(rte_ring* ring) const { std::free(ring); }
};

constexpr unsigned kCount = 64;

class HalfOperation : public ::testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    const auto size = static_cast<std::size_t>(rte_ring_get_memsize(kCount));
    ring_.reset(static_cast<rte_ring*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, size)));
    ASSERT_EQ(rte_ring_init(ring_.get(), "half", kCount, GetParam()), 0);
    for (unsigned i = 0; i < held_.size(); ++i) held_[i] = &held_[i];
    ASSERT_EQ(rte_ring_enqueue_bulk(ring_.get(), held_.data(), held_.size(), nullptr),
              held_.size());
  }

  std::unique_ptr<rte_ring, Free> ring_;
  std::array<void*, 8> held_{};
};

TEST_P(HalfOperation, PutLeavesWhatConsumersSeeAsItWas) {
  EXPECT_EQ(put_half(ring_.get(), 4), 4U);
  EXPECT_EQ(rte_ring_count(ring_.get()), 8U);
  std::array<void*, 16> taken{};
  EXPECT_EQ(rte_ring_dequeue_burst(ring_.get(), taken.data(), taken.size(), nullptr), 8U);
  EXPECT_EQ(rte_ring_dequeue_burst(ring_.get(), taken.data(), taken.size(), nullptr), 0U);
}

TEST_P(HalfOperation, PutReservesNoMoreThanThereIsRoom) {
  EXPECT_EQ(put_half(ring_.get(), kCount), kCount - 1 - 8);
}

TEST_P(HalfOperation, TakeSaysWhatItHasAndGivesNoRoomBack) {
  std::array<void*, 8> taken{};
  EXPECT_EQ(take_half(ring_.get(), taken.data(), 4), 4U);
  EXPECT_THAT(std::vector<void*>(taken.begin(), taken.begin() + 4),
              ::testing::ElementsAre(held_[0], held_[1], held_[2], held_[3]));
  EXPECT_EQ(rte_ring_free_count(ring_.get()), kCount - 1 - 8);
}

TEST_P(HalfOperation, TakeReservesNoMoreThanThereIs) {
  std::array<void*, 16> taken{};
  EXPECT_EQ(take_half(ring_.get(), taken.data(), taken.size()), 8U);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, HalfOperation,
                         ::testing::Values(RING_F_SP_ENQ | RING_F_SC_DEQ, 0U,
                                           RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ,
                                           RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ));

}  // namespace
}  // namespace gauntlet
