// Result<T>: the value of an operation, or why it was refused.
//
// For expected refusals only. A broken invariant aborts; a failed read is sticky on the view that
// made it (see read_view.h); a failed write stops the process (see committer.h).
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>

namespace warble::storage {

/// Why a command or query refused.
enum class Refusal {
  kUsernameTaken,
  kCannotFollowSelf,
  kTooManyFollowees,
  kPartitionFull,  ///< 2^28 users were registered in this partition
};

/// Lets Result<T>::value() of a refusal throw; reached only by a caller that did not check.
[[noreturn]] inline void throw_exception_from_error(const Refusal&, const boost::source_location&) {
  throw std::logic_error("value() of a refused result");
}

template <class T>
struct [[nodiscard]] Result : boost::system::result<T, Refusal> {
  using boost::system::result<T, Refusal>::result;
};

}  // namespace warble::storage
