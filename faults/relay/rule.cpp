// SPDX-License-Identifier: BSD-3-Clause
// Reads a rule, asks it, and rewrites as it says.
#include "faults/relay/rule.hpp"

#include <fcntl.h>

#include <map>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

const std::map<std::string, Action> kActions = {
    {"pass", Action::kPass},       {"drop", Action::kDrop},       {"double", Action::kDouble},
    {"delay", Action::kDelay},     {"hold", Action::kHold},       {"release", Action::kRelease},
    {"reorder", Action::kReorder}, {"rewrite", Action::kRewrite}, {"answer", Action::kAnswer},
};

const std::map<std::string, Fds> kFds = {
    {"kept", Fds::kKept}, {"none", Fds::kNone}, {"null", Fds::kNull}};

std::string text_of_hex(const Json& hex) {
  const auto bytes = bytes_of(hex.get<std::string>());
  return {bytes.begin(), bytes.end()};
}

template <typename T>
std::optional<T> maybe(const Json& command, const char* key) {
  if (!command.contains(key)) return std::nullopt;
  return command[key].get<T>();
}

std::optional<std::string> maybe_bytes(const Json& command, const char* key) {
  if (!command.contains(key)) return std::nullopt;
  return text_of_hex(command[key]);
}

template <typename T>
std::string names_of(const std::map<std::string, T>& known) {
  std::string names;
  for (const auto& entry : known) names += (names.empty() ? "" : ", ") + entry.first;
  return names;
}

}  // namespace

const Keys kRuleKeys = {
    {"action", Type::kString, Need::kRequired},
    {"type", Type::kInt},
    {"name", Type::kHex},
    {"from", Type::kString},
    {"to", Type::kString},
    {"nth", Type::kCount},
    {"most", Type::kCount},
    {"delay_ns", Type::kCount},
    {"group", Type::kCount},
    {"set_type", Type::kInt},
    {"set_name", Type::kHex},
    {"set_len_param", Type::kInt},
    {"set_num_fds", Type::kInt},
    {"set_param", Type::kHex},
    {"set_fds", Type::kString},
    {"answer_type", Type::kInt},
    {"answer_param", Type::kHex},
};

std::variant<Rule, std::string> rule_of(const Json& command) {
  Rule rule;
  const auto action = kActions.find(command["action"].get<std::string>());
  if (action == kActions.end()) return "the actions are: " + names_of(kActions);
  const auto fds = kFds.find(command.value("set_fds", std::string("kept")));
  if (fds == kFds.end()) return "set_fds is one of: " + names_of(kFds);
  rule.action = action->second;
  rule.type = maybe<std::int32_t>(command, "type");
  rule.name = maybe_bytes(command, "name");
  rule.from = maybe<std::string>(command, "from");
  rule.to = maybe<std::string>(command, "to");
  rule.nth = command.value("nth", rule.nth);
  rule.most = maybe<std::int64_t>(command, "most");
  rule.delay_ns = command.value("delay_ns", rule.delay_ns);
  rule.group = command.value("group", rule.group);
  rule.rewriting = {maybe<std::int32_t>(command, "set_type"),
                    maybe_bytes(command, "set_name"),
                    maybe<std::int32_t>(command, "set_len_param"),
                    maybe<std::int32_t>(command, "set_num_fds"),
                    maybe_bytes(command, "set_param"),
                    fds->second};
  rule.answer_type = command.value("answer_type", rule.answer_type);
  rule.answer_param = maybe_bytes(command, "answer_param").value_or("");
  return rule;
}

std::string_view base_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_meant(const std::string& whom, std::string_view socket) {
  constexpr std::string_view kPrimary = "mp_socket";
  constexpr std::string_view kSecondaries = "mp_socket_";
  if (whom == "primary") return socket == kPrimary;
  if (whom == "secondary") return socket.substr(0, kSecondaries.size()) == kSecondaries;
  return socket == whom;
}

bool takes(Rule& rule, const Sight& sight) {
  if (rule.type && *rule.type != sight.type) return false;
  if (rule.name && *rule.name != sight.name) return false;
  if (rule.from && !is_meant(*rule.from, sight.from)) return false;
  if (rule.to && !is_meant(*rule.to, sight.to)) return false;
  if (++rule.matched < rule.nth) return false;
  if (rule.most && rule.taken >= *rule.most) return false;
  ++rule.taken;
  return true;
}

void rewrite(const Layout& layout, const Rewriting& rewriting, Datagram& datagram) {
  if (rewriting.type) put_int(layout.type, *rewriting.type, datagram.bytes);
  if (rewriting.name) put_bytes(layout.name, *rewriting.name, datagram.bytes);
  if (rewriting.param) {
    put_bytes(layout.param, *rewriting.param, datagram.bytes);
    put_int(layout.len_param, static_cast<std::int32_t>(rewriting.param->size()), datagram.bytes);
  }
  // After the param: who gives both wants a length that is a lie.
  if (rewriting.len_param) put_int(layout.len_param, *rewriting.len_param, datagram.bytes);
  if (rewriting.num_fds) put_int(layout.num_fds, *rewriting.num_fds, datagram.bytes);
  if (rewriting.fds == Fds::kNone) datagram.fds.clear();
  if (rewriting.fds == Fds::kNull) {
    for (auto& fd : datagram.fds) {
      fd = Handle(checked(open("/dev/null", O_RDWR | O_CLOEXEC), "open of /dev/null"));
    }
  }
}

}  // namespace gauntlet
