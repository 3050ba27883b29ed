// SPDX-License-Identifier: BSD-3-Clause
// Verbs for the lists by which processes find each other's objects, and for very many memzones.
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_memzone.h>
#include <rte_tailq.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <list>
#include <mutex>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

// The element of a list of this process' own, as an application has one: DPDK keeps a pointer to
// it. Its name is const, and so it is made as bytes.
class Element {
 public:
  explicit Element(const std::string& name) {
    std::memcpy(bytes_.data() + offsetof(rte_tailq_elem, name), name.data(), name.size());
  }
  rte_tailq_elem* get() { return reinterpret_cast<rte_tailq_elem*>(bytes_.data()); }

 private:
  alignas(rte_tailq_elem) std::array<char, sizeof(rte_tailq_elem)> bytes_{};
};

rte_tailq_elem* new_element(const std::string& name) {
  static std::mutex mutex;
  static std::list<Element> all;  // As long as the process.
  const std::lock_guard<std::mutex> lock(mutex);
  return all.emplace_back(name).get();
}

std::optional<std::string> name_refusal(const Json& command) {
  const auto size = command["name"].get_ref<const std::string&>().size();
  if (size < RTE_TAILQ_NAMESIZE) return std::nullopt;
  return "name has " + std::to_string(size) + " bytes; there is room for " +
         std::to_string(RTE_TAILQ_NAMESIZE - 1);
}

Json eal_tailq_register(const Call& call) {
  rte_tailq_elem* elem = new_element(call.command["name"].get<std::string>());
  const int ret = rte_eal_tailq_register(elem);
  return {{"ret", ret}, {"head", text_of(elem->head)}};
}

Json eal_tailq_lookup(const Call& call) {
  return {{"ret", text_of(rte_eal_tailq_lookup(
                      call.command["name"].get_ref<const std::string&>().c_str()))}};
}

// Memzones of one cache line, named after the prefix, until one is refused: how many.
Json memzone_reserve_all(const Call& call) {
  const auto prefix = call.command["prefix"].get<std::string>();
  unsigned n = 0;
  rte_errno = 0;
  while (rte_memzone_reserve((prefix + std::to_string(n)).c_str(), RTE_CACHE_LINE_SIZE,
                             SOCKET_ID_ANY, 0) != nullptr) {
    ++n;
  }
  return {{"ret", n}, {"rte_errno", errno_name(rte_errno)}};
}

}  // namespace

void add_tailq_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  verbs.add("eal_tailq_register", {{name}, eal_tailq_register, name_refusal});
  verbs.add("eal_tailq_lookup", {{name}, eal_tailq_lookup});
  verbs.add("memzone_reserve_all",
            {{{"prefix", Type::kString, Need::kRequired}}, memzone_reserve_all});
}

}  // namespace gauntlet
