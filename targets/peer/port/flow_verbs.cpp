// SPDX-License-Identifier: BSD-3-Clause
// Verbs for one kind of rule of rte_flow: frames of one EtherType go to one queue.
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_flow.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

// The rule, as C wants it.
class Rule {
 public:
  explicit Rule(const Call& call) : queue_{call.command["queue_id"].get<std::uint16_t>()} {
    put_type(spec_, rte_cpu_to_be_16(call.command["ether_type"].get<std::uint16_t>()));
    put_type(mask_, 0xffff);
    attr_.ingress = 1;
    pattern_[0].type = RTE_FLOW_ITEM_TYPE_ETH;
    pattern_[0].spec = &spec_;
    pattern_[0].mask = &mask_;
    pattern_[1].type = RTE_FLOW_ITEM_TYPE_END;
    actions_[0].type = RTE_FLOW_ACTION_TYPE_QUEUE;
    actions_[0].conf = &queue_;
    actions_[1].type = RTE_FLOW_ACTION_TYPE_END;
  }
  // It has pointers to itself.
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;

  [[nodiscard]] const rte_flow_attr* attr() const { return &attr_; }
  [[nodiscard]] const rte_flow_item* pattern() const { return pattern_.data(); }
  [[nodiscard]] const rte_flow_action* actions() const { return actions_.data(); }

 private:
  // The item begins with the header of a frame; the names of its fields have changed.
  static void put_type(rte_flow_item_eth& item, std::uint16_t type) {
    std::memcpy(reinterpret_cast<unsigned char*>(&item) + offsetof(rte_ether_hdr, ether_type),
                &type, sizeof type);
  }

  rte_flow_attr attr_{};
  rte_flow_item_eth spec_{};
  rte_flow_item_eth mask_{};
  rte_flow_action_queue queue_;
  std::array<rte_flow_item, 2> pattern_{};
  std::array<rte_flow_action, 2> actions_{};
};

std::uint16_t port_of(const Call& call) { return call.command["port_id"].get<std::uint16_t>(); }

void add_error(Json& answer, const rte_flow_error& error) {
  answer["message"] = error.message != nullptr ? Json(error.message) : Json();
}

Json flow_validate(const Call& call) {
  const Rule rule(call);
  rte_flow_error error{};
  Json answer = with_errno(
      rte_flow_validate(port_of(call), rule.attr(), rule.pattern(), rule.actions(), &error));
  add_error(answer, error);
  return answer;
}

Json flow_create(const Call& call) {
  const Rule rule(call);
  rte_flow_error error{};
  rte_errno = 0;
  const rte_flow* flow =
      rte_flow_create(port_of(call), rule.attr(), rule.pattern(), rule.actions(), &error);
  Json answer = with_rte_errno(flow != nullptr ? 0 : -1);
  answer["flow"] = text_of(flow);
  add_error(answer, error);
  return answer;
}

Json flow_destroy(const Call& call) {
  rte_flow_error error{};
  auto* flow = static_cast<rte_flow*>(pointer_of(call.command["flow"]));
  Json answer = with_errno(rte_flow_destroy(port_of(call), flow, &error));
  add_error(answer, error);
  return answer;
}

Json flow_flush(const Call& call) {
  rte_flow_error error{};
  Json answer = with_errno(rte_flow_flush(port_of(call), &error));
  add_error(answer, error);
  return answer;
}

}  // namespace

void add_flow_verbs(Verbs& verbs) {
  const Key port = {"port_id", Type::kUint16, Need::kRequired};
  const Key type = {"ether_type", Type::kUint16, Need::kRequired};
  const Key queue = {"queue_id", Type::kUint16, Need::kRequired};
  verbs.add("flow_validate", {{port, type, queue}, flow_validate});
  verbs.add("flow_create", {{port, type, queue}, flow_create});
  verbs.add("flow_destroy", {{port, {"flow", Type::kPointer, Need::kRequired}}, flow_destroy});
  verbs.add("flow_flush", {{port}, flow_flush});
}

}  // namespace gauntlet
