// FaultPlan: counts matching commands and picks the fault that strikes.
#include "fakes/fake_fault.h"

#include <utility>

namespace ftpsfs::test {

int FaultPlan::add(std::string verb, Fault fault) {
  std::lock_guard lock(mutex_);
  rules_.push_back(Rule{.verb = std::move(verb), .fault = std::move(fault)});
  return static_cast<int>(rules_.size()) - 1;
}

void FaultPlan::clear() {
  std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) rule.active = false;
}

Fault FaultPlan::match(std::string_view verb, std::string_view path) {
  std::lock_guard lock(mutex_);
  Rule* chosen = nullptr;
  for (Rule& rule : rules_) {
    if (!rule.active || (rule.verb != "*" && rule.verb != verb)) continue;
    if (!rule.fault.path.empty() && rule.fault.path != path) continue;
    ++rule.matches;
    if (chosen == nullptr && (rule.fault.nth == 0 || rule.fault.nth == rule.matches)) chosen = &rule;
  }
  if (chosen == nullptr) return {};
  ++chosen->hits;
  return chosen->fault;
}

int FaultPlan::hits(int id) const {
  std::lock_guard lock(mutex_);
  return rules_.at(static_cast<std::size_t>(id)).hits;
}

}  // namespace ftpsfs::test
