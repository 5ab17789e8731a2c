#include "server/descriptor_plan.h"

#include "storage/base/descriptors.h"
#include "storage/base/startup_error.h"
#include "storage/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>

namespace warble::server {
namespace {

/// Standard streams, the look-up of addresses, the admin acceptor, and what the parent left open.
constexpr std::size_t kProcess = 16;
/// An epoll instance, an event, a timer, an acceptor, a connection that is closed at once, and one
/// that is told to come later.
constexpr std::size_t kPerLoop = 6;
constexpr std::size_t kAdminConnections = 32;
constexpr std::size_t kMinConnections = 16;
constexpr std::size_t kMaxTurnedAway = 256;

}  // namespace

DescriptorPlan PlanDescriptors(std::size_t limit, unsigned threads, std::size_t tables) {
  const std::size_t own = kProcess + threads * kPerLoop + kAdminConnections;
  // A compaction of many tables may write as many before it removes them; and they get more.
  const std::size_t growing_tables = tables + tables / 4 + kMinConnections;
  const std::size_t needed =
      own + storage::kDescriptorsBesideTables + growing_tables + kMinConnections;
  if (limit < needed) {
    throw storage::StartupError(fmt::format(
        "this process may open {} files, and {} event loops with {} tables need {}; raise the "
        "limit (ulimit -n, or LimitNOFILE= of a systemd unit)",
        limit, threads, tables, needed));
  }
  // Half for clients and half for tables, unless there are more tables already.
  const std::size_t free = limit - own - storage::kDescriptorsBesideTables;
  DescriptorPlan plan{.admin_connections = kAdminConnections};
  plan.tables = std::max(free / 2, growing_tables);
  plan.turned_away = std::min((free - plan.tables) / 4 / threads, kMaxTurnedAway - 1) + 1;
  plan.connections =
      std::min(free - plan.tables - threads * (plan.turned_away - 1), kMaxConnections);
  return plan;
}

}  // namespace warble::server
