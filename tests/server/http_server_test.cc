// HttpServer: which server gets an address.
#include "server/http_server.h"

#include "api/service.h"
#include "server/line_writer.h"
#include "server/metrics.h"
#include "storage/base/startup_error.h"
#include "tests/support/node.h"
#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <barrier>
#include <memory>
#include <string>
#include <thread>

namespace warble::tests {
namespace {

struct Server {
  TemporaryDirectory directory;
  Node node{directory.path()};
  server::LineWriter log{STDERR_FILENO};
  server::Metrics metrics{node.engine(), node.committer(), log};
  api::Service service{node.engine(), node.committer(), {}};

  server::HttpServer Listen(const server::Address& address) {
    server::HttpServer::Options options;
    options.listen = address;
    options.threads = 4;
    return server::HttpServer(options, service, metrics);
  }
};

std::uint16_t PortOf(const server::HttpServer& http_server) {
  const auto address =
      server::ParseAddress(http_server.url().substr(std::string("http://").size()));
  return address.value().port;
}

}  // namespace

TEST_CASE("http_server: of two that open an address at one instant one is refused") {
  Server server;
  const server::Address address{"127.0.0.1", PortOf(server.Listen({"127.0.0.1", 0}))};
  for (int round = 0; round < 500; ++round) {
    std::array<std::unique_ptr<server::HttpServer>, 2> servers;
    std::array<std::string, 2> refusals;
    std::barrier together(2);
    const auto open = [&](std::size_t i) {
      together.arrive_and_wait();
      try {
        servers[i].reset(new server::HttpServer(server.Listen(address)));
      } catch (const storage::StartupError& error) {
        refusals[i] = error.what();
      }
    };
    std::thread other(open, 1);
    open(0);
    other.join();
    REQUIRE((servers[0] == nullptr) != (servers[1] == nullptr));
    const std::string& refusal = refusals[servers[0] ? 1 : 0];
    REQUIRE(refusal ==
            fmt::format("cannot listen at {}: Address already in use", server::ToString(address)));
  }
}

TEST_CASE("http_server: an address is refused while another has it or all addresses of its port") {
  Server server;
  for (const std::string first : {"127.0.0.1", "0.0.0.0"}) {
    const server::HttpServer http_server = server.Listen({first, 0});
    for (const std::string second : {"127.0.0.1", "0.0.0.0"}) {
      INFO(first, second);
      CHECK_THROWS_AS(server.Listen({second, PortOf(http_server)}), storage::StartupError);
    }
  }
}

}  // namespace warble::tests
