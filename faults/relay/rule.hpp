// SPDX-License-Identifier: BSD-3-Clause
// One rule: which datagrams it is about, and what is done with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "faults/relay/datagram.hpp"
#include "targets/line/schema.hpp"

namespace gauntlet {

enum class Action { kPass, kDrop, kDouble, kDelay, kHold, kRelease, kReorder, kRewrite, kAnswer };

// The fate of a rewritten datagram's descriptors.
enum class Fds { kKept, kNone, kNull };

struct Rewriting {
  std::optional<std::int32_t> type;
  std::optional<std::string> name;
  std::optional<std::int32_t> len_param;
  std::optional<std::int32_t> num_fds;
  std::optional<std::string> param;
  Fds fds = Fds::kKept;
};

struct Rule {
  Action action = Action::kPass;

  // Which: what is absent matches any.
  std::optional<std::int32_t> type;
  std::optional<std::string> name;
  std::optional<std::string> from;  // "primary", "secondary", or a socket's name
  std::optional<std::string> to;
  std::int64_t nth = 1;              // the first of them that it takes
  std::optional<std::int64_t> most;  // how many it takes

  // What.
  std::int64_t delay_ns = 0;
  std::size_t group = 0;  // reordered together
  Rewriting rewriting;
  std::int32_t answer_type = 0;
  std::string answer_param;

  // The counters of a rule.
  std::int64_t matched = 0;
  std::int64_t taken = 0;
  std::int64_t bites = 0;
};

// A datagram, as the rules see it.
struct Sight {
  std::int32_t type;
  std::string_view name;
  std::string_view from;  // the sender's socket, without its folder
  std::string_view to;    // the receiver's
};

// Keys of the verb "rule".
extern const Keys kRuleKeys;

// The rule that a command describes, or why it describes none.
std::variant<Rule, std::string> rule_of(const Json& command);

// The last part of a path.
std::string_view base_of(std::string_view path);

// True if "primary", "secondary" or its own name means the socket of this name.
bool is_meant(const std::string& whom, std::string_view socket);

// True if the rule takes this datagram, which is counted then.
bool takes(Rule& rule, const Sight& sight);

// The datagram as the rule wants it.
void rewrite(const Layout& layout, const Rewriting& rewriting, Datagram& datagram);

}  // namespace gauntlet
