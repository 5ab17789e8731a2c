// The service: the whole REST API over one node's storage, free of sockets.
//
// A server drives it in two steps, because the contract decides some refusals before a body is
// read: Admit(head) routes, authenticates and counts; then, once the body is in, Handle(). Both run
// on the connection's event loop and never block it. One service serves all loops; thread-safe.
#pragma once

#include "api/auth/token.h"
#include "api/http/message.h"
#include "api/http/problems.h"
#include "api/task.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace warble::storage {
class Committer;
class Engine;
}  // namespace warble::storage

namespace warble::sharding {
class Peers;
}

namespace warble::api {

/// The highest rate that the limiter's arithmetic, in nanoseconds, keeps apart from the next.
inline constexpr unsigned kMaxRateLimit = 1'000'000;

struct ServiceOptions {
  unsigned disk_threads = 8;
  /// Requests a second per user, and per address without a session; the burst is 4 times that.
  /// 0: no limits at all, the sign-in limits included. At most kMaxRateLimit.
  unsigned rate_limit = 50;
  bool anonymous_reads = false;
  std::string cors_origin;  ///< empty: none
  /// The other shards, which must outlive the service; null: there are none.
  sharding::Peers* peers = nullptr;
  /// The text of GET /metrics on the admin listener.
  std::function<std::string()> metrics;
};

/// A request after its head: refused, or on its way with what the service has found out.
struct Admission;  // defined in api/admission.h; servers only pass it on
struct AdmissionDeleter {
  void operator()(Admission* admission) const;
};
using AdmissionPtr = std::unique_ptr<Admission, AdmissionDeleter>;

class Service {
 public:
  Service(storage::Engine& engine, storage::Committer& committer, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Looks at a well-formed head, which must live until Handle() or Refuse() has answered. `tokens`
  /// are its connection's.
  Soon<AdmissionPtr> Admit(const RequestHead& head, TokenReader& tokens);
  /// Whether the answer is decided already, so that the body need not be understood.
  static bool Refused(const Admission& admission);
  /// The route's pattern, e.g. "/api/users/{u}", or "unmatched"; static storage; for metrics.
  static std::string_view RouteOf(const Admission& admission);
  /// The id of a request that never comes to Admit(): the client's, or a new one.
  static std::string RequestIdOf(const RequestHead& head);

  /// The answer. After a refused Admit(): that refusal; `body` is then ignored.
  Soon<Response> Handle(Admission& admission, std::string_view body);
  /// An answer that the server decided on after admission: body_too_large, request_timeout.
  Response Refuse(Admission& admission, Code code, std::string detail);
  /// The answer to a head that was never well-formed (400, 408, 411, 414, 431). `request_id` is the
  /// client's X-Request-Id field if one could be read, valid or not. Sets close.
  Response RefuseHead(Code code, std::string detail, std::string_view request_id);

  /// Whether reads are open to requests without a session.
  bool anonymous_reads() const;

  /// Whether /readyz says 200; false from construction until set, and again while stopping.
  void SetReady(bool ready);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warble::api
