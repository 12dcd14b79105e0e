// KeyExchangeMemory: which key-exchange group the server insists on, so that it is offered first.
#include "net/key_exchange.h"

#include <algorithm>
#include <array>

namespace ftpsfs::net {

namespace {

struct Group {
  int number;
  std::string_view name;
};
/// OpenSSL's own choice and order.
constexpr std::array kGroups{Group{NID_X25519, "X25519"}, Group{NID_X9_62_prime256v1, "P-256"}, Group{NID_X448, "X448"},
                             Group{NID_secp521r1, "P-521"}, Group{NID_secp384r1, "P-384"}};

}  // namespace

void KeyExchangeMemory::learn(SSL* ssl) {
  const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
  if (std::ranges::find(kGroups, group, &Group::number) != kGroups.end()) group_ = group;
}

void KeyExchangeMemory::prefer_learnt(SSL* ssl) const {
  std::array<int, kGroups.size()> groups{};
  std::ranges::transform(kGroups, groups.begin(), &Group::number);
  const auto learnt = std::ranges::find(groups, group_.load());
  if (learnt == groups.end()) return;
  std::rotate(groups.begin(), learnt, learnt + 1);
  SSL_set1_groups(ssl, groups.data(), static_cast<int>(groups.size()));
}

std::string KeyExchangeMemory::learnt() const {
  const auto group = std::ranges::find(kGroups, group_.load(), &Group::number);
  if (group == kGroups.end() || group == kGroups.begin()) return {};
  return std::string(group->name);
}

void KeyExchangeMemory::expect(std::string_view name) {
  const auto group = std::ranges::find(kGroups, name, &Group::name);
  group_ = group == kGroups.end() ? 0 : group->number;
}

}  // namespace ftpsfs::net
