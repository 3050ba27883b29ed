// SPDX-License-Identifier: BSD-3-Clause
// What a process has moved through a ring, and when, for the checker of histories.
#pragma once

#include <rte_atomic.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// An object says who made it and in which order: producer << 48 | sequence number.
inline constexpr unsigned kProducerShift = 48;

// In place of an object: this call moved fewer than it was asked to.
inline constexpr std::uint64_t kShort = ~std::uint64_t{0};

// One object that went in or came out, and when the call that moved it began and returned.
struct Moved {
  std::uint64_t object;
  std::int64_t begin_ns;
  std::int64_t end_ns;
};

// What this process has moved, in its order. Written when it is over: files are slow.
class History {
 public:
  // Runs `move`, which moves up to `wanted` of the objects; how many it moved.
  template <typename Move>
  unsigned add(const std::vector<std::uint64_t>& objs, unsigned wanted, Move move) {
    const auto begin_ns = now_ns();
    // What the call reads it reads after `begin`, and what it writes all can see before `end`.
    rte_mb();
    const unsigned n = move();
    rte_mb();
    const auto end_ns = now_ns();
    for (unsigned i = 0; i < n; ++i) {
      records_.push_back({objs[i], begin_ns, end_ns});
    }
    // The first of many in vain tells: all later ones would fill the memory.
    if (n < wanted && !in_vain_) records_.push_back({kShort, begin_ns, end_ns});
    in_vain_ = n == 0;
    moved_ += n;
    return n;
  }

  [[nodiscard]] std::uint64_t moved() const { return moved_; }

  [[nodiscard]] bool write(const std::string& path) const {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(records_.data()),
              static_cast<std::streamsize>(records_.size() * sizeof(Moved)));
    out.close();
    return static_cast<bool>(out);
  }

 private:
  std::vector<Moved> records_;
  std::uint64_t moved_ = 0;
  bool in_vain_ = false;
};

inline Json written(const History& history, const Json& command) {
  const auto path = command["path"].get<std::string>();
  return {{"ret", history.write(path) ? Json(history.moved()) : Json(-1)}, {"path", path}};
}

}  // namespace gauntlet
