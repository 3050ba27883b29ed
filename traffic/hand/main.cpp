// SPDX-License-Identifier: BSD-3-Clause
// A hand: carries numbered frames on an interface, as its owner, traffic/fast.py, tells it on an
// inherited socket. It ends with its owner.
#include <fcntl.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "targets/line/failure.hpp"
#include "targets/line/server.hpp"
#include "traffic/hand/carry.hpp"

namespace gauntlet {
namespace {

void serve(const std::string& name, int fd) {
  const Interface interface(name);
  Control control(fd);
  Server server([&](Json answer) { control.send(std::move(answer)); });
  server.add("carry", carry_declaration(interface), [&](const Json& command) {
    return Run(interface, order_of(command), control, fd).carry();
  });
  pollfd owner = {fd, POLLIN, 0};
  do {
    if (poll(&owner, 1, -1) < 0 && errno != EINTR) throw Failure("poll", errno);
  } while (server.hear(fd));
}

}  // namespace
}  // namespace gauntlet

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Carries numbered frames on an interface, as it is told."};
  int control_fd = -1;
  std::string interface;
  app.add_option("--control-fd", control_fd, "the inherited socket")->required();
  app.add_option("interface", interface, "the interface to send on and to receive from")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  signal(SIGPIPE, SIG_IGN);  // An owner that is gone is the end, and no signal.
  if (fcntl(control_fd, F_GETFD) < 0) {
    std::cerr << "hand: descriptor " << control_fd
              << " is not open; a hand is started by traffic/fast.py, which holds its other end\n";
    return kUsage;
  }
  try {
    gauntlet::serve(interface, control_fd);
  } catch (const std::exception& error) {
    gauntlet::Control(control_fd).event("failed", {{"why", error.what()}});
    return kFailed;
  }
  return 0;
}
