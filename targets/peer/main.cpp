// SPDX-License-Identifier: BSD-3-Clause
// A peer: one DPDK process, primary or secondary, that does only what its owner tells it.
#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <thread>

#include "ending.hpp"
#include "message.hpp"
#include "targets/line/control.hpp"
#include "verbs.hpp"

namespace {

using gauntlet::Json;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// The release of the library; of its headers where it has no functions that tell (20.11).
Json version() {
#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
  return {rte_version_year(), rte_version_month(), rte_version_minor()};
#else
  return {RTE_VER_YEAR, RTE_VER_MONTH, RTE_VER_MINOR};
#endif
}

Json greeting() {
  return {{"pid", getpid()},
          {"dpdk", rte_version()},
          {"version", version()},
          {"sanitized", kSanitized},
          {"compiler", "g++ " __VERSION__},
          {"max_fd_num", RTE_MP_MAX_FD_NUM},
          {"max_name_len", RTE_MP_MAX_NAME_LEN},
          {"max_param_len", RTE_MP_MAX_PARAM_LEN},
          {"msg_size", sizeof(rte_mp_msg)},
          {"reply_fields", gauntlet::reply_fields()},
          {"datagram", gauntlet::datagram_layout()}};
}

// Signals are facts for the owner, not commands: nobody but the owner ends a peer.
sigset_t reported_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
  return set;
}

[[noreturn]] void report_signals(gauntlet::Control& control) {
  const sigset_t set = reported_signals();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) == 0) control.event("signal", {{"signal", signal}});
  }
}

// rte_eal_init on the main thread, as applications do; what it said goes to the owner.
void init(gauntlet::Control& control, std::vector<std::string> eal) {
  std::vector<char*> argv;
  argv.reserve(eal.size() + 1);
  for (auto& arg : eal) argv.push_back(arg.data());
  argv.push_back(nullptr);
  rte_errno = 0;
  const int ret = rte_eal_init(static_cast<int>(eal.size()), argv.data());
  if (ret < 0) {
    control.event("eal_failed", {{"ret", ret}, {"rte_errno", gauntlet::errno_name(rte_errno)}});
    gauntlet::leave(gauntlet::kEalFailed);
  }
  control.event("ready", {{"ret", ret}, {"process_type", rte_eal_process_type()}});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"One DPDK process that does only what it is told, on an inherited socket."};
  int control_fd = 3;
  bool greet = false;
  bool hold = false;
  std::vector<std::string> eal;
  app.add_option("--control-fd", control_fd, "the inherited socket")->capture_default_str();
  app.add_flag("--greet", greet, "print the greeting and exit");
  app.add_flag("--hold", hold, "call rte_eal_init only when told to, by the verb eal_init");
  app.add_option("eal", eal, "EAL arguments, after --");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : gauntlet::kUsage;
  }
  if (greet) {
    std::cout << greeting().dump() << std::endl;
    return 0;
  }
  if (write(control_fd, "", 0) != 0) {
    std::cerr << "peer: descriptor " << control_fd
              << " is not open; a peer is started by targets/peer.py, which holds its other end\n";
    return gauntlet::kUsage;
  }
  gauntlet::count_apart();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const sigset_t blocked = reported_signals();
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);

  gauntlet::Control control(control_fd);
  gauntlet::Verbs verbs(control);
  gauntlet::Job told_to_init;
  add_process_verbs(verbs);
  add_eal_verbs(verbs);
  add_mp_verbs(verbs);
  add_measure_verbs(verbs);
  add_ring_verbs(verbs);
  add_ring_cost_verbs(verbs);
  add_ring_loop_verbs(verbs);
  add_ring_state_verbs(verbs);
  add_ring_move_verbs(verbs);
  add_ring_peek_verbs(verbs);
  add_ring_death_verbs(verbs);
  add_ring_repair_verbs(verbs);
  add_mempool_verbs(verbs);
#ifdef GAUNTLET_PDUMP
  add_pdump_verbs(verbs);
#endif
  add_port_verbs(verbs);
  add_symmetric_verbs(verbs);
  add_topology_verbs(verbs);
  add_lock_verbs(verbs);
  verbs.add("eal_init", {{}, [&told_to_init](const gauntlet::Call& /*call*/) {
                           told_to_init.release();
                           return Json::object();
                         }});

  control.event("greeting", greeting());
  std::thread([&control] {
    pthread_setname_np(pthread_self(), "peer-signals");
    report_signals(control);
  }).detach();
  // Made before rte_eal_init, these threads keep the CPUs that the peer was given.
  std::thread([&control, &verbs] {
    pthread_setname_np(pthread_self(), "peer-reader");
    control.read_until_eof([&verbs](const std::string& line) { verbs.dispatch(line); });
    gauntlet::leave(gauntlet::kOwnerGone);
  }).detach();
  if (hold) told_to_init.wait_for_release();
  eal.insert(eal.begin(), "peer");
  init(control, eal);
  for (;;) pause();
}
