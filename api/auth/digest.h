// Digests: short stand-ins for texts that are compared later, and never read back. They are stored,
// so what they are made of never changes.
#pragma once

#include <string>
#include <string_view>

namespace warble::api {

/// 16 bytes that stand for an Idempotency-Key.
std::string DigestKey(std::string_view idempotency_key);
/// 16 bytes that stand for a request. Its body may hold a password, so they are keyed with the data
/// directory's secret: without it a reader of the directory cannot try passwords against a digest,
/// which is fast to compute.
std::string DigestRequest(std::string_view method, std::string_view target, std::string_view body,
                          std::string_view secret);

}  // namespace warble::api
