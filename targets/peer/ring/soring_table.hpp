// SPDX-License-Identifier: BSD-3-Clause
// The objects and the metadata that an operation on a staged ordered ring copies from or to.
#pragma once

#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
#include "targets/peer/ring/table.hpp"

namespace gauntlet {

// Keys of a verb that is given objects ("objs": bytes), and, if `meta`, their metadata.
Keys soring_given_keys(bool meta);
// Why the tables are refused: what C could not say.
std::optional<std::string> soring_given_refusal(const Json& command);

// The tables of such a command.
class SoringGiven {
 public:
  explicit SoringGiven(const Call& call);
  // NULL for "objs": null, and for "meta": null.
  [[nodiscard]] const void* objs() { return objs_given_ ? objs_.data() : nullptr; }
  [[nodiscard]] const void* meta() const { return meta_given_ ? meta_.data() : nullptr; }
  // "n" of the command, or else the number of objects.
  [[nodiscard]] unsigned n() const { return n_; }

 private:
  bool objs_given_;
  bool meta_given_;
  unsigned n_;
  CopiedBytes objs_;
  std::vector<unsigned char> meta_;
};

// Keys of a verb that fills tables for "num" objects; with "meta": null the one of the metadata is
// NULL.
Keys soring_wanted_keys(bool meta);
std::optional<std::string> soring_wanted_refusal(const Json& command);

// The tables of such a command: for "num" objects, or for as many as the soring can hold if nobody
// would have so many.
class SoringWanted {
 public:
  SoringWanted(const Call& call, bool meta);
  [[nodiscard]] void* objs() { return objs_.data(); }
  [[nodiscard]] void* meta() { return meta_wanted_ ? meta_.data() : nullptr; }
  // "ret", "objs" and, if it was wanted, "meta", of the first n objects.
  [[nodiscard]] Json told(unsigned n);

 private:
  SoringSizes sizes_;
  bool meta_wanted_;
  unsigned room_;
  CopiedBytes objs_;
  std::vector<unsigned char> meta_;
};

// A function of DPDK: the name of its verb, without "soring_". meta: whether it has metadata.
template <typename Function>
struct SoringFunction {
  const char* name;
  Function run;
  bool meta;
};

// All that take objects out, as those with metadata are; the others do not look at it.
using SoringDequeue = std::uint32_t (*)(rte_soring*, void* objs, void* meta, std::uint32_t num,
                                        std::uint32_t* available);

template <std::uint32_t (*kRun)(rte_soring*, void*, std::uint32_t, std::uint32_t*)>
std::uint32_t soring_take(rte_soring* soring, void* objs, void* /*meta*/, std::uint32_t num,
                          std::uint32_t* left) {
  return kRun(soring, objs, num, left);
}

void add_soring_dequeue(Verbs& verbs, const SoringFunction<SoringDequeue>& function);

}  // namespace gauntlet
#endif
