// SPDX-License-Identifier: BSD-3-Clause
// The runtime directory: before which sockets the relay stands, and when it comes and goes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "faults/relay/namespaces.hpp"
#include "faults/relay/reports.hpp"
#include "faults/relay/sender.hpp"
#include "faults/relay/socket_swap.hpp"
#include "faults/relay/undo.hpp"
#include "targets/line/handle.hpp"

namespace gauntlet {

// Our socket in the place of one peer's.
struct Front {
  std::string name;
  Handle socket;
  std::shared_ptr<const Handle> bell;  // of the lookout, connected to the socket
  Inode ours;
  Sender sender;
};

// True if a datagram came from a bell of the lookout: it is none of the deployment's.
bool is_bell(const Datagram& datagram);

class Fronts {
 public:
  struct Hooks {
    // Before and after a socket is put back: what has come there is taken.
    std::function<void(Front& front)> drain;
    // A datagram did not get to the socket `to`.
    std::function<void(const Datagram& datagram, const std::string& to, int error)> lost;
    // The front's socket is about to be closed.
    std::function<void(const Front& front)> gone;
  };

  Fronts(Namespaces& namespaces, UndoProcess& undo, Reports& reports, Hooks hooks);

  // 0 or errno. later: it has come since it was wanted.
  int stand_before(const std::string& name, bool later);

  // Also stands before those that come later and are meant by this ("primary", ...).
  void want(const std::string& whom) { wanted_.push_back(whom); }

  // The descriptor to poll for changes in the directory; see_changes() follows them.
  [[nodiscard]] int changes() const { return changes_.get(); }
  void see_changes();

  // The death of a receiver changes nothing in the directory: it is looked for at this time, or
  // once somebody is suspected.
  [[nodiscard]] std::int64_t next_look() const { return next_look_; }
  void look_for_dead(std::int64_t now);
  void suspect() { next_look_ = 0; }

  [[nodiscard]] bool empty() const { return fronts_.empty(); }
  [[nodiscard]] Front* find(const std::string& name) const;
  // The only one there is, or nullptr.
  [[nodiscard]] Front* only() const;
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Front>>& all() const { return fronts_; }

  // At the end: every socket is put back; then nothing more gets anywhere.
  void put_all_back() const;
  void give_up();

 private:
  void leave(const std::string& name, const char* why);
  void look_at(const std::string& name);
  void look_at_all();

  Namespaces& namespaces_;
  UndoProcess& undo_;
  Reports& reports_;
  Hooks hooks_;
  Handle changes_;
  std::map<std::string, std::unique_ptr<Front>> fronts_;
  std::vector<std::string> wanted_;
  std::int64_t next_look_ = 0;
};

}  // namespace gauntlet
