// SPDX-License-Identifier: BSD-3-Clause
// A child that does nothing until the engine is gone; then it puts back what the engine has not.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "faults/relay/socket_swap.hpp"
#include "targets/line/handle.hpp"

namespace gauntlet {

class UndoProcess {
 public:
  // Starts it in the current folder. It closes all descriptors that it does not need itself. Throws
  // Failure: an engine without it must not stand before anybody.
  UndoProcess();
  UndoProcess(const UndoProcess&) = delete;
  UndoProcess& operator=(const UndoProcess&) = delete;
  UndoProcess(UndoProcess&&) = delete;
  UndoProcess& operator=(UndoProcess&&) = delete;
  // Lets it end, and waits for that.
  ~UndoProcess();

  // To be told before anything of ours stands in the folder, and when it has all been put back.
  // Throws Failure where the undo process is gone: nothing of ours may stand there then.
  void expect(const std::string& name) const;
  void note(const std::string& name, const Inode& ours) const;
  void forget(const std::string& name) const { (void)tell("forget " + name); }

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  // True if there is an undo process.
  [[nodiscard]] bool tell(const std::string& line) const;

  Handle pipe_;
  pid_t pid_ = -1;
};

// The taken places, as the undo process knows them.
class Taken {
 public:
  void hear(const std::string& line);
  void put_all_back() const;
  [[nodiscard]] bool empty() const { return places_.empty(); }

 private:
  std::map<std::string, Inode> places_;
};

}  // namespace gauntlet
