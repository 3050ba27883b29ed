// SPDX-License-Identifier: BSD-3-Clause
// The rules at work.
#include "faults/relay/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace gauntlet {

Decision Scheduler::decide(const Datagram& datagram, const std::string& to) {
  if (!layout_ || rules_.empty()) return {};
  const Sight sight = {int_at(layout_->type, datagram.bytes), name_in(*layout_, datagram.bytes),
                       base_of(datagram.from), to};
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    if (takes(rules_[index], sight)) return {rules_[index].action, index};
  }
  return {};
}

bool Scheduler::passes(const Decision& decision) {
  // One that is reordered has come to nothing yet.
  if (decision.rule && decision.action != Action::kReorder) ++rules_[*decision.rule].bites;
  return decision.action == Action::kPass;
}

void Scheduler::take(const Decision& decision, Datagram datagram, const std::string& to,
                     std::int64_t now_ns) {
  const auto number = arrived_++;
  Rule& rule = rules_.at(*decision.rule);
  if (decision.action == Action::kDrop) return;
  if (decision.action == Action::kAnswer) {
    const auto name = name_in(*layout_, datagram.bytes);
    Datagram answer{
        encode(*layout_, rule.answer_type, name, rule.answer_param), runtime_ + "/" + to, {}};
    out_.push_back({std::make_shared<Datagram>(std::move(answer)), datagram.from, true});
    return;
  }
  if (decision.action == Action::kRewrite) rewrite(*layout_, rule.rewriting, datagram);

  Passage passage{number, {std::make_shared<Datagram>(std::move(datagram)), to}};
  switch (decision.action) {
    case Action::kHold:
      held_.push_back(std::move(passage));
      break;
    case Action::kDelay:
      due_.push({now_ns + rule.delay_ns, std::move(passage)});
      break;
    case Action::kReorder: {
      auto& group = groups_[*decision.rule];
      group.push_back(std::move(passage));
      if (group.size() < rule.group) break;
      ++rule.bites;
      std::reverse(group.begin(), group.end());
      for (auto& each : group) out_.push_back(std::move(each.leaving));
      group.clear();
      break;
    }
    case Action::kDouble:
      out_.push_back(passage.leaving);
      out_.push_back(std::move(passage.leaving));
      break;
    default:
      out_.push_back(std::move(passage.leaving));
  }
  if (decision.action == Action::kRelease) release();
}

void Scheduler::tick(std::int64_t now_ns) {
  while (!due_.empty() && due_.top().at <= now_ns) {
    out_.push_back(due_.top().passage.leaving);
    due_.pop();
  }
}

std::optional<std::int64_t> Scheduler::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.top().at;
}

void Scheduler::release() {
  for (auto& passage : held_) out_.push_back(std::move(passage.leaving));
  held_.clear();
}

void Scheduler::leave_all() {
  std::vector<Passage> all(std::make_move_iterator(held_.begin()),
                           std::make_move_iterator(held_.end()));
  held_.clear();
  for (auto& [rule, group] : groups_) {
    std::move(group.begin(), group.end(), std::back_inserter(all));
  }
  groups_.clear();
  for (; !due_.empty(); due_.pop()) all.push_back(due_.top().passage);
  std::sort(all.begin(), all.end(),
            [](const Passage& a, const Passage& b) { return a.number < b.number; });
  for (auto& passage : all) out_.push_back(std::move(passage.leaving));
}

std::size_t Scheduler::waiting() const {
  std::size_t count = held_.size() + due_.size();
  for (const auto& [rule, group] : groups_) count += group.size();
  return count;
}

const char* name_of(Action action) {
  switch (action) {
    case Action::kPass:
      return "pass";
    case Action::kDrop:
      return "drop";
    case Action::kDouble:
      return "double";
    case Action::kDelay:
      return "delay";
    case Action::kHold:
      return "hold";
    case Action::kRelease:
      return "release";
    case Action::kReorder:
      return "reorder";
    case Action::kRewrite:
      return "rewrite";
    case Action::kAnswer:
      return "answer";
  }
  return "?";
}

}  // namespace gauntlet
