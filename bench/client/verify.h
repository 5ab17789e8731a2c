// Verifier: the checks of a server at rest, against the world and a journal.
//
// For worlds that only this program's own runs have written to since they were loaded. Not
// thread-safe.
#pragma once

#include "bench/client/api_client.h"
#include "bench/client/journal.h"
#include "bench/world/random.h"

#include <set>
#include <string>
#include <vector>

namespace warble::bench {

class Findings;

class Verifier {
 public:
  Verifier(ApiClient& client, std::uint64_t seed, Findings& findings)
      : client_(client), world_(client.world()), random_(seed), findings_(findings) {}

  void Verify(const std::vector<WriteRecord>& records);

 private:
  void VerifyTweets(const std::vector<WriteRecord>& records);
  void VerifyEdges(const std::vector<WriteRecord>& records);
  void VerifyEdge(const WriteRecord& record, bool is_there);
  std::set<UserNumber> Sample(const std::vector<WriteRecord>& records);
  void VerifyUser(UserNumber user);
  /// The list has as many items as the count says, is in order, and holds all of `expected`.
  void VerifyList(UserNumber user, const std::string& target, std::uint64_t count,
                  const std::vector<std::uint64_t>& expected);
  void VerifyFavoriters(UserNumber author);
  void VerifyTimeline(UserNumber user);

  ApiClient& client_;
  const World& world_;
  Random random_;
  Findings& findings_;
  bool follows_only_grow_ = true;
  bool favorites_only_grow_ = true;
};

}  // namespace warble::bench
