// SPDX-License-Identifier: BSD-3-Clause
// Follows processes system call by system call, and does at one of them what its owner says.
//
// Its owner, faults/steps.py, tells it on an inherited socket, one JSON object a line, as a peer is
// told.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "faults/steps/tracer.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Follows processes system call by system call, as it is told."};
  int control_fd = -1;
  app.add_option("--control-fd", control_fd, "the inherited socket")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (write(control_fd, "", 0) != 0) {
    std::cerr << "steps: descriptor " << control_fd
              << " is not open; steps is started by faults/steps.py, which holds its other end\n";
    return kUsage;
  }
  try {
    gauntlet::Tracer(control_fd).run();
  } catch (const std::exception& error) {
    gauntlet::Control(control_fd).event("failed", {{"why", error.what()}});
    return kFailed;
  }
  return 0;
}
