// SPDX-License-Identifier: BSD-3-Clause
// From a line to a command whose verb and keys are known, or to a refusal that names what is wrong.
#include "targets/line/vocabulary.hpp"

#include <stdexcept>
#include <utility>

#include "targets/line/join.hpp"

namespace gauntlet {
namespace {

const char* const kShape =
    R"(a command is one JSON object a line: {"id": integer, "verb": "...", ...})";

std::string verb_of(const Json& command) { return command["verb"].get<std::string>(); }

}  // namespace

void Vocabulary::add(const std::string& name, Declaration declaration) {
  if (!verbs_.emplace(name, std::move(declaration)).second) {
    throw std::logic_error("the verb " + name + " is there twice");
  }
}

std::optional<std::string> Vocabulary::refuse(const Json& command) const {
  if (!command.is_object() || !command.contains("verb") || !command["verb"].is_string()) {
    return kShape;
  }
  const auto name = verb_of(command);
  const auto verb = verbs_.find(name);
  if (verb == verbs_.end()) {
    return "unknown verb \"" + name + "\"; the verbs are: " + names_of(verbs_);
  }
  const Declaration& declared = verb->second;
  if (!declared.absent.empty()) return declared.absent;
  if (auto why = refusal(name, declared.keys, command)) return why;
  return declared.check ? declared.check(command) : std::nullopt;
}

bool Vocabulary::is_absent(const std::string& verb) const {
  const auto found = verbs_.find(verb);
  return found != verbs_.end() && !found->second.absent.empty();
}

Heard Vocabulary::hear(const std::string& line) const {
  Json command = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool has_id =
      command.is_object() && command.contains("id") && fits(Type::kLong, command["id"]);
  const auto why = has_id ? refuse(command) : R"(a command needs "id", an integer)";
  if (!why) return {std::move(command), std::nullopt};
  const Json id = has_id ? command["id"] : Json();
  const bool absent = has_id && command.contains("verb") && command["verb"].is_string() &&
                      is_absent(verb_of(command));
  return {Json(), Json{{"re", id}, {absent ? "unsupported" : "refused", *why}}};
}

}  // namespace gauntlet
