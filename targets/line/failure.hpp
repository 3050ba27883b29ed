// SPDX-License-Identifier: BSD-3-Clause
// A system call of Gauntlet's own that failed: never DPDK's fault.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace gauntlet {

// what() is "fork: Resource temporarily unavailable".
class Failure : public std::system_error {
 public:
  Failure(const std::string& call, int error)
      : std::system_error(error, std::generic_category(), call) {}
};

// The result of a system call that must not fail: throws Failure where it has.
inline int checked(int result, const std::string& call) {
  if (result < 0) throw Failure(call, errno);
  return result;
}

}  // namespace gauntlet
