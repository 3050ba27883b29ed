// SPDX-License-Identifier: BSD-3-Clause
// A verb's thread as one of EAL's: caches and lists go by the lcore.
#pragma once

#include <rte_lcore.h>

namespace gauntlet {

// While it lives, the calling thread is to DPDK the thread of this lcore, as EAL makes its own.
class AsLcore {
 public:
  explicit AsLcore(unsigned lcore_id) : before_(rte_lcore_id()) {
    RTE_PER_LCORE(_lcore_id) = lcore_id;
  }
  ~AsLcore() { RTE_PER_LCORE(_lcore_id) = before_; }
  AsLcore(const AsLcore&) = delete;
  AsLcore& operator=(const AsLcore&) = delete;

 private:
  unsigned before_;
};

}  // namespace gauntlet
