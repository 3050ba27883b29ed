// SPDX-License-Identifier: BSD-3-Clause
// The table that a ring operation copies from or to, from and to JSON.
#pragma once

#include <memory>
#include <vector>

#include "targets/peer/ring/known.hpp"
#include "targets/peer/stepping/stall.hpp"

namespace gauntlet {

// The bytes that an operation copies from or to. With "hold" in the command, the operation that
// touches them says the event "held" and stays where it is until it is released.
class CopiedBytes {
 public:
  CopiedBytes(const Call& call, std::vector<unsigned char> bytes);
  [[nodiscard]] void* data() { return held_ ? held_->data() : bytes_.data(); }

 private:
  std::vector<unsigned char> bytes_;
  std::unique_ptr<StallTable> held_;
};

// A table of pointers ("objs": integers) or of elements ("obj_table": bytes, "esize" each).
class Table {
 public:
  // The table that the command gives.
  explicit Table(const Call& call);
  // Room for so many elements; if nobody would have so many, for as many as the ring can hold.
  Table(const Call& call, const rte_ring* ring, unsigned n);

  [[nodiscard]] void* data() { return bytes_.data(); }
  [[nodiscard]] unsigned esize() const { return esize_; }
  // The number of its elements.
  [[nodiscard]] unsigned n() const { return n_; }

  // The first n of them: a list of integers, or bytes.
  [[nodiscard]] Json told(unsigned n);

 private:
  Table(const Call& call, std::vector<unsigned char> bytes);

  bool pointers_;
  unsigned esize_;
  unsigned n_;
  CopiedBytes bytes_;
};

// Keys of a verb whose ring is given a table, and why it is refused: what C could not say.
// `output`: the unsigned that DPDK writes, if it does.
Keys given_keys(bool elems, const char* output = nullptr);
std::optional<std::string> given_refusal(const Json& command);

// Keys of a verb whose ring fills a table.
Keys wanted_keys(bool elems, const char* output);
std::optional<std::string> wanted_refusal(const Json& command);

// One that does; those for pointers do not look at esize.
using Fill = unsigned (*)(rte_ring*, void*, unsigned esize, unsigned n, unsigned* available);

template <unsigned (*kRun)(rte_ring*, void**, unsigned, unsigned*)>
unsigned fill_objs(rte_ring* ring, void* table, unsigned /*esize*/, unsigned n, unsigned* left) {
  return kRun(ring, static_cast<void**>(table), n, left);
}

// ret, objs or obj_table, available.
Json filled(const Call& call, Fill run);

}  // namespace gauntlet
