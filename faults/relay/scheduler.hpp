// SPDX-License-Identifier: BSD-3-Clause
// What becomes of each datagram, and when it leaves: the rules at work, without a socket.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "faults/relay/rule.hpp"

namespace gauntlet {

// A datagram on its way out.
struct Leaving {
  std::shared_ptr<const Datagram> datagram;
  std::string to;       // the socket that it was sent to; of an answer, the asker's address
  bool answer = false;  // made here, in the name of the one who was asked
};

// The rule that took a datagram, and its action.
struct Decision {
  Action action = Action::kPass;
  std::optional<std::size_t> rule;
};

class Scheduler {
 public:
  // runtime: the folder in which the receivers' addresses are.
  explicit Scheduler(std::string runtime) : runtime_(std::move(runtime)) {}

  void set_layout(const Layout& layout) { layout_ = layout; }
  [[nodiscard]] const std::optional<Layout>& layout() const { return layout_; }
  void add(Rule rule) { rules_.push_back(std::move(rule)); }
  [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

  // The rule that takes a datagram that came for `to`; none before there is a layout.
  Decision decide(const Datagram& datagram, const std::string& to);

  // Counts it; whether it is passed as it is, so that nothing need be kept of it.
  bool passes(const Decision& decision);

  // Does it.
  void take(const Decision& decision, Datagram datagram, const std::string& to,
            std::int64_t now_ns);

  // Lets those leave that were delayed until now.
  void tick(std::int64_t now_ns);
  [[nodiscard]] std::optional<std::int64_t> next_due() const;

  // Lets the held ones leave, in the order in which they came.
  void release();

  // All that is in here leaves, in the order in which it came.
  void leave_all();

  [[nodiscard]] std::size_t waiting() const;

  // The datagrams that have left since the last call, in their order.
  std::vector<Leaving> leaving() { return std::exchange(out_, {}); }

 private:
  struct Passage {
    std::int64_t number;
    Leaving leaving;
  };
  struct Due {
    std::int64_t at;
    Passage passage;
    // Equal times go in the order of arrival.
    bool operator>(const Due& other) const {
      return at != other.at ? at > other.at : passage.number > other.passage.number;
    }
  };

  std::string runtime_;
  std::optional<Layout> layout_;
  std::vector<Rule> rules_;
  std::int64_t arrived_ = 0;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::deque<Passage> held_;
  std::map<std::size_t, std::vector<Passage>> groups_;  // by rule: waiting to be reordered
  std::vector<Leaving> out_;
};

const char* name_of(Action action);

}  // namespace gauntlet
