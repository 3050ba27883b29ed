// SPDX-License-Identifier: BSD-3-Clause
// One line after another: each is obeyed and answered before the next.
#include "targets/line/server.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "targets/line/guard.hpp"

namespace gauntlet {

void Server::add(const std::string& name, Declaration declaration, Run run) {
  vocabulary_.add(name, std::move(declaration));
  runs_[name] = std::move(run);
}

void Server::feed(const char* data, std::size_t size) {
  lines_.feed(data, size, [this](const std::string& line) { obey(line); });
}

bool Server::hear(int fd) {
  std::array<char, 65536> chunk{};
  const ssize_t size = recv(fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (size <= 0) return false;
  feed(chunk.data(), static_cast<std::size_t>(size));
  return true;
}

void Server::obey(const std::string& line) {
  auto heard = vocabulary_.hear(line);
  if (heard.refusal) {
    say_(std::move(*heard.refusal));
    return;
  }
  const Json& command = heard.command;
  Json answer = answer_of([&] { return runs_.at(command["verb"].get<std::string>())(command); });
  answer["re"] = command["id"];
  say_(std::move(answer));
}

}  // namespace gauntlet
