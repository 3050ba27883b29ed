// SPDX-License-Identifier: BSD-3-Clause
// Objects and metadata as an application has them: C arrays.
#include "targets/peer/ring/soring_table.hpp"

#if GAUNTLET_SORING
#include <algorithm>

#include "targets/peer/room.hpp"

namespace gauntlet {
namespace {

// As for a ring: a soring with a fault may fill a table of `num` elements.
constexpr unsigned kUsual = 4096;

unsigned room_for(const Json& command) {
  const auto num = command["num"].get<unsigned>();
  if (num <= kUsual) return num;
  const rte_soring* soring = soring_of(command);
  const unsigned capacity = rte_soring_count(soring) + rte_soring_free_count(soring);
  return std::min(num, std::max(kUsual, capacity));
}

bool given(const Json& command, const char* key) {
  return command.contains(key) && command[key].is_string();
}

std::size_t length(const Json& command, const char* key) {
  return command[key].get_ref<const std::string&>().size() / 2;
}

std::vector<unsigned char> bytes_under(const Json& command, const char* key) {
  if (!given(command, key)) return {};
  return bytes_of(command[key].get_ref<const std::string&>());
}

unsigned count_of(const Json& command) {
  if (command.contains("n")) return command["n"].get<unsigned>();
  return static_cast<unsigned>(length(command, "objs") / sizes_of(command).elem);
}

}  // namespace

Keys soring_given_keys(bool meta) {
  Keys keys = {kSoring, {"hold", Type::kBool}};
  if (meta) keys.push_back({"meta", Type::kHex, Need::kRequired, Null::kAllowed});
  return keys;
}

std::optional<std::string> soring_given_refusal(const Json& command) {
  if (auto why = soring_refusal(command)) return why;
  const SoringSizes sizes = sizes_of(command);
  if (given(command, "objs") && length(command, "objs") % sizes.elem != 0) {
    return "objs has " + std::to_string(length(command, "objs")) +
           " bytes: no whole number of objects of " + std::to_string(sizes.elem);
  }
  const std::size_t n = count_of(command);
  if (given(command, "objs") && length(command, "objs") != n * sizes.elem) {
    return "objs has " + std::to_string(length(command, "objs")) + " bytes: these are not " +
           std::to_string(n) + " objects of " + std::to_string(sizes.elem);
  }
  if (!given(command, "meta") || length(command, "meta") == n * sizes.meta) return std::nullopt;
  return "meta has " + std::to_string(length(command, "meta")) + " bytes: these are not " +
         std::to_string(n) + " times " + std::to_string(sizes.meta);
}

SoringGiven::SoringGiven(const Call& call)
    : objs_given_(given(call.command, "objs")),
      meta_given_(given(call.command, "meta")),
      n_(count_of(call.command)),
      objs_(call, bytes_under(call.command, "objs")),
      meta_(bytes_under(call.command, "meta")) {}

Keys soring_wanted_keys(bool meta) {
  Keys keys = {kSoring,
               {"num", Type::kUint32, Need::kRequired},
               {"hold", Type::kBool},
               {"available", Type::kNull}};
  if (meta) keys.push_back({"meta", Type::kNull});
  return keys;
}

std::optional<std::string> soring_wanted_refusal(const Json& command) {
  if (auto why = soring_refusal(command)) return why;
  const SoringSizes sizes = sizes_of(command);
  const std::size_t bytes = std::size_t{room_for(command)} * std::max(sizes.elem, sizes.meta);
  if (bytes <= kMostBytes) return std::nullopt;
  return "the objects take " + std::to_string(bytes) + " bytes; this peer has room for " +
         std::to_string(kMostBytes);
}

SoringWanted::SoringWanted(const Call& call, bool meta)
    : sizes_(sizes_of(call.command)),
      meta_wanted_(meta && sizes_.meta != 0 && !call.command.contains("meta")),
      room_(room_for(call.command)),
      objs_(call, std::vector<unsigned char>(std::size_t{room_} * sizes_.elem)),
      meta_(std::size_t{room_} * sizes_.meta) {}

Json SoringWanted::told(unsigned n) {
  const std::size_t most = std::min(n, room_);
  Json answer = {{"ret", n}, {"objs", hex_of(objs_.data(), most * sizes_.elem)}};
  if (meta_wanted_) answer["meta"] = hex_of(meta_.data(), most * sizes_.meta);
  return answer;
}

void add_soring_dequeue(Verbs& verbs, const SoringFunction<SoringDequeue>& function) {
  const auto dequeue = [function](const Call& call) {
    SoringWanted wanted(call, function.meta);
    Output available(call.command, "available");
    Json answer =
        wanted.told(function.run(soring_of(call.command), wanted.objs(), wanted.meta(),
                                 call.command["num"].get<std::uint32_t>(), available.pointer()));
    answer["available"] = available.told();
    return answer;
  };
  verbs.add(std::string("soring_") + function.name,
            {soring_wanted_keys(function.meta), dequeue, soring_wanted_refusal});
}

}  // namespace gauntlet
#endif
