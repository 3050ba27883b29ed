// SPDX-License-Identifier: BSD-3-Clause
// The command server of a program with one thread: lines in, checked commands out, answers back.
//
// A program that waits for several descriptors adds its verbs, and feeds what its socket brings:
//
//   Server server([this](Json answer) { reports_.add(std::move(answer)); });
//   server.add("count", {}, [this](const Json&) { return count(); });
//   server.add("rule", {kRuleKeys}, [this](const Json& command) { return rule(command); });
//   ...
//   if (!server.hear(fd)) return;  // whenever epoll says that `fd` is readable; false: the end
//
// Each line is answered once, in the order of the lines, before `hear` returns:
//
//   {"re": id, ...}                    what the verb returned (an object);
//   {"re": id, "refused": why}         before anything has happened: no JSON, no integer "id", an
//                                      unknown verb, an unknown key, a missing one, a wrong type or
//                                      a value outside its range, or what the verb's check says;
//   {"re": id, "unsupported": why}     the verb is known, and this build cannot run it;
//   {"re": id, "failed": what}         the verb threw: a fault of the program itself.
//
// So a verb may take the keys that are required as given, and throw whatever it likes. The peer,
// whose verbs block and run on threads of their own, is targets/peer/verbs.hpp, made of the same
// parts (Vocabulary, Control, answer_of).
#pragma once

#include <functional>
#include <map>
#include <string>

#include "targets/line/control.hpp"
#include "targets/line/vocabulary.hpp"

namespace gauntlet {

class Server {
 public:
  using Run = std::function<Json(const Json& command)>;
  // Gets each answer: to send it at once, or to keep it until the socket takes it.
  using Say = std::function<void(Json answer)>;

  explicit Server(Say say) : say_(std::move(say)) {}

  void add(const std::string& name, Declaration declaration, Run run);

  // Takes what a socket has brought, in whatever chunks.
  void feed(const char* data, std::size_t size);

  // Takes what `fd`, a socket, holds now, and does not wait for more. False once its other end is
  // gone.
  bool hear(int fd);

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  void obey(const std::string& line);

  Say say_;
  Lines lines_;
  Vocabulary vocabulary_;
  std::map<std::string, Run> runs_;
};

}  // namespace gauntlet
