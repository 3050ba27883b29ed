// SPDX-License-Identifier: BSD-3-Clause
// Libraries whose objects lie in shared memory and have names, each used in one way.
#pragma once

#include <array>
#include <cstdint>

namespace gauntlet {

// An object maps numbers to values, as routes, rules or keys do: number n has the value n + 1 once
// it is added.
struct Library {
  const char* name;  // of its functions, without rte_
  void* (*create)(const char* name);
  void* (*find_existing)(const char* name);
  void (*free)(void* object);
  int (*add)(void* object, std::uint8_t number);  // 0, or the negative errno
  // The value; -ENOENT where the number was not added, or another negative errno.
  std::int64_t (*lookup)(void* object, std::uint8_t number);
};

inline constexpr std::int64_t value_of(std::uint8_t number) { return number + 1; }

// Room in each of them.
inline constexpr std::uint32_t kMostNumbers = 256;

extern const Library kAcl;
extern const Library kFib;
extern const Library kLpm;
extern const Library kMember;
extern const Library kRib;

}  // namespace gauntlet
