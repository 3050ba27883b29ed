// SPDX-License-Identifier: BSD-3-Clause
// Comes and goes with the peers before which the relay stands.
#include "faults/relay/fronts.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "faults/relay/rule.hpp"
#include "faults/relay/socket.hpp"
#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

// How often it is looked whether the receivers live.
constexpr std::int64_t kLook = 100'000'000;

// The address of the lookout's bells.
const char* const kBell = "/relay-bell";

}  // namespace

bool is_bell(const Datagram& datagram) { return datagram.from == kBell; }

Fronts::Fronts(Namespaces& namespaces, UndoProcess& undo, Reports& reports, Hooks hooks)
    : namespaces_(namespaces),
      undo_(undo),
      reports_(reports),
      hooks_(std::move(hooks)),
      changes_(checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")) {
  constexpr auto kChanges = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM;
  checked(inotify_add_watch(changes_.get(), ".", kChanges), "inotify_add_watch");
}

Front* Fronts::find(const std::string& name) const {
  const auto found = fronts_.find(name);
  return found == fronts_.end() ? nullptr : found->second.get();
}

Front* Fronts::only() const {
  return fronts_.size() == 1 ? fronts_.begin()->second.get() : nullptr;
}

int Fronts::stand_before(const std::string& name, bool later) {
  if (fronts_.contains(name)) return EEXIST;
  if (name.find('/') != std::string::npos) return EINVAL;
  auto front = std::make_unique<Front>(
      Front{name,
            datagram_socket(),
            std::make_shared<const Handle>(datagram_socket()),
            {},
            Sender(namespaces_, aside_of(name), [this, name](const Datagram& datagram, int error) {
              hooks_.lost(datagram, name, error);
            })});
  undo_.expect(name);
  if (const int failed = namespaces_.bind_unseen(front->bell->get(), kBell); failed != 0) {
    throw Failure("bind of a bell", failed);
  }
  int error = stand_aside(front->socket.get(), name);
  if (error == 0) {
    front->ours = inode_of(aside_of(name));
    undo_.note(name, front->ours);
    error = connect_to(front->bell->get(), aside_of(name));
    if (error == 0) error = swap(name);
    if (error != 0) put_back(name, front->ours);
  }
  if (error != 0) {
    undo_.forget(name);
    return error;
  }
  fronts_[name] = std::move(front);
  reports_.add({{"event", "placed"}, {"socket", name}, {"later", later}});
  return 0;
}

void Fronts::leave(const std::string& name, const char* why) {
  const auto found = fronts_.find(name);
  Front& front = *found->second;
  hooks_.drain(front);
  put_back(name, front.ours);
  hooks_.drain(front);
  front.sender.give_up(ECONNREFUSED);
  undo_.forget(name);
  hooks_.gone(front);
  fronts_.erase(found);
  reports_.add({{"event", "left"}, {"socket", name}, {"why", why}});
}

void Fronts::see_changes() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  const ssize_t size = read(changes_.get(), buffer.data(), buffer.size());
  for (ssize_t at = 0; at < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    if (event->len > 0) look_at(static_cast<const char*>(event->name));
    if ((event->mask & IN_Q_OVERFLOW) != 0) look_at_all();
    at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
  }
}

void Fronts::look_at_all() {
  std::set<std::string> names;
  for (const auto& [name, front] : fronts_) names.insert(name);
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    names.insert(entry.path().filename());
  }
  for (const auto& name : names) look_at(name);
}

void Fronts::look_at(const std::string& name) {
  const auto front = fronts_.find(name);
  if (front != fronts_.end()) {
    if (inode_of(name) == front->second->ours) return;
    leave(name, "unlinked");
  }
  const bool wanted = std::any_of(wanted_.begin(), wanted_.end(), [&name](const std::string& whom) {
    return is_meant(whom, name);
  });
  if (wanted && lives(name)) stand_before(name, true);
}

void Fronts::look_for_dead(std::int64_t now) {
  if (now < next_look_) return;
  next_look_ = now + kLook;
  std::vector<std::string> dead;
  for (const auto& [name, front] : fronts_) {
    if (!lives(aside_of(name))) dead.push_back(name);
  }
  for (const auto& name : dead) leave(name, "dead");
}

void Fronts::put_all_back() const {
  for (const auto& [name, front] : fronts_) put_back(name, front->ours);
}

void Fronts::give_up() {
  for (const auto& [name, front] : fronts_) {
    front->sender.give_up(EAGAIN);
    undo_.forget(name);
  }
  fronts_.clear();
}

}  // namespace gauntlet
