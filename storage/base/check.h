// Assertions that stay on in production, and the end of a process that must not go on.
#pragma once

#include <string_view>

namespace warble::storage {

/// Logs one line and aborts: for a failed write (it must never be retried or acknowledged) and for
/// broken invariants. Nothing is flushed to the database.
[[noreturn]] void Fatal(std::string_view why);

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace warble::storage

/// Aborts with the condition and its place unless it holds. Cheap conditions only.
#define WARBLE_CHECK(condition) \
  ((condition) ? void(0) : ::warble::storage::CheckFailed(#condition, __FILE__, __LINE__))
