// SPDX-License-Identifier: BSD-3-Clause
// The datagrams: each is taken from a front, decided on, and sent, kept or answered.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "faults/relay/fronts.hpp"
#include "faults/relay/scheduler.hpp"
#include "faults/relay/socket.hpp"

namespace gauntlet {

class Traffic {
 public:
  Traffic(Namespaces& namespaces, Fronts& fronts, Reports& reports);

  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] const Scheduler& scheduler() const { return scheduler_; }
  void report(bool on) { reporting_ = on; }
  [[nodiscard]] std::int64_t seen() const { return seen_; }
  [[nodiscard]] std::int64_t lost() const { return lost_; }

  // Sleeps until something comes; false where that was the lookout's bell.
  bool await(Front& front);

  // Takes what has come: at most so many, or all.
  void drain(Front& front, int most);
  void drain(Front& front);
  // Takes all that has come, past all rules.
  void pass_all(Front& front);

  // Sends what leaves by now: what was delayed, held, answered.
  void tick(std::int64_t now_ns);
  void release();
  void leave_all();

  // Those whose receivers have no room.
  [[nodiscard]] std::vector<Sender*> blocked() const;

  // A datagram did not get to `to`. Throws Failure where that is not the receiver's doing.
  void lose(const Datagram& datagram, const std::string& to, int error);

 private:
  bool next(Front& front);
  void arrive(Front& front);
  void send_leaving();
  Sender& asker(const std::string& address);

  Namespaces& namespaces_;
  Fronts& fronts_;
  Reports& reports_;
  Scheduler scheduler_;
  Receiver receiver_;
  Datagram incoming_;
  std::map<std::string, std::unique_ptr<Sender>> askers_;
  std::int64_t seen_ = 0;
  std::int64_t lost_ = 0;
  bool reporting_ = false;
};

}  // namespace gauntlet
