// SPDX-License-Identifier: BSD-3-Clause
// Which staged ordered rings a peer may touch.
#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
namespace gauntlet {

Json Sorings::remember(rte_soring* soring, SoringSizes sizes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  known_[soring] = sizes;
  return text_of(soring);
}

std::optional<SoringSizes> Sorings::find(rte_soring* soring) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = known_.find(soring);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

Sorings& sorings() {
  static Sorings known;
  return known;
}

SoringParameters::SoringParameters(const Json& command)
    : name_(command.value("name", std::string())) {
  prm_.name = name_.c_str();
  prm_.elems = command.value("elems", 0U);
  prm_.elem_size = command.value("elem_size", 0U);
  prm_.meta_size = command.value("meta_size", 0U);
  prm_.stages = command.value("stages", 0U);
  prm_.prod_synt = static_cast<rte_ring_sync_type>(command.value("prod_synt", 0U));
  prm_.cons_synt = static_cast<rte_ring_sync_type>(command.value("cons_synt", 0U));
}

Keys soring_parameter_keys() {
  return {{"name", Type::kString},       {"elems", Type::kUint32},  {"elem_size", Type::kUint32},
          {"meta_size", Type::kUint32},  {"stages", Type::kUint32}, {"prod_synt", Type::kUnsigned},
          {"cons_synt", Type::kUnsigned}};
}

rte_soring* soring_of(const Json& command) {
  const Json& soring = command["soring"];
  return soring.is_null() ? nullptr : static_cast<rte_soring*>(pointer_of(soring));
}

std::optional<std::string> soring_refusal(const Json& command) {
  if (sorings().find(soring_of(command))) return std::nullopt;
  return "soring " + command["soring"].dump() + " is not known to this peer: see soring_at";
}

SoringSizes sizes_of(const Json& command) {
  return sorings().find(soring_of(command)).value_or(SoringSizes{});
}

}  // namespace gauntlet
#endif
