// SPDX-License-Identifier: BSD-3-Clause
// DPDK's IPC structures as JSON.
#include "targets/peer/mp/message.hpp"

#include <rte_errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "targets/peer/answer.hpp"

namespace gauntlet {
namespace {

constexpr int kUntouchedCount = -777777;

rte_mp_msg* untouched_messages() {
  static rte_mp_msg marker;
  return &marker;
}

// struct mp_msg_internal of eal_common_proc.c, which no header exports.
struct Datagram {
  int type;
  rte_mp_msg msg;
};

// sendmsg() there covers all but the descriptors, which travel beside the data.
constexpr std::size_t kDatagramSize = sizeof(Datagram) - sizeof(rte_mp_msg::fds);

Json field(std::size_t offset, std::size_t size) { return {{"offset", offset}, {"size", size}}; }

Json describe_fd(int fd) {
  Json described = {{"fd", fd}};
  struct stat st = {};
  if (fstat(fd, &st) == 0) {
    described["dev"] = st.st_dev;
    described["ino"] = st.st_ino;
  } else {
    described["errno"] = errno_name(errno);
  }
  return described;
}

template <typename T>
Json fields_of_replies() {
  Json fields = Json::array();
  if constexpr (requires(T reply) { reply.replies; }) fields.push_back("replies");
  if constexpr (requires(T reply) { reply.msgs; }) fields.push_back("msgs");
  return fields;
}

Json count_or_untouched(int count) {
  return count == kUntouchedCount ? Json("untouched") : Json(count);
}

}  // namespace

const Keys kMessageKeys = {
    {"name", Type::kString}, {"len_param", Type::kInt}, {"param", Type::kHex},
    {"num_fds", Type::kInt}, {"fds", Type::kInts},      {"msg", Type::kNull},
};

std::optional<std::string> message_refusal(const Json& command) {
  if (command.contains("msg")) {
    return command.size() > 3 && (command.contains("name") || command.contains("param") ||
                                  command.contains("fds"))
               ? std::optional<std::string>("\"msg\": null is a NULL pointer: it has no fields")
               : std::nullopt;
  }
  if (!command.contains("name")) return R"(a message needs the key "name", or "msg": null)";
  const auto& name = command["name"].get_ref<const std::string&>();
  if (name.size() > RTE_MP_MAX_NAME_LEN) {
    return "name has " + std::to_string(name.size()) + " bytes; the C field holds " +
           std::to_string(RTE_MP_MAX_NAME_LEN);
  }
  if (command.contains("param") &&
      command["param"].get_ref<const std::string&>().size() / 2 > RTE_MP_MAX_PARAM_LEN) {
    return "param has more bytes than the C field holds, " + std::to_string(RTE_MP_MAX_PARAM_LEN);
  }
  if (command.contains("fds") && command["fds"].size() > RTE_MP_MAX_FD_NUM) {
    return "fds has more entries than the C field holds, " + std::to_string(RTE_MP_MAX_FD_NUM);
  }
  return std::nullopt;
}

rte_mp_msg message_of(const Json& command) {
  rte_mp_msg msg{};
  const auto& name = command["name"].get_ref<const std::string&>();
  std::memcpy(msg.name, name.data(), name.size());
  const auto param = bytes_of(command.value("param", std::string()));
  std::copy(param.begin(), param.end(), msg.param);
  const auto fds = command.value("fds", std::vector<int>());
  std::copy(fds.begin(), fds.end(), msg.fds);
  msg.len_param = command.value("len_param", static_cast<int>(param.size()));
  msg.num_fds = command.value("num_fds", static_cast<int>(fds.size()));
  return msg;
}

Json json_of(const rte_mp_msg& msg) {
  const int covered = std::clamp(msg.len_param, 0, static_cast<int>(RTE_MP_MAX_PARAM_LEN));
  Json fds = Json::array();
  for (int i = 0; i < std::min(msg.num_fds, static_cast<int>(RTE_MP_MAX_FD_NUM)); ++i) {
    fds.push_back(describe_fd(msg.fds[i]));
  }
  return {{"name", std::string(msg.name, strnlen(msg.name, sizeof(msg.name)))},
          {"len_param", msg.len_param},
          {"num_fds", msg.num_fds},
          {"param", hex_of(msg.param, static_cast<std::size_t>(covered))},
          {"fds", fds}};
}

Reply untouched_reply() {
  Reply reply{};
  reply.nb_sent = kUntouchedCount;
  reply.nb_received = kUntouchedCount;
  reply.msgs = untouched_messages();
  return reply;
}

Json json_of(const Reply& reply) {
  Json result = {{"nb_sent", count_or_untouched(reply.nb_sent)},
                 {"nb_received", count_or_untouched(reply.nb_received)}};
  if (reply.msgs == untouched_messages()) {
    result["msgs"] = "untouched";
  } else if (reply.msgs == nullptr) {
    result["msgs"] = nullptr;
  } else {
    result["msgs"] = Json::array();
    for (int i = 0; i < reply.nb_received; ++i) result["msgs"].push_back(json_of(reply.msgs[i]));
  }
  return result;
}

Json reply_fields() { return fields_of_replies<Reply>(); }

void free_messages(Reply& reply) {
  if (reply.msgs != untouched_messages()) std::free(reply.msgs);
  reply.msgs = nullptr;
}

Json datagram_layout() {
  const std::size_t msg = offsetof(Datagram, msg);
  return {
      {"size", kDatagramSize},
      {"type", field(offsetof(Datagram, type), sizeof(Datagram::type))},
      {"name", field(msg + offsetof(rte_mp_msg, name), sizeof(rte_mp_msg::name))},
      {"len_param", field(msg + offsetof(rte_mp_msg, len_param), sizeof(rte_mp_msg::len_param))},
      {"num_fds", field(msg + offsetof(rte_mp_msg, num_fds), sizeof(rte_mp_msg::num_fds))},
      {"param", field(msg + offsetof(rte_mp_msg, param), sizeof(rte_mp_msg::param))}};
}

}  // namespace gauntlet
