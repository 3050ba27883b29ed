// SPDX-License-Identifier: BSD-3-Clause
// A table of objects at which an operation can be held: inside DPDK, while it copies them.
#pragma once

#include <cstddef>
#include <functional>

namespace gauntlet {

// Memory whose first touch, once it is closed, stops the thread that touches it until
// `when_touched` has returned; then the thread goes on as if nothing had been. So a ring operation
// is found where no other process can ever see it stand still: its place taken, and nothing of it
// finished.
class StallTable {
 public:
  StallTable(std::size_t bytes, std::function<void()> when_touched);
  ~StallTable();
  StallTable(const StallTable&) = delete;
  StallTable& operator=(const StallTable&) = delete;

  [[nodiscard]] void* data() const { return memory_; }

  // Closes the table: it will hold the calling thread, once. Other threads must not touch it.
  void close();

  // For the signal handler: whether the fault was ours, and is over.
  bool opened_at(const void* address);

 private:
  std::size_t size_;
  void* memory_;
  std::function<void()> when_touched_;
};

}  // namespace gauntlet
