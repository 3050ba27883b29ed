// SPDX-License-Identifier: BSD-3-Clause
// DPDK's private IPC datagram, in the layout that a peer greeted with: nothing here knows one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "targets/line/handle.hpp"

namespace gauntlet {

using Bytes = std::vector<unsigned char>;

// Where a field lies.
struct Span {
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct Layout {
  std::size_t size = 0;
  Span type;
  Span name;
  Span len_param;
  Span num_fds;
  Span param;
};

// A datagram as it came: its sender's address ("" if it has none), and descriptors of ours.
struct Datagram {
  Bytes bytes;
  std::string from;
  std::vector<Handle> fds;
};

// The fields of a datagram; a field that a short one lacks reads as zero.
std::int32_t int_at(const Span& span, const Bytes& bytes);
std::string_view name_in(const Layout& layout, const Bytes& bytes);

// Writes into a datagram, as far as it reaches.
void put_int(const Span& span, std::int32_t value, Bytes& bytes);
// The rest of the field becomes zero.
void put_bytes(const Span& span, std::string_view value, Bytes& bytes);

// A whole datagram without descriptors.
Bytes encode(const Layout& layout, std::int32_t type, std::string_view name,
             std::string_view param);

}  // namespace gauntlet
