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
#include <exception>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "targets/line/control.hpp"
#include "targets/line/guard.hpp"
#include "targets/peer/answer.hpp"
#include "targets/peer/ending.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/mp/message.hpp"
#include "targets/peer/reference.hpp"

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

void add_verbs(gauntlet::Verbs& verbs, gauntlet::Job& told_to_init) {
  add_all_verbs(verbs);
  verbs.add("eal_init", {{}, [&told_to_init](const gauntlet::Call& /*call*/) {
                           told_to_init.release();
                           return Json::object();
                         }});
}

void print_verbs(bool json) {
  gauntlet::Control nobody(-1);
  gauntlet::Verbs verbs(nobody);
  gauntlet::Job job;
  add_verbs(verbs, job);
  const Json all = gauntlet::reference_of(verbs.vocabulary());
  std::cout << (json ? all.dump(2) + "\n" : gauntlet::text_of_reference(all));
}

// What nobody has caught is Gauntlet's own fault, and never a SIGABRT that DPDK is blamed for. The
// line goes out past any lock: whoever has thrown may hold it.
void answer_for_what_is_thrown(int control_fd) {
  static int fd = control_fd;
  std::set_terminate([] {
    const auto rethrown = [] {
      if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
      throw std::logic_error("std::terminate");
    };
    gauntlet::Control last_words(fd);
    guarded(last_words, rethrown);
    gauntlet::leave(gauntlet::kOwnFault);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"One DPDK process that does only what it is told, on an inherited socket."};
  int control_fd = 3;
  bool greet = false;
  std::string reference;
  bool hold = false;
  std::vector<std::string> eal;
  app.add_option("--control-fd", control_fd, "the inherited socket")->capture_default_str();
  app.add_flag("--greet", greet, "print the greeting and exit");
  app.add_flag("--verbs{text}", reference, "print all verbs and exit; --verbs=json for machines");
  app.add_flag("--hold", hold, "call rte_eal_init only when told to, by the verb eal_init");
  app.add_option("eal", eal, "EAL arguments, after --");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : gauntlet::kUsage;
  }
  if (!reference.empty()) {
    print_verbs(reference == "json");
    return 0;
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
  answer_for_what_is_thrown(control_fd);
  gauntlet::count_apart();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const sigset_t blocked = reported_signals();
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);

  gauntlet::Control control(control_fd);
  gauntlet::Verbs verbs(control);
  gauntlet::Job told_to_init;
  add_verbs(verbs, told_to_init);
  control.event("greeting", greeting());
  std::thread([&control] {
    pthread_setname_np(pthread_self(), "peer-signals");
    guarded(control, [&control] { report_signals(control); });
  }).detach();
  // Made before rte_eal_init, these threads keep the CPUs that the peer was given.
  std::thread([&control, &verbs] {
    pthread_setname_np(pthread_self(), "peer-reader");
    control.read_until_eof(
        [&](const std::string& line) { guarded(control, [&] { verbs.dispatch(line); }); });
    gauntlet::leave(gauntlet::kOwnerGone);
  }).detach();
  if (hold) told_to_init.wait_for_release();
  eal.insert(eal.begin(), "peer");
  init(control, eal);
  for (;;) pause();
}
