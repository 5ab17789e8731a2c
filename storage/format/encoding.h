// What keys and values are put together from: for keys.cc and well_formed.cc alone.
#pragma once

#include "storage/base/check.h"
#include "storage/format/types.h"

#include <boost/endian/conversion.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warble::storage {

template <std::size_t kSize>
void AppendBig(std::string& out, std::uint64_t value) {
  unsigned char bytes[8];
  boost::endian::endian_store<std::uint64_t, kSize, boost::endian::order::big>(bytes, value);
  out.append(reinterpret_cast<const char*>(bytes), kSize);
}

template <std::size_t kSize>
std::uint64_t LoadBig(std::string_view bytes) {
  WARBLE_CHECK(bytes.size() >= kSize);
  return boost::endian::endian_load<std::uint64_t, kSize, boost::endian::order::big>(
      reinterpret_cast<const unsigned char*>(bytes.data()));
}

constexpr std::uint64_t Mask(std::size_t bytes) { return (std::uint64_t{1} << (8 * bytes)) - 1; }

// Takes values off the front of a value's bytes.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  template <std::size_t kSize>
  std::uint64_t Number() {
    return LoadBig<kSize>(Bytes(kSize));
  }
  std::string_view Bytes(std::size_t size) {
    WARBLE_CHECK(rest_.size() >= size);
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string Text() { return std::string(Bytes(Number<2>())); }
  std::string_view Rest() const { return rest_; }
  void ExpectEnd() const { WARBLE_CHECK(rest_.empty()); }

 private:
  std::string_view rest_;
};

inline void AppendText(std::string& out, std::string_view text) {
  WARBLE_CHECK(text.size() <= 0xFFFF);
  AppendBig<2>(out, text.size());
  out.append(text);
}

inline constexpr std::uint8_t kUserVersion = 1;
inline constexpr std::uint8_t kUserDeleted = 1;
// What a tweet's value begins with.
inline constexpr char kNewTweet = 0;               // the content follows
inline constexpr char kCountedTweet = 1;           // a count and then the content follow
inline constexpr std::size_t kTweetCountSize = 5;  // as many as there can be users
inline constexpr std::size_t kUserCountersSize = std::size_t{5} * 8;
inline constexpr std::string_view kSequencePrefix = "sequence/";
inline constexpr std::size_t kTimeSize = 6;
inline constexpr std::size_t kDigestSize = 16;
inline constexpr std::size_t kSessionRowSize = sizeof(TokenHash) + 2 * kTimeSize;

// Whether a tweet's value is of the second form.
inline bool IsCountedTweet(std::string_view value) {
  return value.size() >= 1 + kTweetCountSize && value[0] == kCountedTweet;
}

}  // namespace warble::storage
