// SPDX-License-Identifier: BSD-3-Clause
// Who made a system call: the nearest function on the stack that DPDK exports.
#pragma once

#include <elfutils/libdwfl.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gauntlet {

// The stacks of one process. Distributions strip their libraries: an address inside a static
// function has no name there, and the symbol before it would be a wrong one. What has a name is a
// function whose unwind entry begins where an exported symbol stands; all others are passed over.
class Callers {
 public:
  explicit Callers(pid_t pid);

  // "rte_mp_sendmsg"; "librte_eal" where only static functions of it are on the stack; the
  // program's or a library's name where nothing of DPDK is; "?" where the stack cannot be walked.
  // The thread must be stopped.
  std::string of(pid_t tid);

  // All functions on the stack of a stopped thread, innermost first: "library: function".
  std::vector<std::string> stack(pid_t tid);

 private:
  struct Object;
  struct Place {
    const Object* object = nullptr;
    std::string function;  // "" where nobody exports it
  };
  Place place_of(std::uint64_t pc);
  const Object* object_of(Dwfl_Module* module);
  void look_again();
  std::vector<std::uint64_t> frames(pid_t tid);

  pid_t pid_;
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl_;
  std::map<std::string, std::shared_ptr<Object>> objects_;
};

}  // namespace gauntlet
