// PlanDescriptors: each has its share, and leaves those of others alone.
#include "server/descriptor_plan.h"

#include "storage/base/descriptors.h"
#include "storage/base/startup_error.h"
#include "storage/engine/engine.h"

#include <doctest/doctest.h>

namespace warble::server {

TEST_CASE("descriptor plan: the shares of all together are within the limit") {
  for (const std::size_t limit : {300u, 1'024u, 4'096u, 20'000u, 1'048'576u}) {
    for (const unsigned threads : {1u, 2u, 16u}) {
      for (const std::size_t tables : {0u, 60u, 500u, 8'000u}) {
        CAPTURE(limit);
        CAPTURE(threads);
        CAPTURE(tables);
        DescriptorPlan plan;
        try {
          plan = PlanDescriptors(limit, threads, tables);
        } catch (const storage::StartupError&) {
          continue;
        }
        CHECK(plan.connections >= 12);
        CHECK(plan.connections <= kMaxConnections);
        CHECK(plan.turned_away >= 1);
        CHECK(plan.admin_connections >= 1);
        CHECK(plan.tables >= tables + tables / 4);
        // Five for each loop: epoll, two of its queue, an acceptor, and one just accepted.
        CHECK(plan.connections + threads * (plan.turned_away + 5) + plan.admin_connections +
                  plan.tables + storage::kDescriptorsBesideTables <=
              limit);
      }
    }
  }
}

TEST_CASE("descriptor plan: where the limit is high, connections are as many as ever") {
  CHECK(PlanDescriptors(1'048'576, 16, 0).connections == kMaxConnections);
  CHECK(PlanDescriptors(1'048'576, 16, 0).turned_away == 256);
}

TEST_CASE("descriptor plan: too low a limit is refused and the needed one is said") {
  const auto refusal = [](std::size_t limit, unsigned threads, std::size_t tables) -> std::string {
    try {
      PlanDescriptors(limit, threads, tables);
    } catch (const storage::StartupError& error) {
      return error.what();
    }
    return {};
  };
  CHECK(refusal(219, 2, 0) ==
        "this process may open 219 files, and 2 event loops with 0 tables need 220; raise the "
        "limit (ulimit -n, or LimitNOFILE= of a systemd unit)");
  CHECK(refusal(220, 2, 0).empty());
  CHECK_FALSE(refusal(220, 3, 0).empty());
  CHECK_FALSE(refusal(1'024, 2, 1'000).empty());
}

}  // namespace warble::server
