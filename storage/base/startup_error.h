// StartupError: why a start was refused.
#pragma once

#include <stdexcept>

namespace warble::storage {

/// One line, which says what to do. main prints it and exits.
class StartupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace warble::storage
