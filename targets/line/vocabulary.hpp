// SPDX-License-Identifier: BSD-3-Clause
// What a program can be told: its verbs, each with its keys.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "targets/line/schema.hpp"

namespace gauntlet {

// The reason to refuse a command, beyond what its keys alone can tell; nothing if there is none.
using Check = std::function<std::optional<std::string>(const Json& command)>;

struct Declaration {
  Keys keys;
  Check check = nullptr;
  // Why this build of the program cannot run the verb, though others can; empty when it can.
  // g++ warns of a declaration without it where it has no initializer.
  std::string absent = std::string();  // NOLINT(readability-redundant-member-init)
};

// A line that came: the command, or the answer that refuses it.
struct Heard {
  Json command;
  std::optional<Json> refusal;
};

class Vocabulary {
 public:
  // A name that is added twice is a mistake of the program: throws std::logic_error.
  void add(const std::string& name, Declaration declaration);

  // Why the command cannot be run, or nothing.
  [[nodiscard]] std::optional<std::string> refuse(const Json& command) const;

  // Reads one line. A refusal is {"re": id or null, "refused": why}; {"re": id, "unsupported": why}
  // if the verb is absent.
  [[nodiscard]] Heard hear(const std::string& line) const;

  [[nodiscard]] const std::map<std::string, Declaration>& verbs() const { return verbs_; }

 private:
  [[nodiscard]] bool is_absent(const std::string& verb) const;

  std::map<std::string, Declaration> verbs_;
};

}  // namespace gauntlet
