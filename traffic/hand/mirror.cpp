// SPDX-License-Identifier: BSD-3-Clause
// For the tests: the far end of a wire. It sends back what comes, and is as unfaithful as it is
// told.
//
// The frames of others are counted from 0 in the order in which they come. To its owner it is a
// program like a hand: --control-fd and the interface.
#include <poll.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>

#include "targets/line/failure.hpp"
#include "targets/line/server.hpp"
#include "traffic/hand/receiver.hpp"
#include "traffic/hand/sender.hpp"

namespace gauntlet {
namespace {

constexpr std::uint32_t kSlots = 1U << 13U;
constexpr std::uint32_t kBytes = 1600;
constexpr std::uint32_t kTakenAtOnce = 64;

using Frame = std::vector<std::uint8_t>;
using Frames = std::multimap<std::uint64_t, Frame>;

std::set<std::uint64_t> places(const Json& command, const char* key) {
  return command[key].get<std::set<std::uint64_t>>();
}

// The frames of `frames`, each at its place of `at`.
Frames placed(const Json& command, const char* at, const char* frames) {
  Frames found;
  for (std::size_t i = 0; i < command[at].size(); ++i) {
    const auto& hex = command[frames][i].get_ref<const std::string&>();
    found.emplace(command[at][i].get<std::uint64_t>(), bytes_of(hex));
  }
  return found;
}

class Mirror {
 public:
  Mirror(const Interface& interface, const Json& command)
      : receiver_(interface, kSlots, kBytes),
        sender_(interface, kSlots, kBytes),
        count_(command["count"].get<std::uint64_t>()),
        late_by_(command["late_by"].get<std::uint64_t>()),
        lose_(places(command, "lose")),
        twice_(places(command, "twice")),
        late_(places(command, "late")),
        replaced_(placed(command, "replace_at", "replace_by")),
        after_(placed(command, "add_after", "add")) {}

  // Until `count` frames have come, and all that are to go back are gone; or the owner is.
  Json run(int control_fd) {
    while (taken_ < count_ || sender_.waiting() != 0) {
      const auto took = receiver_.take(kTakenAtOnce, [this](Bytes frame) { pass(frame); });
      sender_.hand_over();
      if (took == 0 && !wait(control_fd)) break;
    }
    return {{"taken", taken_}, {"dropped", receiver_.dropped()}, {"unfaithful", unfaithful_}};
  }

 private:
  void pass(Bytes frame) {
    const std::uint64_t number = taken_++;
    const auto replaced = replaced_.find(number);
    if (lose_.contains(number)) {
      ++unfaithful_;
    } else if (late_.contains(number)) {
      ++unfaithful_;
      after_.emplace(number + late_by_, Frame(frame.begin(), frame.end()));
    } else if (replaced != replaced_.end()) {
      ++unfaithful_;
      send(replaced->second);
    } else {
      send(frame);
    }
    if (twice_.contains(number)) after_.emplace(number, Frame(frame.begin(), frame.end()));
    const auto more = after_.equal_range(number);
    for (auto each = more.first; each != more.second; ++each) {
      ++unfaithful_;
      send(each->second);
    }
  }

  void send(Bytes frame) {
    std::uint8_t* to = sender_.room();
    while (to == nullptr) {
      sender_.hand_over();
      to = sender_.room();
    }
    std::copy(frame.begin(), frame.end(), to);
    sender_.put(frame.size());
  }

  // False when the owner is gone.
  [[nodiscard]] bool wait(int control_fd) const {
    std::array<pollfd, 2> until = {{{receiver_.fd(), POLLIN, 0}, {control_fd, POLLRDHUP, 0}}};
    const int patience_ms = sender_.waiting() != 0 ? 1 : -1;
    if (poll(until.data(), until.size(), patience_ms) < 0 && errno != EINTR) {
      throw Failure("poll", errno);
    }
    return until[1].revents == 0;
  }

  Receiver receiver_;
  Sender sender_;
  std::uint64_t count_;
  std::uint64_t late_by_;
  std::set<std::uint64_t> lose_;
  std::set<std::uint64_t> twice_;
  std::set<std::uint64_t> late_;
  Frames replaced_;
  Frames after_;
  std::uint64_t taken_ = 0;
  std::uint64_t unfaithful_ = 0;
};

Declaration declaration() {
  Keys keys = {{"count", Type::kUint64, Need::kRequired},
               {"late_by", Type::kUint64, Need::kRequired}};
  for (const char* name : {"lose", "twice", "late", "replace_at", "add_after"}) {
    keys.push_back({name, Type::kObjects, Need::kRequired});
  }
  for (const char* name : {"replace_by", "add"}) {
    keys.push_back({name, Type::kStrings, Need::kRequired});
  }
  return {keys};
}

void serve(const std::string& name, int fd) {
  const Interface interface(name);
  Control control(fd);
  Server server([&](Json answer) { control.send(std::move(answer)); });
  server.add("mirror", declaration(), [&](const Json& command) {
    Mirror mirror(interface, command);
    control.event("mirroring");
    return mirror.run(fd);
  });
  pollfd owner = {fd, POLLIN, 0};
  do {
    checked(poll(&owner, 1, -1), "poll");
  } while (server.hear(fd));
}

}  // namespace
}  // namespace gauntlet

int main(int argc, char** argv) {
  CLI::App app{"Sends back what comes on an interface, as unfaithfully as it is told."};
  int control_fd = -1;
  std::string interface;
  app.add_option("--control-fd", control_fd, "the inherited socket")->required();
  app.add_option("interface", interface, "the interface")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    gauntlet::serve(interface, control_fd);
  } catch (const std::exception& error) {
    gauntlet::Control(control_fd).event("failed", {{"why", error.what()}});
    return 1;
  }
  return 0;
}
