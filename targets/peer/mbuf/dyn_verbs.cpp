// SPDX-License-Identifier: BSD-3-Clause
// Verbs for the dynamic fields and flags of mbufs, whose places all processes share.
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <cstring>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

// The name as C has it: one that fills its array has no end.
template <typename Params>
Params named(const Json& command) {
  Params params{};
  const auto& name = command["name"].get_ref<const std::string&>();
  std::memcpy(params.name, name.data(), name.size());
  params.flags = command.value("flags", 0U);
  return params;
}

std::optional<std::string> name_refusal(const Json& command) {
  const auto size = command["name"].get_ref<const std::string&>().size();
  if (size < RTE_MBUF_DYN_NAMESIZE) return std::nullopt;
  return "name has " + std::to_string(size) + " bytes; there is room for " +
         std::to_string(RTE_MBUF_DYN_NAMESIZE - 1);
}

rte_mbuf_dynfield field_of(const Json& command) {
  auto params = named<rte_mbuf_dynfield>(command);
  params.size = command["size"].get<std::size_t>();
  params.align = command["align"].get<std::size_t>();
  return params;
}

Json mbuf_dynfield_register(const Call& call) {
  const auto params = field_of(call.command);
  rte_errno = 0;
  return with_rte_errno(rte_mbuf_dynfield_register(&params));
}

Json mbuf_dynfield_register_offset(const Call& call) {
  const auto params = field_of(call.command);
  rte_errno = 0;
  return with_rte_errno(
      rte_mbuf_dynfield_register_offset(&params, call.command["offset"].get<std::size_t>()));
}

Json mbuf_dynfield_lookup(const Call& call) {
  rte_mbuf_dynfield params{};
  rte_errno = 0;
  Json answer = with_rte_errno(rte_mbuf_dynfield_lookup(
      call.command["name"].get_ref<const std::string&>().c_str(), &params));
  answer.update({{"size", params.size}, {"align", params.align}});
  return answer;
}

Json mbuf_dynflag_register(const Call& call) {
  const auto params = named<rte_mbuf_dynflag>(call.command);
  rte_errno = 0;
  return with_rte_errno(rte_mbuf_dynflag_register(&params));
}

Json mbuf_dynflag_register_bitnum(const Call& call) {
  const auto params = named<rte_mbuf_dynflag>(call.command);
  rte_errno = 0;
  return with_rte_errno(
      rte_mbuf_dynflag_register_bitnum(&params, call.command["bitnum"].get<unsigned>()));
}

Json mbuf_dynflag_lookup(const Call& call) {
  rte_errno = 0;
  return with_rte_errno(
      rte_mbuf_dynflag_lookup(call.command["name"].get_ref<const std::string&>().c_str(), nullptr));
}

}  // namespace

void add_mbuf_dyn_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key size = {"size", Type::kSize, Need::kRequired};
  const Key align = {"align", Type::kSize, Need::kRequired};
  const Key flags = {"flags", Type::kUnsigned};
  verbs.add("mbuf_dynfield_register",
            {{name, size, align, flags}, mbuf_dynfield_register, name_refusal});
  verbs.add("mbuf_dynfield_register_offset",
            {{name, size, align, flags, {"offset", Type::kSize, Need::kRequired}},
             mbuf_dynfield_register_offset,
             name_refusal});
  verbs.add("mbuf_dynfield_lookup", {{name}, mbuf_dynfield_lookup});
  verbs.add("mbuf_dynflag_register", {{name, flags}, mbuf_dynflag_register, name_refusal});
  verbs.add("mbuf_dynflag_register_bitnum",
            {{name, flags, {"bitnum", Type::kUnsigned, Need::kRequired}},
             mbuf_dynflag_register_bitnum,
             name_refusal});
  verbs.add("mbuf_dynflag_lookup", {{name}, mbuf_dynflag_lookup});
}

}  // namespace gauntlet
