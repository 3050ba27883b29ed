// SPDX-License-Identifier: BSD-3-Clause
// An order is refused before anything is sent.
#include "traffic/hand/carry.hpp"

#include <linux/if_ether.h>

#include <algorithm>
#include <set>

namespace gauntlet {
namespace {

constexpr std::uint32_t kMostInFlight = 1U << 16U;
// The books of so many take 2 GiB.
constexpr std::uint64_t kMostFrames = 1ULL << 33U;
constexpr std::uint64_t kMostNs = 1ULL << 60U;
constexpr std::uint32_t kMostSlots = 1U << 16U;
constexpr std::uint32_t kSlots = 1U << 12U;
constexpr std::uint32_t kKeep = 64;

// What is wrong with a number of the command that must be within a range, or nothing.
std::optional<std::string> outside(const Json& command, const char* key, std::uint64_t least,
                                   std::uint64_t most) {
  if (!command.contains(key)) return std::nullopt;
  const auto value = command[key].get<std::uint64_t>();
  if (value >= least && value <= most) return std::nullopt;
  return std::string(key) + " is " + std::to_string(value) + "; it must be " +
         std::to_string(least) + " to " + std::to_string(most);
}

std::optional<std::string> wrong_flow(const std::string& hex, const Interface& interface,
                                      std::uint64_t count) {
  if (!fits(Type::kHex, hex)) return "it is no bytes in hexadecimal digits";
  const auto bytes = bytes_of(hex);
  if (const char* why = why_no_template(bytes)) return why;
  if (bytes.size() > interface.mtu + ETH_HLEN) {
    return "it has " + std::to_string(bytes.size()) + " bytes, and the MTU of " + interface.name +
           " is " + std::to_string(interface.mtu);
  }
  const std::uint64_t first = check(bytes).number.seq;
  if (count - 1 > UINT64_MAX - first) return "its numbers go beyond 2^64 - 1";
  return std::nullopt;
}

std::optional<std::string> wrong_flows(const Json& command, const Interface& interface) {
  const auto flows = command["flows"].get<std::vector<std::string>>();
  const auto count = command["count"].get<std::uint64_t>();
  if (flows.empty() || count > kMostFrames / flows.size()) {
    return std::to_string(flows.size()) + " flows of " + std::to_string(count) +
           " frames; there must be 1 to " + std::to_string(kMostFrames) + " frames";
  }
  std::set<std::uint32_t> known;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    auto why = wrong_flow(flows[i], interface, count);
    if (!why && !known.insert(check(bytes_of(flows[i])).number.flow).second) {
      why = "another has its flow";
    }
    if (why) return "the frame of flow " + std::to_string(i) + " of this list: " + *why;
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const Json& command, const Interface& interface) {
  if (auto why = outside(command, "window", 1, kMostInFlight)) return why;
  if (auto why = outside(command, "count", 1, kMostFrames)) return why;
  if (auto why = outside(command, "silence_ns", 1, kMostNs)) return why;
  if (auto why = outside(command, "linger_ns", 0, kMostNs)) return why;
  if (auto why = outside(command, "rx_frames", 1, kMostSlots)) return why;
  return wrong_flows(command, interface);
}

}  // namespace

Declaration carry_declaration(const Interface& interface) {
  return {{{"flows", Type::kStrings, Need::kRequired},
           {"count", Type::kUint64, Need::kRequired},
           {"window", Type::kUint32, Need::kRequired},
           {"silence_ns", Type::kUint64, Need::kRequired},
           {"linger_ns", Type::kUint64, Need::kRequired},
           {"rx_frames", Type::kUint32},
           {"keep", Type::kUint32}},
          [interface](const Json& command) { return refusal(command, interface); }};
}

Order order_of(const Json& command) {
  Order order{};
  for (const auto& hex : command["flows"]) {
    order.flows.emplace_back(bytes_of(hex.get_ref<const std::string&>()));
  }
  order.count = command["count"].get<std::uint64_t>();
  order.window = command["window"].get<std::uint32_t>();
  order.silence_ns = command["silence_ns"].get<std::int64_t>();
  order.linger_ns = command["linger_ns"].get<std::int64_t>();
  order.rx_frames = command.value("rx_frames", std::max(kSlots, 2 * order.window));
  order.keep = command.value("keep", kKeep);
  return order;
}

}  // namespace gauntlet
