// SPDX-License-Identifier: BSD-3-Clause
// A relay: stands before the sockets of a DPDK deployment, as its owner tells it on an inherited
// socket.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "faults/relay/engine.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

// Each sender takes a descriptor, and so does everything that is passed along.
void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Stands before the sockets of a DPDK runtime directory, as it is told."};
  int control_fd = -1;
  int root = -1;
  std::vector<int> to_enter;
  std::string runtime;
  app.add_option("--control-fd", control_fd, "the inherited socket")->required();
  app.add_option("--enter", to_enter, "an inherited descriptor of a namespace to enter");
  app.add_option("--root", root, "an inherited descriptor of the root to enter");
  app.add_option("runtime", runtime, "the runtime directory, as it is called in there")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (write(control_fd, "", 0) != 0) {
    std::cerr << "relay: descriptor " << control_fd
              << " is not open; a relay is started by faults/relay.py, which holds its other end\n";
    return kUsage;
  }
  setsid();  // Ctrl-C is for the owner, which then lets go of us in order.
  signal(SIGPIPE, SIG_IGN);
  allow_many_descriptors();
  try {
    gauntlet::Namespaces namespaces(to_enter, root, runtime);
    gauntlet::UndoProcess undo;
    gauntlet::Engine(control_fd, namespaces, undo).run();
  } catch (const std::exception& error) {
    gauntlet::Control(control_fd).event("failed", {{"why", error.what()}});
    return kFailed;
  }
  return 0;
}
