// SPDX-License-Identifier: BSD-3-Clause
// Checks a command against the keys of its verb.
#include "schema.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sstream>

namespace gauntlet {
namespace {

bool is_int(const Json& v) {
  if (!v.is_number_integer()) return false;
  if (v.is_number_unsigned()) return v.get<std::uint64_t>() <= std::numeric_limits<int>::max();
  const auto value = v.get<std::int64_t>();
  return value >= std::numeric_limits<int>::min() && value <= std::numeric_limits<int>::max();
}

bool is_string(const Json& v) {
  return v.is_string() && v.get_ref<const std::string&>().find('\0') == std::string::npos;
}

bool is_hex(const Json& v) {
  if (!v.is_string()) return false;
  const auto& s = v.get_ref<const std::string&>();
  return s.size() % 2 == 0 && s.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

bool is_pointer(const Json& v) {
  if (!v.is_string()) return false;
  const auto& s = v.get_ref<const std::string&>();
  return s.size() > 2 && s.size() <= 18 && s.compare(0, 2, "0x") == 0 &&
         s.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

bool is_timespec(const Json& v) {
  return v.is_object() && v.size() == 2 && v.contains("sec") && v.contains("nsec") &&
         v["sec"].is_number_integer() && v["nsec"].is_number_integer();
}

template <typename Predicate>
bool is_list(const Json& v, Predicate each) {
  return v.is_array() && std::all_of(v.begin(), v.end(), each);
}

bool fits(Type type, const Json& v) {
  switch (type) {
    case Type::kBool:
      return v.is_boolean();
    case Type::kInt:
      return is_int(v);
    case Type::kUnsigned:
      return v.is_number_integer() && v >= 0 && v <= std::numeric_limits<unsigned>::max();
    case Type::kCount:
      return v.is_number_integer() && v >= 0 && v <= std::numeric_limits<std::int64_t>::max();
    case Type::kString:
      return is_string(v);
    case Type::kHex:
      return is_hex(v);
    case Type::kInts:
      return is_list(v, is_int);
    case Type::kObjects:
      return is_list(v, [](const Json& e) { return e.is_number_unsigned(); });
    case Type::kStrings:
      return is_list(v, is_string);
    case Type::kPointer:
      return is_pointer(v);
    case Type::kTimespec:
      return is_timespec(v);
    case Type::kCommand:
      return v.is_object() && v.contains("verb") && v["verb"].is_string();
    case Type::kNull:
      return v.is_null();
  }
  return false;
}

const char* describe(Type type) {
  switch (type) {
    case Type::kBool:
      return "true or false";
    case Type::kInt:
      return "an integer that fits a C int";
    case Type::kUnsigned:
      return "an integer that fits a C unsigned";
    case Type::kCount:
      return "a count of 0 or more";
    case Type::kString:
      return "a string without NUL";
    case Type::kHex:
      return "bytes as hexadecimal digits, two a byte";
    case Type::kInts:
      return "a list of integers that fit a C int";
    case Type::kObjects:
      return "a list of integers of 0 or more";
    case Type::kStrings:
      return "a list of strings";
    case Type::kPointer:
      return "a pointer as an answer gave it, like \"0x7f12\"";
    case Type::kTimespec:
      return R"({"sec": integer, "nsec": integer})";
    case Type::kCommand:
      return R"(a command, {"verb": ...})";
    case Type::kNull:
      return "null";
  }
  return "?";
}

}  // namespace

std::optional<std::string> refusal(const std::string& verb, const Keys& keys, const Json& command) {
  for (const auto& [name, value] : command.items()) {
    if (name == "id" || name == "verb") continue;
    const std::string key_name = name;
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return key_name == k.name; });
    if (key == keys.end()) {
      std::string allowed;
      for (const auto& k : keys) allowed += std::string(allowed.empty() ? "" : ", ") + k.name;
      return "unknown key \"" + key_name + "\" for " + verb + "; its keys are: " + allowed;
    }
    const bool nullable = key->need == Need::kNullable || key->need == Need::kNullableOptional;
    if (!fits(key->type, value) && !(nullable && value.is_null())) {
      return "key \"" + key_name + "\" of " + verb + " is " + value.dump() + "; it must be " +
             describe(key->type) + (nullable ? " or null" : "");
    }
  }
  for (const auto& key : keys) {
    const bool needed = key.need == Need::kRequired || key.need == Need::kNullable;
    if (needed && !command.contains(key.name)) {
      return verb + " needs the key \"" + key.name + "\": " + describe(key.type);
    }
  }
  return std::nullopt;
}

std::vector<unsigned char> bytes_of(const std::string& hex) {
  std::vector<unsigned char> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
  }
  return bytes;
}

std::string hex_of(const void* data, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 0xfU];
  }
  return text;
}

Json text_of(const void* address) {
  if (address == nullptr) return nullptr;
  std::ostringstream out;
  out << "0x" << std::hex << reinterpret_cast<std::uintptr_t>(address);
  return out.str();
}

void* pointer_of(const Json& text) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the handle is the address, as C has it.
  return reinterpret_cast<void*>(std::stoull(text.get<std::string>(), nullptr, 16));
}

}  // namespace gauntlet
