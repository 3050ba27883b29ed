// SPDX-License-Identifier: BSD-3-Clause
// Verbs that take the locks that lie in shared memory, by their public functions, and that stay
// inside the callbacks that DPDK runs under one.
#include <fcntl.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_memzone.h>
#include <rte_timer.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "targets/peer/families.hpp"
#include "targets/peer/walk.hpp"

namespace gauntlet {
namespace {

struct Lock {
  const char* verb;
  void (*call)();
};

constexpr auto kLocks = std::to_array<Lock>({
    {"mcfg_mem_read_lock", rte_mcfg_mem_read_lock},
    {"mcfg_mem_read_unlock", rte_mcfg_mem_read_unlock},
    {"mcfg_mem_write_lock", rte_mcfg_mem_write_lock},
    {"mcfg_mem_write_unlock", rte_mcfg_mem_write_unlock},
    {"mcfg_tailq_read_lock", rte_mcfg_tailq_read_lock},
    {"mcfg_tailq_read_unlock", rte_mcfg_tailq_read_unlock},
    {"mcfg_tailq_write_lock", rte_mcfg_tailq_write_lock},
    {"mcfg_tailq_write_unlock", rte_mcfg_tailq_write_unlock},
    {"mcfg_mempool_read_lock", rte_mcfg_mempool_read_lock},
    {"mcfg_mempool_read_unlock", rte_mcfg_mempool_read_unlock},
    {"mcfg_mempool_write_lock", rte_mcfg_mempool_write_lock},
    {"mcfg_mempool_write_unlock", rte_mcfg_mempool_write_unlock},
    {"mcfg_timer_lock", rte_mcfg_timer_lock},
    {"mcfg_timer_unlock", rte_mcfg_timer_unlock},
});

Json memseg_walk(const Call& call) {
  Walk walk(call);
  const int ret = rte_memseg_walk(
      [](const rte_memseg_list* /*list*/, const rte_memseg* /*segment*/, void* arg) {
        static_cast<Walk*>(arg)->meet();
        return 0;
      },
      &walk);
  return walk.outcome(ret);
}

Json memzone_walk(const Call& call) {
  Walk walk(call);
  rte_memzone_walk([](const rte_memzone* /*zone*/, void* arg) { static_cast<Walk*>(arg)->meet(); },
                   &walk);
  return walk.outcome(0);
}

Json timer_subsystem_init(const Call& /*call*/) { return {{"ret", rte_timer_subsystem_init()}}; }

Json timer_subsystem_finalize(const Call& /*call*/) {
  rte_timer_subsystem_finalize();
  return Json::object();
}

// A pipe that DPDK may log into, as into one whose reader has stopped, and goes on later.
class LogPipe {
 public:
  LogPipe() {
    if (pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    const std::array<char, 4096> page{};
    while (write(ends_[1], page.data(), page.size()) > 0) {
    }
    fcntl(ends_[1], F_SETFL, 0);
    stream_ = fdopen(ends_[1], "w");
  }
  [[nodiscard]] FILE* stream() const { return stream_; }

  // Reads what is there: as much room as there ever was.
  [[nodiscard]] long drain() const {
    std::array<char, 4096> page{};
    long all = 0;
    for (;;) {
      const ssize_t n = read(ends_[0], page.data(), page.size());
      if (n <= 0) return all;
      all += n;
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  FILE* stream_ = nullptr;
};

LogPipe& log_pipe() {
  static LogPipe only;
  return only;
}

Json log_pipe_read(const Call& /*call*/) { return {{"ret", log_pipe().drain()}}; }

Json openlog_stream(const Call& /*call*/) {
  return {{"ret", log_pipe().stream() == nullptr ? -1 : rte_openlog_stream(log_pipe().stream())}};
}

std::optional<std::string> log_refusal(const Json& command) {
  if (command["f"] == "full pipe") return std::nullopt;
  return "f is " + command["f"].dump() + "; there is \"full pipe\"";
}

}  // namespace

void add_lock_verbs(Verbs& verbs) {
  for (const Lock& lock : kLocks) {
    verbs.add(lock.verb, {{}, [call = lock.call](const Call& /*call*/) {
                            call();
                            return Json::object();
                          }});
  }
  const Key hold = {"hold", Type::kBool};
  verbs.add("memseg_walk", {{hold}, memseg_walk});
  verbs.add("memzone_walk", {{hold}, memzone_walk});
  verbs.add("timer_subsystem_init", {{}, timer_subsystem_init});
  verbs.add("timer_subsystem_finalize", {{}, timer_subsystem_finalize});
  verbs.add("log_pipe_read", {{}, log_pipe_read});
  verbs.add("openlog_stream",
            {{{"f", Type::kString, Need::kRequired}}, openlog_stream, log_refusal});
}

}  // namespace gauntlet
