// SPDX-License-Identifier: BSD-3-Clause
// What a system call is called, and what it is about.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>

namespace gauntlet {

struct SystemCall {
  long number = -1;
  std::array<std::uint64_t, 6> args{};
};

// "openat"; "#451" where this machine's headers know no name.
std::string name_of(long number);

// -1 where this machine's headers know no such call.
long number_of(const std::string& name);

// A path, what a descriptor opens, an address, an operation; "" where there is nothing to tell.
// `pid` is the process, which must be stopped at this call's entry.
std::string target_of(pid_t pid, const SystemCall& call);

// True if the kernel's timing, and not the program alone, decides if this call is made at all: a
// lock that is free is taken without one, and what waits looks more often on a slow machine.
bool is_fickle(long number);

}  // namespace gauntlet
