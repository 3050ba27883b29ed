// SPDX-License-Identifier: BSD-3-Clause
// Proves that each verb of the peer says what it is, and what its keys may hold.
#include "targets/peer/reference.hpp"

#include <gmock/gmock.h>

#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

using ::testing::HasSubstr;

class ReferenceTest : public ::testing::Test {
 protected:
  Control control_{-1};
  Verbs verbs_{control_};
};

TEST_F(ReferenceTest, EveryVerbSaysWhatItIs) {
  add_all_verbs(verbs_);
  const Json all = reference_of(verbs_.vocabulary());
  EXPECT_GT(all.size(), 150U);
  for (const auto& [verb, entry] : all.items()) {
    EXPECT_TRUE(entry.contains("does") || !entry.value("header", std::string()).empty()) << verb;
  }
}

TEST_F(ReferenceTest, TellsFunctionHeaderKeysAndRanges) {
  add_all_verbs(verbs_);
  const Json all = reference_of(verbs_.vocabulary());
  EXPECT_EQ(all["mp_sendmsg"]["function"], "rte_mp_sendmsg");
  EXPECT_EQ(all["mp_sendmsg"]["header"], "rte_eal.h");
  EXPECT_EQ(all["eal_hotplug_add"]["header"], "rte_dev.h");
  EXPECT_EQ(all["eth_link_get"]["keys"]["port_id"]["required"], true);
  const auto text = text_of_reference(all);
  EXPECT_THAT(text, HasSubstr("port_id: an integer that fits a C uint16_t: 0 to 65535"));
  EXPECT_THAT(text, HasSubstr("timeout: {\"sec\": integer, \"nsec\": integer} or null"));
}

TEST_F(ReferenceTest, WhatThisDpdkDoesNotHaveIsThereWithItsReason) {
  verbs_.absent("mp_not_yet");
  EXPECT_THAT(text_of_reference(reference_of(verbs_.vocabulary())),
              HasSubstr("absent: rte_mp_not_yet is not in DPDK "));
}

}  // namespace
}  // namespace gauntlet
