#include "tests/cluster/etcd_members.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <thread>

namespace warble::tests {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kStartTimeout{30};

/// The number behind `"name":"`, or 0.
std::uint64_t NumberOf(const std::string& json, std::string_view name) {
  const std::string before = fmt::format("\"{}\":\"", name);
  const std::size_t at = json.find(before);
  if (at == std::string::npos) return 0;
  return std::strtoull(json.c_str() + at + before.size(), nullptr, 10);
}

std::string Url(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}", port); }

}  // namespace

EtcdMembers::EtcdMembers(std::size_t count) {
  boost::asio::io_context io;
  std::vector<std::unique_ptr<tcp::acceptor>> taken;  // together, so that no port comes twice
  const auto free_port = [&] {
    const tcp::endpoint any(boost::asio::ip::make_address("127.0.0.1"), 0);
    taken.push_back(std::make_unique<tcp::acceptor>(io, any));
    return taken.back()->local_endpoint().port();
  };
  for (std::size_t i = 0; i < count; ++i) members_.push_back({free_port(), free_port()});
  taken.clear();
  for (std::size_t i = 0; i < count; ++i) Start(i);
  for (std::size_t i = 0; i < count; ++i) WaitFor(i);
}

EtcdMembers::~EtcdMembers() {
  for (std::size_t i = 0; i < members_.size(); ++i) Kill(i);
}

server::Address EtcdMembers::endpoint(std::size_t member) const {
  return {"127.0.0.1", members_[member].client_port};
}

std::vector<server::Address> EtcdMembers::endpoints(std::size_t first) const {
  std::vector<server::Address> endpoints;
  for (std::size_t i = 0; i < size(); ++i) endpoints.push_back(endpoint((first + i) % size()));
  return endpoints;
}

void EtcdMembers::Start(std::size_t member) {
  std::string cluster;
  for (std::size_t i = 0; i < size(); ++i) {
    cluster += fmt::format("{}m{}={}", i > 0 ? "," : "", i, Url(members_[i].peer_port));
  }
  const std::string client = Url(members_[member].client_port);
  const std::string peer = Url(members_[member].peer_port);
  std::vector<std::string> words = {
      "etcd",
      fmt::format("--name=m{}", member),
      "--data-dir=" + (directory_.path() / fmt::format("m{}", member)).string(),
      "--listen-client-urls=" + client,
      "--advertise-client-urls=" + client,
      "--listen-peer-urls=" + peer,
      "--initial-advertise-peer-urls=" + peer,
      "--initial-cluster=" + cluster,
      "--initial-cluster-token=" + directory_.path().string(),
      "--heartbeat-interval=50",
      "--election-timeout=500",
      "--logger=zap",
      "--log-outputs=" + (directory_.path() / fmt::format("m{}.log", member)).string()};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char* const environment[] = {nullptr};
    ::execve("/usr/bin/etcd", arguments.data(), environment);
    ::_exit(127);
  }
  members_[member].pid = pid;
}

void EtcdMembers::WaitFor(std::size_t member) {
  const auto until = steady_clock::now() + kStartTimeout;
  while (true) {
    const std::string status = Post(member, "/v3/maintenance/status", "{}");
    members_[member].id = NumberOf(status, "member_id");
    if (members_[member].id != 0 && NumberOf(status, "leader") != 0) return;
    if (steady_clock::now() > until) {
      throw std::runtime_error("etcd did not start; tools/setup tests installs it");
    }
    std::this_thread::sleep_for(milliseconds{50});
  }
}

void EtcdMembers::Kill(std::size_t member) {
  pid_t& pid = members_[member].pid;
  if (pid < 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  pid = -1;
  members_[member].paused = false;
}

void EtcdMembers::Restart(std::size_t member) {
  Start(member);
  WaitFor(member);
}

void EtcdMembers::Pause(std::size_t member) {
  ::kill(members_[member].pid, SIGSTOP);
  ::waitpid(members_[member].pid, nullptr, WUNTRACED);
  members_[member].paused = true;
}

void EtcdMembers::Resume(std::size_t member) {
  ::kill(members_[member].pid, SIGCONT);
  members_[member].paused = false;
}

std::size_t EtcdMembers::Leader() {
  const auto until = steady_clock::now() + kStartTimeout;
  while (steady_clock::now() < until) {
    for (const Member& asked : members_) {
      if (asked.pid < 0 || asked.paused) continue;
      const auto member = static_cast<std::size_t>(&asked - members_.data());
      const std::uint64_t leader = NumberOf(Post(member, "/v3/maintenance/status", "{}"), "leader");
      for (std::size_t i = 0; i < size(); ++i) {
        const Member& found = members_[i];
        if (leader != 0 && found.id == leader && found.pid > 0 && !found.paused) return i;
      }
    }
    std::this_thread::sleep_for(milliseconds{50});
  }
  throw std::runtime_error("etcd has no leader");
}

std::string EtcdMembers::Post(std::size_t member, std::string_view path,
                              std::string_view body) const {
  tcp::iostream stream;
  stream.expires_after(seconds{5});
  stream.connect("127.0.0.1", std::to_string(members_[member].client_port));
  stream << "POST " << path << " HTTP/1.0\r\nContent-Length: " << body.size() << "\r\n\r\n"
         << body << std::flush;
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace warble::tests
