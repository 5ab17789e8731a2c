// Content codings: what a client takes, and pages compressed for it. Thread-safe.
#pragma once

#include "api/http/message.h"

#include <string>
#include <string_view>

namespace warble::web {

/// Whether an Accept-Encoding takes a coding: by its name, or by "*", with a quality above 0.
bool Accepts(std::string_view accept_encoding, std::string_view coding);

/// Compresses the body as gzip, at the lowest level, where the client takes that and it is a gain;
/// adds Content-Encoding then.
void CompressBody(const api::RequestHead& head, api::Response& response);

}  // namespace warble::web
