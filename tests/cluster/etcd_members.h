// Real members of an etcd cluster, on free ports of the loopback and in a temporary directory.
#pragma once

#include "server/config.h"
#include "tests/support/temporary_directory.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warble::tests {

class EtcdMembers {
 public:
  /// Starts them and returns when all of them answer. Throws std::runtime_error.
  explicit EtcdMembers(std::size_t count);
  ~EtcdMembers();  // kills them all
  EtcdMembers(const EtcdMembers&) = delete;
  EtcdMembers& operator=(const EtcdMembers&) = delete;

  std::size_t size() const { return members_.size(); }
  server::Address endpoint(std::size_t member) const;
  /// All, the given one first.
  std::vector<server::Address> endpoints(std::size_t first = 0) const;

  void Kill(std::size_t member);
  void Restart(std::size_t member);  // one that was killed
  void Pause(std::size_t member);
  void Resume(std::size_t member);

  /// Which member leads, as a member that answers says; waits until there is one.
  std::size_t Leader();
  /// What a member answers to a request of the gateway; empty if nothing.
  std::string Post(std::size_t member, std::string_view path, std::string_view body) const;

 private:
  struct Member {
    std::uint16_t client_port;
    std::uint16_t peer_port;
    std::uint64_t id = 0;
    pid_t pid = -1;
    bool paused = false;
  };

  void Start(std::size_t member);
  void WaitFor(std::size_t member);

  TemporaryDirectory directory_;
  std::vector<Member> members_;
};

}  // namespace warble::tests
