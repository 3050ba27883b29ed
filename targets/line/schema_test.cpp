// SPDX-License-Identifier: BSD-3-Clause
// Proves that commands are refused by name before anything happens.
#include "targets/line/schema.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <initializer_list>
#include <limits>

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

const Keys kKeys = {
    {"name", Type::kString, Need::kRequired, Null::kAllowed},
    {"count", Type::kCount, Need::kRequired},
    {"fds", Type::kInts},
    {"size", Type::kUnsigned},
    {"timeout", Type::kTimespec, Need::kOptional, Null::kAllowed},
};

std::string why(const Json& command) {
  return refusal("verb", kKeys, command).value_or("accepted");
}

Json good() { return {{"id", 1}, {"verb", "verb"}, {"name", "n"}, {"count", 3}}; }

Json with(const char* key, Json value) {
  Json command = good();
  command[key] = std::move(value);
  return command;
}

TEST(Refusal, AcceptsWhatFits) {
  EXPECT_EQ(why(good()), "accepted");
  EXPECT_EQ(why(with("name", nullptr)), "accepted");
  EXPECT_EQ(why(with("timeout", nullptr)), "accepted");
  EXPECT_EQ(why(with("timeout", {{"sec", -1}, {"nsec", 5}})), "accepted");
  EXPECT_EQ(why(with("fds", {-1, 0, 2147483647})), "accepted");
  EXPECT_EQ(why(with("size", 0)), "accepted");
  EXPECT_EQ(why(with("size", 4294967295)), "accepted");
}

TEST(Refusal, NamesTheUnknownKeyAndTheKnownOnes) {
  EXPECT_THAT(why(with("nmae", 1)), HasSubstr("unknown key \"nmae\""));
  EXPECT_THAT(why(with("nmae", 1)), HasSubstr("name, count, fds, size, timeout"));
}

TEST(Refusal, NamesTheMissingKey) {
  Json command = good();
  command.erase("count");
  EXPECT_THAT(why(command), HasSubstr("needs the key \"count\""));
}

TEST(Refusal, NamesTheWrongType) {
  EXPECT_THAT(why(with("count", -1)), HasSubstr("key \"count\" of verb is -1"));
  EXPECT_THAT(why(with("count", nullptr)), HasSubstr("a count of 0 or more"));
  EXPECT_THAT(why(with("name", 5)), HasSubstr("or null"));
  EXPECT_THAT(why(with("name", std::string("a\0b", 3))), HasSubstr("without NUL"));
  EXPECT_THAT(why(with("fds", {1, "2"})), HasSubstr("list of integers"));
  EXPECT_THAT(why(with("fds", {2147483648})), HasSubstr("fit a C int"));
  EXPECT_THAT(why(with("size", 4294967296)), HasSubstr("fits a C unsigned"));
  EXPECT_THAT(why(with("size", -1)), HasSubstr("fits a C unsigned"));
  EXPECT_THAT(why(with("timeout", {{"sec", 1}})), HasSubstr("nsec"));
  EXPECT_THAT(why(with("timeout", 1.5)), HasSubstr("nsec"));
}

std::string one(Type type, Json value) {
  return refusal("v", {{"k", type}}, {{"k", std::move(value)}}).value_or("accepted");
}

TEST(Refusal, KnowsEveryType) {
  EXPECT_TRUE(fits(Type::kBool, true));
  EXPECT_FALSE(fits(Type::kBool, 1));
  EXPECT_TRUE(fits(Type::kHex, "00fF"));
  EXPECT_FALSE(fits(Type::kHex, "0"));
  EXPECT_FALSE(fits(Type::kHex, "zz"));
  EXPECT_TRUE(fits(Type::kPointer, "0x1f"));
  EXPECT_FALSE(fits(Type::kPointer, "31"));
  EXPECT_FALSE(fits(Type::kPointer, "0x"));
  EXPECT_TRUE(fits(Type::kObjects, {0U, 18446744073709551615U}));
  EXPECT_FALSE(fits(Type::kObjects, {-1}));
  EXPECT_TRUE(fits(Type::kStrings, {"a"}));
  EXPECT_FALSE(fits(Type::kStrings, "a"));
  EXPECT_TRUE(fits(Type::kCommand, {{"verb", "x"}}));
  EXPECT_FALSE(fits(Type::kCommand, {{"id", 1}}));
  EXPECT_TRUE(fits(Type::kNull, nullptr));
  EXPECT_FALSE(fits(Type::kNull, 0));
}

struct Width {
  Type type;
  Json least;
  Json most;
  const char* words;
};

TEST(Refusal, KnowsTheRangeOfEveryInteger) {
  constexpr auto kLeast = std::numeric_limits<long>::min();
  constexpr auto kMost = std::numeric_limits<long>::max();
  for (const auto& [type, least, most, words] : std::initializer_list<Width>{
           {Type::kUint8, 0, 255, "uint8_t: 0 to 255"},
           {Type::kUint16, 0, 65535, "uint16_t: 0 to 65535"},
           {Type::kUint32, 0, 4294967295U, "uint32_t: 0 to 4294967295"},
           {Type::kUnsigned, 0, 4294967295U, "unsigned: 0 to 4294967295"},
           {Type::kInt, -2147483648, 2147483647, "int: -2147483648 to 2147483647"},
           {Type::kLong, kLeast, kMost, "long: -9223372036854775808 to 9223372036854775807"}}) {
    EXPECT_EQ(one(type, least), "accepted");
    EXPECT_EQ(one(type, most), "accepted");
    EXPECT_THAT(one(type, most.get<std::uint64_t>() + 1), HasSubstr(words));
    EXPECT_THAT(one(type, 1.5), HasSubstr(words));
    if (least != kLeast) {
      EXPECT_THAT(one(type, least.get<long>() - 1), HasSubstr(words));
    }
  }
  for (const Type type : {Type::kUint64, Type::kSize}) {
    EXPECT_EQ(one(type, 18446744073709551615U), "accepted");
    EXPECT_THAT(one(type, -1), HasSubstr("0 to 18446744073709551615"));
    EXPECT_THAT(one(type, 1e20), HasSubstr("0 to 18446744073709551615"));
  }
  EXPECT_THAT(one(Type::kCount, 9223372036854775808U), HasSubstr("a count of 0 or more"));
  EXPECT_THAT(one(Type::kTimespec, {{"sec", 9223372036854775808U}, {"nsec", 0}}),
              HasSubstr("nsec"));
}

TEST(Hex, GoesBothWays) {
  const std::vector<unsigned char> bytes = {0x00, 0x7f, 0xff};
  EXPECT_EQ(hex_of(bytes.data(), bytes.size()), "007fff");
  EXPECT_EQ(bytes_of("007fff"), bytes);
  EXPECT_TRUE(bytes_of("").empty());
}

TEST(Pointer, GoesBothWays) {
  const int here = 0;
  const Json text = text_of(&here);
  EXPECT_EQ(pointer_of(text), &here);
  EXPECT_TRUE(text_of(nullptr).is_null());
}

}  // namespace
}  // namespace gauntlet
