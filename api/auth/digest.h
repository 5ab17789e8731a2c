// Digests: short stand-ins for texts that are compared later, and never read back.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace warble::api {

/// 16 bytes that stand for any texts: an Idempotency-Key, or a request that was made under one.
/// What may hold a password is keyed with the data directory's secret: without it nobody who reads
/// the directory can try passwords against a digest, which is fast to compute.
std::string Digest(std::initializer_list<std::string_view> parts, std::string_view secret = {});

}  // namespace warble::api
