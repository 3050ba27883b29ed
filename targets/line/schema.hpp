// SPDX-License-Identifier: BSD-3-Clause
// What a command may say: unknown keys and wrong types are refused by name before anything happens.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "targets/line/json.hpp"

namespace gauntlet {

// Every integer has the width of the C type that it becomes: what does not fit is refused, never
// cut. A list of integers has that of its elements.
enum class Type {
  kBool,
  kInt,
  kLong,
  kUnsigned,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kSize,      // size_t
  kCount,     // 0 ... 2^63 - 1: a count of our own, which C has no type for
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

// True if the value is of this type.
bool fits(Type type, const Json& value);

// The values of this type, in words, with the range of an integer.
std::string in_words(Type type);

enum class Need { kOptional, kRequired };
enum class Null { kRefused, kAllowed };

struct Key {
  const char* name;
  Type type;
  Need need = Need::kOptional;
  Null null = Null::kRefused;
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
