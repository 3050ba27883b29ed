// SPDX-License-Identifier: BSD-3-Clause
// What a command may say: unknown keys and wrong types are refused by name before anything happens.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gauntlet {

using Json = nlohmann::json;

enum class Type {
  kBool,
  kInt,       // fits a C int
  kUnsigned,  // fits a C unsigned
  kCount,     // 0 ... 2^63 - 1
  kString,    // without NUL inside
  kHex,       // bytes, two digits each
  kInts,      // list of C ints
  kObjects,   // list of 0 ... 2^64 - 1
  kStrings,   // list of strings
  kPointer,   // "0x..." as an earlier answer gave it
  kTimespec,  // {"sec": n, "nsec": n}
  kCommand,   // {"verb": ..., keys of that verb}
  kNull,      // only null
};

enum class Need { kRequired, kOptional, kNullable, kNullableOptional };

struct Key {
  const char* name;
  Type type;
  Need need = Need::kOptional;
};

using Keys = std::vector<Key>;

// Why `command` is refused, or nothing. "id" and "verb" are every command's own.
std::optional<std::string> refusal(const std::string& verb, const Keys& keys, const Json& command);

// Bytes of a kHex value.
std::vector<unsigned char> bytes_of(const std::string& hex);
std::string hex_of(const void* data, std::size_t size);

// An address as kPointer has it, and back; null for NULL.
Json text_of(const void* address);
void* pointer_of(const Json& text);

}  // namespace gauntlet
