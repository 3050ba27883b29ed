// SPDX-License-Identifier: BSD-3-Clause
// A socket of ours in the place of somebody's, in the current folder; and everything put back.
#pragma once

#include <sys/types.h>

#include <string>

#include "targets/line/handle.hpp"

namespace gauntlet {

// The inode that a name stands for; 0 if there is no such file.
struct Inode {
  dev_t device = 0;
  ino_t number = 0;
  bool operator==(const Inode& other) const {
    return device == other.device && number == other.number;
  }
  [[nodiscard]] bool there() const { return number != 0; }
};
Inode inode_of(const std::string& name);

// Where a live socket is while ours is in its place.
std::string aside_of(const std::string& name);

// True if a datagram socket lives behind this name.
bool lives(const std::string& name);

// Puts what is aside back, in one step. Where its owner has unlinked the name meanwhile, or put
// another socket there, ours is gone already, and so what is aside goes too.
void put_back(const std::string& name, const Inode& ours);

// Makes `socket` stand aside of `name`, as reachable as what is there, but not yet in its place.
// 0 or errno: EEXIST where another relay is before it.
int stand_aside(int socket, const std::string& name);

// Swaps what is aside and what is in the place, in one step; 0 or errno.
int swap(const std::string& name);

}  // namespace gauntlet
