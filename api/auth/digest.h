// Digests: short stand-ins for texts that are compared later, and never read back.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace warble::api {

/// 16 bytes that stand for any texts: an Idempotency-Key, or a request that was made under one. A
/// request may hold a password, and a digest is fast to compute. So a digest of a request is keyed
/// with the secret: a reader of the digest alone cannot try passwords against it.
std::string Digest(std::initializer_list<std::string_view> parts, std::string_view secret = {});

}  // namespace warble::api
