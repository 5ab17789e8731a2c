// A pipe, which can be filled so that its writer waits.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>

namespace warble::tests {

class Pipe {
 public:
  Pipe() { REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int in() const { return ends_[1]; }

  /// Until a writer would wait.
  void Fill() {
    ::fcntl(in(), F_SETFL, O_NONBLOCK);
    const std::string zeros(4'096, '0');
    while (::write(in(), zeros.data(), zeros.size()) > 0) filled_ += zeros.size();
    ::fcntl(in(), F_SETFL, 0);
  }
  void ReadFilling() { Read(filled_); }
  std::string Read(std::size_t size) {
    std::string bytes(size, ' ');
    for (std::size_t have = 0; have < size;) {
      const ssize_t count = ::read(ends_[0], bytes.data() + have, size - have);
      REQUIRE(count > 0);
      have += static_cast<std::size_t>(count);
    }
    return bytes;
  }
  std::string ReadLine() {
    std::string line;
    do {
      line += Read(1);
    } while (line.back() != '\n');
    return line;
  }

 private:
  std::array<int, 2> ends_{};
  std::size_t filled_ = 0;
};

}  // namespace warble::tests
