// SPDX-License-Identifier: BSD-3-Clause
// The staged ordered rings that this process has got, and whether this DPDK has any.
#pragma once

#include <rte_version.h>

// librte_ring has them from 25.03 on, and their peek from 26.07 on.
#define GAUNTLET_SORING (RTE_VERSION >= RTE_VERSION_NUM(25, 3, 0, 0))
#define GAUNTLET_SORING_PEEK (RTE_VERSION >= RTE_VERSION_NUM(26, 7, 0, 0))

#if GAUNTLET_SORING
#include <rte_soring.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// The sizes with which a soring was made, in bytes: DPDK tells them to nobody.
struct SoringSizes {
  unsigned elem = 0;
  unsigned meta = 0;
};

// Sorings that this process has initialised, or been told of: no other pointer is followed.
class Sorings {
 public:
  Json remember(rte_soring* soring, SoringSizes sizes);
  [[nodiscard]] std::optional<SoringSizes> find(rte_soring* soring) const;

 private:
  mutable std::mutex mutex_;
  std::map<rte_soring*, SoringSizes> known_;
};

Sorings& sorings();

// struct rte_soring_param as a command gives it; what it does not give is 0, or no name.
class SoringParameters {
 public:
  explicit SoringParameters(const Json& command);
  SoringParameters(const SoringParameters&) = delete;
  SoringParameters& operator=(const SoringParameters&) = delete;
  [[nodiscard]] const rte_soring_param* get() const { return &prm_; }

 private:
  std::string name_;
  rte_soring_param prm_{};
};

Keys soring_parameter_keys();

inline const Key kSoring = {"soring", Type::kPointer, Need::kRequired};

// NULL for null.
rte_soring* soring_of(const Json& command);

// A check: why the command's soring is not one of ours.
std::optional<std::string> soring_refusal(const Json& command);

// The sizes of the command's soring, which is one of ours.
SoringSizes sizes_of(const Json& command);

}  // namespace gauntlet
#endif
