// How the file descriptors that the system allows are shared out.
//
// Clients can use up any share that they get. So connections have a share of their own, and clients
// leave those of the database, the admin listener and the loops alone.
#pragma once

#include <cstddef>
#include <string>

namespace warble::server {

inline constexpr std::size_t kMaxConnections = 10'000;

struct DescriptorPlan {
  std::size_t connections = 0;        ///< of clients, over all loops
  std::size_t turned_away = 0;        ///< of clients that are told to come later, a loop
  std::size_t admin_connections = 0;  ///< on the admin listener
  std::size_t tables = 0;             ///< of the database, each of which it keeps open
};

/// Shares out `limit` descriptors among so many event loops and a database that has `tables` now.
/// Throws storage::StartupError, which says how many are needed, when they are too few.
DescriptorPlan PlanDescriptors(std::size_t limit, unsigned threads, std::size_t tables);

}  // namespace warble::server
