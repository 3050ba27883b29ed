// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes the datagram's fields, host endian as the compiler laid them out.
#include "faults/relay/datagram.hpp"

#include <algorithm>
#include <cstring>

namespace gauntlet {
namespace {

// How much of a span a datagram has.
std::size_t reach(const Span& span, const Bytes& bytes) {
  return bytes.size() <= span.offset ? 0 : std::min(span.size, bytes.size() - span.offset);
}

}  // namespace

std::int32_t int_at(const Span& span, const Bytes& bytes) {
  std::int32_t value = 0;
  const auto size = std::min(reach(span, bytes), sizeof(value));
  if (size > 0) std::memcpy(&value, bytes.data() + span.offset, size);
  return value;
}

std::string_view name_in(const Layout& layout, const Bytes& bytes) {
  const auto size = reach(layout.name, bytes);
  if (size == 0) return {};
  const auto* text = reinterpret_cast<const char*>(bytes.data() + layout.name.offset);
  return {text, strnlen(text, size)};
}

void put_int(const Span& span, std::int32_t value, Bytes& bytes) {
  const auto size = std::min(reach(span, bytes), sizeof(value));
  if (size > 0) std::memcpy(bytes.data() + span.offset, &value, size);
}

void put_bytes(const Span& span, std::string_view value, Bytes& bytes) {
  const auto room = reach(span, bytes);
  const auto size = std::min(value.size(), room);
  const auto begin =
      bytes.begin() + static_cast<std::ptrdiff_t>(std::min(span.offset, bytes.size()));
  std::copy_n(value.begin(), size, begin);
  std::fill_n(begin + static_cast<std::ptrdiff_t>(size), room - size, '\0');
}

Bytes encode(const Layout& layout, std::int32_t type, std::string_view name,
             std::string_view param) {
  Bytes bytes(layout.size);
  put_int(layout.type, type, bytes);
  put_bytes(layout.name, name, bytes);
  put_int(layout.len_param, static_cast<std::int32_t>(param.size()), bytes);
  put_bytes(layout.param, param, bytes);
  return bytes;
}

}  // namespace gauntlet
