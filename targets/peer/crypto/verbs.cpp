// SPDX-License-Identifier: BSD-3-Clause
// Verbs that set up a crypto device, make sessions, and pass operations through a queue pair.
#include <rte_crypto.h>
#include <rte_cryptodev.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_version.h>

#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/handed_out.hpp"

namespace gauntlet {
namespace {

std::uint8_t device_of(const Json& command) { return command["dev_id"].get<std::uint8_t>(); }

std::uint16_t queue_of(const Json& command) { return command["qp_id"].get<std::uint16_t>(); }

Json cryptodev_count(const Call& /*call*/) { return {{"ret", rte_cryptodev_count()}}; }

Json cryptodev_get_dev_id(const Call& call) {
  return {{"ret",
           rte_cryptodev_get_dev_id(call.command["name"].get_ref<const std::string&>().c_str())}};
}

Json cryptodev_configure(const Call& call) {
  rte_cryptodev_config config{};
  config.socket_id = SOCKET_ID_ANY;
  config.nb_queue_pairs = call.command["nb_queue_pairs"].get<std::uint16_t>();
  return with_errno(rte_cryptodev_configure(device_of(call.command), &config));
}

Json cryptodev_queue_pair_setup(const Call& call) {
  rte_cryptodev_qp_conf conf{};
  conf.nb_descriptors = call.command["nb_descriptors"].get<std::uint32_t>();
  return with_errno(rte_cryptodev_queue_pair_setup(device_of(call.command), queue_of(call.command),
                                                   &conf, SOCKET_ID_ANY));
}

Json cryptodev_start(const Call& call) {
  return with_errno(rte_cryptodev_start(device_of(call.command)));
}

Json cryptodev_stop(const Call& call) {
  rte_cryptodev_stop(device_of(call.command));
  return Json::object();
}

Json cryptodev_close(const Call& call) {
  return with_errno(rte_cryptodev_close(device_of(call.command)));
}

Json cryptodev_stats_get(const Call& call) {
  rte_cryptodev_stats stats{};
  Json answer = with_errno(rte_cryptodev_stats_get(device_of(call.command), &stats));
  answer["enqueued_count"] = stats.enqueued_count;
  answer["dequeued_count"] = stats.dequeued_count;
  return answer;
}

// Of symmetric operations.
Json crypto_op_pool_create(const Call& call) {
  rte_errno = 0;
  const rte_mempool* pool = rte_crypto_op_pool_create(
      call.command["name"].get_ref<const std::string&>().c_str(), RTE_CRYPTO_OP_TYPE_SYMMETRIC,
      call.command["nb_elts"].get<unsigned>(), 0, 0, SOCKET_ID_ANY);
  return with_rte_errno(pool != nullptr ? 0 : -1);
}

#if RTE_VERSION >= RTE_VERSION_NUM(22, 11, 0, 0)
rte_mempool* pool_of(const Json& command) {
  return rte_mempool_lookup(command["pool"].get_ref<const std::string&>().c_str());
}

std::optional<std::string> pool_refusal(const Json& command) {
  if (pool_of(command) != nullptr) return std::nullopt;
  return "there is no mempool " + command["pool"].dump();
}

std::optional<std::string> session_refusal(const Json& command) {
  return handed_out_refusal("session", command["session"], pointer_of(command["session"]));
}

std::optional<std::string> enqueue_refusal(const Json& command) {
  const auto why = pool_refusal(command);
  return why ? why : session_refusal(command);
}

Json cryptodev_sym_session_pool_create(const Call& call) {
  rte_errno = 0;
  const rte_mempool* pool = rte_cryptodev_sym_session_pool_create(
      call.command["name"].get_ref<const std::string&>().c_str(),
      call.command["nb_elts"].get<std::uint32_t>(),
      rte_cryptodev_sym_get_private_session_size(device_of(call.command)), 0, 0, SOCKET_ID_ANY);
  return with_rte_errno(pool != nullptr ? 0 : -1);
}

// A session that ciphers with the null cipher.
Json cryptodev_sym_session_create(const Call& call) {
  rte_crypto_sym_xform xform{};
  xform.type = RTE_CRYPTO_SYM_XFORM_CIPHER;
  xform.cipher.op = RTE_CRYPTO_CIPHER_OP_ENCRYPT;
  xform.cipher.algo = RTE_CRYPTO_CIPHER_NULL;
  rte_errno = 0;
  const void* session =
      rte_cryptodev_sym_session_create(device_of(call.command), &xform, pool_of(call.command));
  return {{"session", text_of(session)}, {"rte_errno", errno_name(rte_errno)}};
}

Json cryptodev_sym_session_free(const Call& call) {
  return with_errno(
      rte_cryptodev_sym_session_free(device_of(call.command), pointer_of(call.command["session"])));
}

// Takes n operations out of the pool, for this session; how many the queue pair has taken.
Json cryptodev_enqueue_burst(const Call& call) {
  std::vector<rte_crypto_op*> ops(call.command["n"].get<std::uint16_t>());
  const auto n = static_cast<std::uint16_t>(ops.size());
  if (rte_crypto_op_bulk_alloc(pool_of(call.command), RTE_CRYPTO_OP_TYPE_SYMMETRIC, ops.data(),
                               n) != n) {
    return {{"refused", "the mempool has no " + std::to_string(n) + " operations"}};
  }
  for (auto* op : ops) rte_crypto_op_attach_sym_session(op, pointer_of(call.command["session"]));
  rte_errno = 0;
  const auto taken =
      rte_cryptodev_enqueue_burst(device_of(call.command), queue_of(call.command), ops.data(), n);
  for (std::size_t i = taken; i < ops.size(); ++i) rte_crypto_op_free(ops.at(i));
  return {{"ret", taken}, {"rte_errno", errno_name(rte_errno)}};
}

// The status of each operation that comes out; all go back into their pool.
Json cryptodev_dequeue_burst(const Call& call) {
  std::vector<rte_crypto_op*> ops(call.command["n"].get<std::uint16_t>());
  rte_errno = 0;
  const auto taken =
      rte_cryptodev_dequeue_burst(device_of(call.command), queue_of(call.command), ops.data(),
                                  static_cast<std::uint16_t>(ops.size()));
  Json statuses = Json::array();
  for (std::size_t i = 0; i < taken; ++i) {
    statuses.push_back(ops.at(i)->status);
    rte_crypto_op_free(ops.at(i));
  }
  return {{"ret", taken}, {"statuses", statuses}, {"rte_errno", errno_name(rte_errno)}};
}
#endif

}  // namespace

void add_crypto_verbs(Verbs& verbs) {
  const Key device = {"dev_id", Type::kUint8, Need::kRequired};
  const Key queue = {"qp_id", Type::kUint16, Need::kRequired};
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key elements = {"nb_elts", Type::kUnsigned, Need::kRequired};
  verbs.add("cryptodev_count", {{}, cryptodev_count});
  verbs.add("cryptodev_get_dev_id", {{name}, cryptodev_get_dev_id});
  verbs.add("cryptodev_configure",
            {{device, {"nb_queue_pairs", Type::kUint16, Need::kRequired}}, cryptodev_configure});
  verbs.add("cryptodev_queue_pair_setup",
            {{device, queue, {"nb_descriptors", Type::kUint32, Need::kRequired}},
             cryptodev_queue_pair_setup});
  verbs.add("cryptodev_start", {{device}, cryptodev_start});
  verbs.add("cryptodev_stop", {{device}, cryptodev_stop});
  verbs.add("cryptodev_close", {{device}, cryptodev_close});
  verbs.add("cryptodev_stats_get", {{device}, cryptodev_stats_get});
  verbs.add("crypto_op_pool_create", {{name, elements}, crypto_op_pool_create});
#if RTE_VERSION >= RTE_VERSION_NUM(22, 11, 0, 0)
  const Key pool = {"pool", Type::kString, Need::kRequired};
  const Key session = {"session", Type::kPointer, Need::kRequired};
  const Key n = {"n", Type::kUint16, Need::kRequired};
  verbs.add("cryptodev_sym_session_pool_create",
            {{device, name, elements}, cryptodev_sym_session_pool_create});
  verbs.add("cryptodev_sym_session_create",
            {{device, pool}, cryptodev_sym_session_create, pool_refusal});
  verbs.add("cryptodev_sym_session_free",
            {{device, session}, cryptodev_sym_session_free, session_refusal});
  verbs.add("cryptodev_enqueue_burst",
            {{device, queue, pool, session, n}, cryptodev_enqueue_burst, enqueue_refusal});
  verbs.add("cryptodev_dequeue_burst", {{device, queue, n}, cryptodev_dequeue_burst});
#else
  // Sessions had another form: each was initialised for each driver.
  for (const char* verb :
       {"cryptodev_sym_session_pool_create", "cryptodev_sym_session_create",
        "cryptodev_sym_session_free", "cryptodev_enqueue_burst", "cryptodev_dequeue_burst"}) {
    verbs.absent(verb);
  }
#endif
}

}  // namespace gauntlet
