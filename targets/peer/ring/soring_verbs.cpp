// SPDX-License-Identifier: BSD-3-Clause
// Verbs that make staged ordered rings, and tell how they stand.
#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
#include "targets/peer/answer.hpp"
#include "targets/peer/handed_out.hpp"
#include "targets/peer/ring/dumped.hpp"
#endif
#include "targets/peer/families.hpp"

namespace gauntlet {
#if GAUNTLET_SORING
namespace {

// The first byte and the last.
std::optional<std::string> memory_refusal(const Json& command) {
  const auto* const begin = reinterpret_cast<const char*>(soring_of(command));
  if (begin == nullptr) return std::nullopt;
  const SoringParameters parameters(command);
  const ssize_t size = rte_soring_get_memsize(parameters.get());
  const auto why = handed_out_refusal("soring", command["soring"], begin);
  if (why || size <= 0) return why;
  return handed_out_refusal("soring", command["soring"], begin + size - 1);
}

std::optional<std::string> at_refusal(const Json& command) {
  if (command["elem_size"] == 0) return "elem_size is 0; it must be that of the soring";
  return memory_refusal(command);
}

Json soring_get_memsize(const Call& call) {
  const SoringParameters parameters(call.command);
  return with_errno(rte_soring_get_memsize(parameters.get()));
}

Json soring_init(const Call& call) {
  rte_soring* soring = soring_of(call.command);
  const SoringParameters parameters(call.command);
  const auto* const prm = parameters.get();
  const int ret = rte_soring_init(soring, call.command.contains("prm") ? nullptr : prm);
  if (ret == 0) sorings().remember(soring, {prm->elem_size, prm->meta_size});
  return with_errno(ret);
}

Json soring_at(const Call& call) {
  return {{"soring", sorings().remember(soring_of(call.command),
                                        {call.command["elem_size"].get<unsigned>(),
                                         call.command["meta_size"].get<unsigned>()})}};
}

Json soring_count(const Call& call) { return {{"ret", rte_soring_count(soring_of(call.command))}}; }

Json soring_free_count(const Call& call) {
  return {{"ret", rte_soring_free_count(soring_of(call.command))}};
}

Json soring_dump(const Call& call) {
  return dumped([&](FILE* file) { rte_soring_dump(file, soring_of(call.command)); });
}

}  // namespace

void add_soring_verbs(Verbs& verbs) {
  const Keys prm = soring_parameter_keys();
  Keys init = prm;
  init.push_back({"soring", Type::kPointer, Need::kRequired, Null::kAllowed});
  init.push_back({"prm", Type::kNull});
  const Keys at = {kSoring,
                   {"elem_size", Type::kUint32, Need::kRequired},
                   {"meta_size", Type::kUint32, Need::kRequired}};
  verbs.add("soring_get_memsize", {prm, soring_get_memsize});
  verbs.add("soring_init", {init, soring_init, memory_refusal});
  verbs.add("soring_at", {at, soring_at, at_refusal});
  verbs.add("soring_count", {{kSoring}, soring_count, soring_refusal});
  verbs.add("soring_free_count", {{kSoring}, soring_free_count, soring_refusal});
  verbs.add("soring_dump", {{kSoring}, soring_dump, soring_refusal});
}
#else
void add_soring_verbs(Verbs& verbs) {
  for (const char* name :
       {"soring_get_memsize", "soring_init", "soring_count", "soring_free_count", "soring_dump"}) {
    verbs.absent(name);
  }
  verbs.absent("soring_at", "rte_soring_init");
}
#endif

}  // namespace gauntlet
