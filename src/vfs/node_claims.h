// Claims on the name of a node, whose name may change while the claim waits.
#pragma once

#include "vfs/name_claims.h"
#include "vfs/node_table.h"

namespace ftpsfs::vfs {

/// A node's name, claimed: it stays as it is while `held` lives.
struct ClaimedNode {
  NameClaims::Held held;
  remote::RemotePath path;
};

/// Errors: kNotFound when the node has no name any more, and those of NameClaims::acquire.
inline Result<ClaimedNode> claim_node(const NodeTable& nodes, NameClaims& claims, NodeId node, bool subtree,
                                      const Context& context) {
  for (;;) {
    FTPSFS_TRY_ASSIGN(const remote::RemotePath path, nodes.path(node));
    FTPSFS_TRY_ASSIGN(auto held, claims.acquire({Claim{path, subtree}}, context));
    const auto now = nodes.path(node);
    if (now && *now == path) return ClaimedNode{std::move(held), path};
  }
}

}  // namespace ftpsfs::vfs
