// SPDX-License-Identifier: BSD-3-Clause
// Verbs that set up an event device with one queue, and pass events through it.
#include <rte_bitops.h>
#include <rte_errno.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>
#include <rte_trace_point.h>

#include <vector>

// In 24.11 and 25.11 most functions of this header have no C linkage, and no C++ program links with
// them. All that the header includes has come before: that has the linkage of its own.
extern "C" {
#include <rte_eventdev.h>
}

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

std::uint8_t device_of(const Json& command) { return command["dev_id"].get<std::uint8_t>(); }

std::uint8_t port_of(const Json& command) { return command["port_id"].get<std::uint8_t>(); }

Json event_dev_count(const Call& /*call*/) { return {{"ret", rte_event_dev_count()}}; }

Json event_dev_get_dev_id(const Call& call) {
  return with_errno(
      rte_event_dev_get_dev_id(call.command["name"].get_ref<const std::string&>().c_str()));
}

int configure(std::uint8_t device, std::uint8_t ports) {
  rte_event_dev_info info{};
  if (const int ret = rte_event_dev_info_get(device, &info); ret != 0) return ret;
  rte_event_dev_config config{};
  config.nb_event_queues = 1;
  config.nb_event_ports = ports;
  config.nb_events_limit = info.max_num_events;
  config.nb_event_queue_flows = info.max_event_queue_flows;
  config.nb_event_port_dequeue_depth = info.max_event_port_dequeue_depth;
  config.nb_event_port_enqueue_depth = info.max_event_port_enqueue_depth;
  return rte_event_dev_configure(device, &config);
}

// One queue, whose events all go to the port that is linked: 0, or what the first step that failed
// returned.
Json event_dev_set_up(const Call& call) {
  const auto device = device_of(call.command);
  const auto ports = call.command["nb_event_ports"].get<std::uint8_t>();
  const std::uint8_t queue = 0;
  if (const int ret = configure(device, ports); ret != 0) return with_errno(ret);
  if (const int ret = rte_event_queue_setup(device, queue, nullptr); ret != 0) {
    return with_errno(ret);
  }
  for (std::uint8_t port = 0; port < ports; ++port) {
    if (const int ret = rte_event_port_setup(device, port, nullptr); ret != 0) {
      return with_errno(ret);
    }
  }
  const auto linked = call.command["linked"].get<std::uint8_t>();
  const int links = rte_event_port_link(device, linked, &queue, nullptr, 1);
  return with_errno(links == 1 ? 0 : -rte_errno);
}

Json event_dev_start(const Call& call) {
  return with_errno(rte_event_dev_start(device_of(call.command)));
}

Json event_dev_stop(const Call& call) {
  rte_event_dev_stop(device_of(call.command));
  return Json::object();
}

Json event_dev_service_id_get(const Call& call) {
  std::uint32_t id = 0;
  Json answer = with_errno(rte_event_dev_service_id_get(device_of(call.command), &id));
  answer["service_id"] = answer["ret"] == 0 ? Json(id) : Json();
  return answer;
}

// New events of flow 0, each with a number.
Json event_enqueue_burst(const Call& call) {
  std::vector<rte_event> events;
  for (const auto number : call.command["numbers"].get<std::vector<std::uint64_t>>()) {
    rte_event event{};
    event.op = RTE_EVENT_OP_NEW;
    event.sched_type = RTE_SCHED_TYPE_ATOMIC;
    event.u64 = number;
    events.push_back(event);
  }
  rte_errno = 0;
  const auto taken =
      rte_event_enqueue_burst(device_of(call.command), port_of(call.command), events.data(),
                              static_cast<std::uint16_t>(events.size()));
  return {{"ret", taken}, {"rte_errno", errno_name(rte_errno)}};
}

// The numbers of the events that have come.
Json event_dequeue_burst(const Call& call) {
  std::vector<rte_event> events(call.command["n"].get<std::uint16_t>());
  rte_errno = 0;
  const auto taken =
      rte_event_dequeue_burst(device_of(call.command), port_of(call.command), events.data(),
                              static_cast<std::uint16_t>(events.size()), 0);
  Json numbers = Json::array();
  for (std::size_t i = 0; i < taken; ++i) numbers.push_back(events.at(i).u64);
  return {{"ret", taken}, {"numbers", numbers}, {"rte_errno", errno_name(rte_errno)}};
}

}  // namespace

void add_event_verbs(Verbs& verbs) {
  const Key device = {"dev_id", Type::kUint8, Need::kRequired};
  const Key port = {"port_id", Type::kUint8, Need::kRequired};
  verbs.add("event_dev_count", {{}, event_dev_count});
  verbs.add("event_dev_get_dev_id",
            {{{"name", Type::kString, Need::kRequired}}, event_dev_get_dev_id});
  verbs.add("event_dev_set_up", {{device,
                                  {"nb_event_ports", Type::kUint8, Need::kRequired},
                                  {"linked", Type::kUint8, Need::kRequired}},
                                 event_dev_set_up});
  verbs.add("event_dev_start", {{device}, event_dev_start});
  verbs.add("event_dev_stop", {{device}, event_dev_stop});
  verbs.add("event_dev_service_id_get", {{device}, event_dev_service_id_get});
  verbs.add("event_enqueue_burst",
            {{device, port, {"numbers", Type::kObjects, Need::kRequired}}, event_enqueue_burst});
  verbs.add("event_dequeue_burst",
            {{device, port, {"n", Type::kUint16, Need::kRequired}}, event_dequeue_burst});
}

}  // namespace gauntlet
