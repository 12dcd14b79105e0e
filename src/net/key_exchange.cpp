// KeyExchangeMemory: which key-exchange group the server insists on, so that it is offered first.
#include "net/key_exchange.h"

#include <algorithm>
#include <array>

namespace ftpsfs::net {

namespace {

/// OpenSSL's own choice and order.
constexpr std::array kGroups = {NID_X25519, NID_X9_62_prime256v1, NID_X448, NID_secp521r1, NID_secp384r1};

}  // namespace

void KeyExchangeMemory::learn(SSL* ssl) {
  const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
  if (std::ranges::find(kGroups, group) != kGroups.end()) group_ = group;
}

void KeyExchangeMemory::prefer_learnt(SSL* ssl) const {
  auto groups = kGroups;
  const auto learnt = std::ranges::find(groups, group_.load());
  if (learnt == groups.end()) return;
  std::rotate(groups.begin(), learnt, learnt + 1);
  SSL_set1_groups(ssl, groups.data(), static_cast<int>(groups.size()));
}

}  // namespace ftpsfs::net
