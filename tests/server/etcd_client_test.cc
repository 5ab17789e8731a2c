// The client against servers that are no etcd. Against etcd itself: tests/cluster.
#include "server/etcd_client.h"

#include "tests/support/loop.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace warble::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using sharding::AgreedTransaction;
using sharding::Outcome;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

const AgreedTransaction kTransaction{{{"k", 5}}, {{"k", "v"}}};

std::string Header(std::string_view cluster) {
  return R"("header":{"cluster_id":")" + std::string(cluster) + R"(","revision":"9"})";
}

std::string Answer(std::string_view body, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

const std::string kApplied = Answer("{" + Header("1") + R"(,"succeeded":true})");
const std::string kRow = R"({"key":"L2s=","mod_revision":"8","value":"dg=="})";
const std::string kOurOwnRefused =
    Answer("{" + Header("1") + R"(,"responses":[{"response_range":{"kvs":[)" + kRow + "]}}]}");

/// Answers each connection's request with the bytes of `script` in turn, the last for ever, and
/// closes; without bytes it keeps silent.
class FakeEtcd {
 public:
  explicit FakeEtcd(std::vector<std::string> script, bool repeat_bytes = false)
      : script_(std::move(script)),
        repeat_bytes_(repeat_bytes),
        acceptor_(io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)),
        thread_([this] { Serve(); }) {}
  ~FakeEtcd() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket last(io_);
    last.connect(acceptor_.local_endpoint(), ignored);  // wakes the thread
    thread_.join();
  }

  Address address() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  std::size_t requests() const { return requests_; }

 private:
  void Serve() {
    std::vector<tcp::socket> silent;
    while (true) {
      tcp::socket socket = acceptor_.accept();
      if (stopping_) return;
      boost::system::error_code ignored;
      std::string request(4096, '\0');
      socket.read_some(asio::buffer(request), ignored);
      const std::size_t turn = requests_++;
      const std::string& bytes = script_[std::min(turn, script_.size() - 1)];
      if (bytes.empty()) {
        silent.push_back(std::move(socket));
        continue;
      }
      do {
        asio::write(socket, asio::buffer(bytes), ignored);
      } while (repeat_bytes_ && !ignored && !stopping_);
      socket.shutdown(tcp::socket::shutdown_both, ignored);
    }
  }

  const std::vector<std::string> script_;
  const bool repeat_bytes_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> requests_{0};
  std::thread thread_;
};

EtcdClient::Options Options(std::vector<Address> endpoints) {
  return {std::move(endpoints), "/", milliseconds{150}};
}

steady_clock::time_point In(milliseconds time) { return steady_clock::now() + time; }

}  // namespace

TEST_CASE("etcd client: endpoints are URLs of plain HTTP") {
  CHECK(ParseEtcdEndpoints("http://127.0.0.1:2379") == std::vector<Address>{{"127.0.0.1", 2379}});
  CHECK(ParseEtcdEndpoints("http://a:1/,http://[::1]:2") ==
        std::vector<Address>{{"a", 1}, {"::1", 2}});
  for (const char* text : {"", "a:1", "https://a:1", "http://a", "http://a:0", "http://a:1,",
                           ",http://a:1", "http://a:1/x", "http://a:1, http://b:1"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseEtcdEndpoints(text));
  }
}

TEST_CASE("etcd client: no garbage is an answer") {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::string> garbage = {
      "",
      "x",
      "\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n",
      head,
      head + "Content-Length: 5\r\n\r\n{",
      head + "Content-Length: 99999999999\r\n\r\n{}",
      head + "Content-Length: -1\r\n\r\n{}",
      chunked + "zz\r\n",
      chunked + "ffffffffffffffff\r\n{",
      chunked + "2\r\n{}\r\n0\r\n",
      Answer(""),
      Answer("{}"),
      Answer("[]"),
      Answer(R"({"succeeded":true})"),
      Answer("{" + Header("x") + R"(,"succeeded":true})"),
      Answer("{" + Header("1") + R"(,"succeeded":true})", "503 Service Unavailable"),
      Answer("{" + Header("1") + R"(,"succeeded":true})", "302 Found"),
  };
  for (const std::string& bytes : garbage) {
    CAPTURE(bytes);
    FakeEtcd fake({bytes});
    tests::Loop loop;
    EtcdClient client(loop.executor(), Options({fake.address()}));
    const auto began = steady_clock::now();
    const auto answer = loop.Run(client.Commit(kTransaction, In(milliseconds{60})));
    CHECK(answer.outcome == Outcome::kUnknown);
    CHECK_FALSE(answer.why.empty());
    CHECK(std::holds_alternative<EtcdFailure>(loop.Run(client.ReadOne("k", In(milliseconds{60})))));
    const auto watch = client.Watch(1);
    CHECK(loop.Run(watch->Next()).ended.has_value());
    CHECK(steady_clock::now() - began < std::chrono::seconds{5});
    CHECK_FALSE(client.cluster());
  }
}

TEST_CASE("etcd client: answers without an end are cut off") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string block(1 << 16, 'x');
  const std::string endless_body = chunked + "7fffffff\r\n" + block;
  const std::string endless_trailer = chunked + "0\r\nA: " + block;
  const std::string endless_header = "HTTP/1.1 200 OK\r\nA: " + block;
  for (const std::string& bytes : {endless_body, endless_trailer, endless_header}) {
    FakeEtcd fake({bytes}, true);
    tests::Loop loop;
    EtcdClient client(loop.executor(), Options({fake.address()}));
    CHECK(loop.Run(client.Commit(kTransaction, In(milliseconds{60}))).outcome == Outcome::kUnknown);
    CHECK(loop.Run(client.Watch(1)->Next()).ended.has_value());
  }
}

TEST_CASE("etcd client: a transaction without an answer is sent again, and never read") {
  FakeEtcd fake({"", Answer("{}", "503 Service Unavailable"), kOurOwnRefused});
  tests::Loop loop;
  EtcdClient client(loop.executor(), Options({fake.address()}));
  const auto answer = loop.Run(client.Commit(kTransaction, In(milliseconds{5000})));
  CHECK(answer.outcome == Outcome::kApplied);
  CHECK(answer.revision == 9);
  CHECK(fake.requests() == 3);
}

TEST_CASE("etcd client: one endpoint after the other is asked, and the one that answers stays") {
  FakeEtcd silent({""});
  FakeEtcd good({kApplied});
  tcp::endpoint closed;
  {
    asio::io_context io;
    closed =
        tcp::acceptor(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)).local_endpoint();
  }
  tests::Loop loop;
  EtcdClient client(loop.executor(),
                    Options({silent.address(), {"127.0.0.1", closed.port()}, good.address()}));
  CHECK(loop.Run(client.Commit(kTransaction, In(milliseconds{5000}))).outcome == Outcome::kApplied);
  CHECK(loop.Run(client.Commit(kTransaction, In(milliseconds{5000}))).outcome == Outcome::kApplied);
  CHECK(silent.requests() == 1);
  CHECK(good.requests() == 2);
  CHECK(client.cluster() == EtcdCluster{1});
}

TEST_CASE("etcd client: the answer of another cluster of etcd is none") {
  FakeEtcd fake({kApplied, Answer("{" + Header("2") + R"(,"succeeded":true})")});
  tests::Loop loop;
  EtcdClient client(loop.executor(), Options({fake.address()}));
  CHECK(loop.Run(client.Commit(kTransaction, In(milliseconds{500}))).outcome == Outcome::kApplied);
  const auto answer = loop.Run(client.Commit(kTransaction, In(milliseconds{60})));
  CHECK(answer.outcome == Outcome::kUnknown);
  CHECK(answer.why == "another cluster of etcd");
}

TEST_CASE("etcd client: messages of a watch are told apart however they are cut") {
  const std::string message =
      R"({"result":{)" + Header("1") + R"(,"events":[{"kv":)" + kRow + "}]}}";
  const auto chunk = [](std::string bytes) {
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
  };
  const std::string first = R"({"result":{)" + Header("1") + R"(,"created":true}})" + "\n";
  FakeEtcd fake({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(first) +
                 chunk(message.substr(0, 30)) + chunk(message.substr(30) + "\n" + message + "\n") +
                 chunk(R"({"error":{"message":"etcdserver: no leader"}})") + "0\r\n\r\n"});
  tests::Loop loop;
  EtcdWatch watch(loop.executor(), fake.address(), "/", 1, EtcdCluster{1});
  CHECK(loop.Run(watch.Next()).changes.empty());
  for (int i = 0; i < 2; ++i) {
    const EtcdWatched watched = loop.Run(watch.Next());
    CHECK_FALSE(watched.ended);
    REQUIRE(watched.changes.size() == 1);
    CHECK(watched.changes[0].changed_at == 8);
  }
  CHECK(loop.Run(watch.Next()).ended == "etcdserver: no leader");
  EtcdWatch other(loop.executor(), fake.address(), "/", 1, EtcdCluster{2});
  CHECK(loop.Run(other.Next()).ended == "another cluster of etcd");
}

}  // namespace warble::server
