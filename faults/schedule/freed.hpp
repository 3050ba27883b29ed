// SPDX-License-Identifier: BSD-3-Clause
// Memory that was freed, kept for a while and filled: whoever still reads it dies of what is there,
// and whoever writes to it is found out.
#pragma once

namespace gauntlet::schedule {

// Takes a block instead of free(), and frees the oldest one that was kept.
void keep_freed(void* block);

// abort() where one of those that are kept has been written to.
void check_freed();

}  // namespace gauntlet::schedule
