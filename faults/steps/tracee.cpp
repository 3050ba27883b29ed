// SPDX-License-Identifier: BSD-3-Clause
// One process that is followed call by call, with ptrace(2): PTRACE_SEIZE, which stops nobody by
// itself and changes nothing that the process could see.
#include "faults/steps/tracee.hpp"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

constexpr unsigned kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;

std::string comm_of(pid_t pid, pid_t tid) {
  std::string name;
  std::getline(
      std::ifstream("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/comm"),
      name);
  return name;
}

pid_t tracer_of(pid_t tid) {
  const std::string wanted = "TracerPid:";
  std::ifstream status("/proc/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(wanted, 0) == 0) return std::stoi(line.substr(wanted.size()));
  }
  return 0;
}

char state_of(pid_t pid, pid_t tid) {
  std::string stat;
  std::getline(
      std::ifstream("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/stat"),
      stat);
  const auto end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : '?';
}

std::vector<pid_t> tasks_of(pid_t pid) {
  std::vector<pid_t> tids;
  std::error_code none;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", none)) {
    tids.push_back(std::stoi(task.path().filename()));
  }
  return tids;
}

// What ptrace() has returned of a thread; false where that is gone: somebody has killed it. Throws
// Failure where it is there: it would stay stopped, or run on otherwise than is told of it.
bool there(long result, const char* call) {
  if (result >= 0) return true;
  if (errno != ESRCH) throw Failure(call, errno);
  return false;
}

__ptrace_syscall_info syscall_info(pid_t tid) {
  __ptrace_syscall_info info{};
  there(ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info), "PTRACE_GET_SYSCALL_INFO");
  return info;
}

void set_number(pid_t tid, long number) {
#if defined(__x86_64__)
  there(ptrace(PTRACE_POKEUSER, tid, offsetof(user_regs_struct, orig_rax), number),
        "PTRACE_POKEUSER");
#else
  int value = static_cast<int>(number);
  iovec part = {&value, sizeof(value)};
  there(ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &part), "PTRACE_SETREGSET");
#endif
}

void set_result(pid_t tid, long result) {
#if defined(__x86_64__)
  there(ptrace(PTRACE_POKEUSER, tid, offsetof(user_regs_struct, rax), result), "PTRACE_POKEUSER");
#else
  user_regs_struct regs{};
  iovec part = {&regs, sizeof(regs)};
  if (!there(ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &part), "PTRACE_GETREGSET")) return;
  regs.regs[0] = static_cast<unsigned long long>(result);
  there(ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &part), "PTRACE_SETREGSET");
#endif
}

}  // namespace

Tracee::Tracee(pid_t pid, Plan plan, Report report)
    : pid_(pid), plan_(std::move(plan)), report_(std::move(report)) {}

Tracee::~Tracee() {
  try {
    let_go();
    while (!gone() && take_next()) {
    }
  } catch (const std::exception&) {
    // Then the kernel lets go of the threads, when this process ends: it is about to.
  }
}

std::string Tracee::role_of(pid_t tid) {
  std::string role = tid == pid_ ? "main" : comm_of(pid_, tid);
  const int before = roles_[role]++;
  return before == 0 ? role : role + "#" + std::to_string(before + 1);
}

void Tracee::add(pid_t tid, std::string role) {
  Thread& thread = threads_[tid];
  thread.name = comm_of(pid_, tid);
  thread.role = std::move(role);
}

std::optional<std::string> Tracee::seize() {
  // A thread may be born while we look: until a look finds nobody new.
  for (bool found = true; found;) {
    found = false;
    for (const pid_t tid : tasks_of(pid_)) {
      if (threads_.contains(tid)) continue;
      if (ptrace(PTRACE_SEIZE, tid, 0, kOptions) != 0) {
        if (errno == EPERM && tracer_of(tid) == getpid()) continue;  // As the child of one of them.
        if (errno == ESRCH) continue;                                // Ended meanwhile.
        return "process " + std::to_string(pid_) +
               " cannot be followed: " + std::generic_category().message(errno);
      }
      add(tid, role_of(tid));
      there(ptrace(PTRACE_INTERRUPT, tid, 0, 0), "PTRACE_INTERRUPT");
      found = true;
    }
  }
  if (threads_.empty()) return "there is no process " + std::to_string(pid_);
  return std::nullopt;
}

Json Tracee::describe(pid_t tid, const Thread& thread, const SystemCall& call) {
  if (callers_ == nullptr) callers_ = std::make_unique<Callers>(pid_);
  return {{"thread", thread.role},
          {"i", thread.of_number.at(call.number)},
          {"n", thread.n},
          {"k", thread.k},
          {"call", name_of(call.number)},
          {"target", target_of(pid_, call)},
          {"caller", callers_->of(tid)}};
}

void Tracee::on_entry(pid_t tid, Thread& thread) {
  const auto info = syscall_info(tid);
  thread.in_call = true;
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
  SystemCall call;
  call.number = static_cast<long>(info.entry.nr);
  std::copy(std::begin(info.entry.args), std::end(info.entry.args), call.args.begin());
  thread.number = call.number;
  ++thread.of_number[call.number];
  if (is_fickle(call.number)) {
    ++thread.k;
  } else {
    ++thread.n;
    thread.k = 0;
  }
  if (plan_.mode == Mode::kRecord) {
    thread.name = comm_of(pid_, tid);
    calls_.push_back(describe(tid, thread, call));
    return;
  }
  if (thread.role != plan_.point.thread) return;
  if (!bit_ ? is_here(thread) : plan_.mode == Mode::kFail && failed_ < plan_.times)
    act(tid, thread, call);
}

bool Tracee::is_here(const Thread& thread) const {
  const Point& point = plan_.point;
  if (thread.number != point.number) return false;
  if (is_fickle(thread.number)) return thread.n == point.n && thread.k == point.k;
  return thread.of_number.at(thread.number) == point.i;
}

void Tracee::act(pid_t tid, Thread& thread, const SystemCall& call) {
  if (!bit_) {
    Json facts = describe(tid, thread, call);
    facts["stack"] = callers_->stack(tid);
    bit_ = true;
    report_("bit", std::move(facts));
  }
  switch (plan_.mode) {
    case Mode::kKill:
      kill(pid_, SIGKILL);
      break;
    case Mode::kKillAfter:
      thread.must_die = true;
      break;
    case Mode::kFail:
      thread.must_fail = true;
      ++failed_;
      set_number(tid, -1);
      break;
    case Mode::kRecord:
      break;
  }
}

void Tracee::on_exit(pid_t tid, Thread& thread) const {
  thread.in_call = false;
  if (thread.must_fail) set_result(tid, -plan_.error);
  thread.must_fail = false;
  if (thread.must_die) kill(pid_, SIGKILL);
}

void Tracee::resume(pid_t tid, int signal) {
  if (leaving_) {
    there(ptrace(PTRACE_DETACH, tid, 0, signal), "PTRACE_DETACH");
    threads_.erase(tid);
    return;
  }
  there(ptrace(PTRACE_SYSCALL, tid, 0, signal), "PTRACE_SYSCALL");
}

void Tracee::take(pid_t tid, int status) {
  const auto found = threads_.find(tid);
  if (found == threads_.end()) {
    early_[tid] = status;  // The clone of its parent will be told.
    return;
  }
  Thread& thread = found->second;
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    ended_.push_back({{"role", thread.role}, {"name", thread.name}, {"n", thread.n}});
    threads_.erase(found);
    return;
  }
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  thread.stopped = true;
  if (signal == (SIGTRAP | 0x80)) {
    // Let go in the middle of a call that must fail, it would have been made up for good.
    if (thread.in_call) {
      on_exit(tid, thread);
    } else if (!leaving_) {
      on_entry(tid, thread);
    }
    resume(tid, 0);
  } else if (event == PTRACE_EVENT_CLONE) {
    unsigned long born = 0;
    if (!there(ptrace(PTRACE_GETEVENTMSG, tid, 0, &born), "PTRACE_GETEVENTMSG")) return;
    const auto child = static_cast<pid_t>(born);
    add(child, thread.role + ">" + std::to_string(++thread.clones));
    resume(tid, 0);
    const auto waits = early_.find(child);
    if (waits != early_.end()) {
      const int its = waits->second;
      early_.erase(waits);
      take(child, its);
    }
  } else if (event == PTRACE_EVENT_STOP) {
    // Ours, a newborn's, or a group-stop: that one lasts until SIGCONT.
    const bool group =
        signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    // EIO: it has been continued meanwhile.
    if (!group || leaving_ || (ptrace(PTRACE_LISTEN, tid, 0, 0) != 0 && errno == EIO)) {
      resume(tid, 0);
    }
  } else {
    resume(tid, event == 0 ? signal : 0);  // A signal on its way to the process: it arrives.
  }
}

bool Tracee::take_next() {
  int status = 0;
  const pid_t tid = waitpid(-1, &status, __WALL);
  if (tid > 0) take(tid, status);
  return tid > 0 || errno == EINTR;
}

bool Tracee::all_stopped_once() const {
  return std::all_of(threads_.begin(), threads_.end(),
                     [](const auto& entry) { return entry.second.stopped; });
}

bool Tracee::quiet() const {
  return std::all_of(threads_.begin(), threads_.end(), [this](const auto& entry) {
    return entry.second.in_call && state_of(pid_, entry.first) == 'S';
  });
}

void Tracee::let_go() {
  leaving_ = true;
  for (const auto& [tid, thread] : threads_) {
    there(ptrace(PTRACE_INTERRUPT, tid, 0, 0), "PTRACE_INTERRUPT");
  }
}

Json Tracee::threads() const {
  Json all = ended_;
  for (const auto& [tid, thread] : threads_) {
    all.push_back({{"role", thread.role}, {"name", thread.name}, {"n", thread.n}});
  }
  return all;
}

}  // namespace gauntlet
