// SPDX-License-Identifier: BSD-3-Clause
// What the engine says to its owner: lines that wait in memory, so that a slow owner delays nobody.
#pragma once

#include <string>

#include "faults/relay/scheduler.hpp"
#include "targets/line/control.hpp"

namespace gauntlet {

class Reports {
 public:
  explicit Reports(int fd) : fd_(fd) {}

  void add(Json line) { text_ += line_of(std::move(line)); }

  // A datagram that came at this time, and what the rules make of it. Written by hand: this is told
  // of each.
  void add(std::int64_t at, const Datagram& datagram, const std::string& to,
           const Decision& decision);

  // Writes what the socket takes now. What an owner that is gone would have read is forgotten.
  void flush();

  // Writes all of it, however long that takes, as long as the owner is there.
  void flush_all();

  [[nodiscard]] bool waiting() const { return !text_.empty(); }
  // So much waits that no more should come.
  [[nodiscard]] bool full() const { return text_.size() > kMost; }

 private:
  static constexpr std::size_t kMost = std::size_t{16} << 20U;

  int fd_;
  std::string text_;
};

}  // namespace gauntlet
