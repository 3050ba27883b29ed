// SPDX-License-Identifier: BSD-3-Clause
// What the director of a scene calls, from Python: see faults/schedule.py.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Makes the file that all share; 0, or an errno.
int gauntlet_schedule_make(const char* path);

// The process that sees itself as `pid`; 0, or -1 where none has joined in that does.
int gauntlet_schedule_name(int pid, int host_pid, const char* name);

// From now on threads take turns; the director runs.
void gauntlet_schedule_begin();

// Another order, by the rule at first; the director runs, and nobody else could.
void gauntlet_schedule_order(std::uint64_t any_moment_ns);

// The order is by priorities that follow from the seed.
void gauntlet_schedule_by_chance(std::uint64_t seed);

// At this decision the one that would go on gets a low priority. 0, or -1: there is no room.
int gauntlet_schedule_change(std::uint32_t at);

// At this decision, which comes after those that were said before, this one goes on. 0, or -1: no
// room.
int gauntlet_schedule_switch(std::uint32_t at, const char* name);

// The director has done a step: somebody else may go on.
void gauntlet_schedule_point();

// The director waits for what a process is to say. for_nobody: until nobody can go on.
void gauntlet_schedule_wait(int for_nobody);

// The director waits no more, whether or not that has come.
void gauntlet_schedule_go_on();

// 0: it is the director's turn; 1: it is, because nobody else can go on; 2: not yet, after so many
// ms.
int gauntlet_schedule_turn(unsigned most_ms);

// A process was heard; who goes on is for others to say, or for the director's next look. line: to
// have said one more.  done: what the director waits for has come with it.
void gauntlet_schedule_heard(int line, int done);

// Waits until all that was written until now has been heard; 0, or -1 after so many ms.
int gauntlet_schedule_hear(unsigned most_ms);

// How many threads have been made, and how many lines written, until now: a command makes one of
// them.
std::uint32_t gauntlet_schedule_began();

// Waits for the next of those; 0, or -1 after so many ms.
int gauntlet_schedule_wait_begun(std::uint32_t seen, unsigned most_ms);

// A process has ended, or (stopped: 1, 0) is stopped or goes on. As above, nobody is let go on
// here.
void gauntlet_schedule_process(int host_pid, int gone, int stopped);

// Nobody takes turns any more.
void gauntlet_schedule_end();

// One line for each thread: its name, its state and its last call. How many bytes were written.
int gauntlet_schedule_threads(char* into, std::size_t size);

// One line for each decision: who went on, who would have by the rule, and all who could.
int gauntlet_schedule_decisions(char* into, std::size_t size);

// How many switches were to somebody who could not go on.
std::uint32_t gauntlet_schedule_missed();

}  // extern "C"
