// What keys and values are put together from: for keys.cc and well_formed.cc alone.
#pragma once

#include "storage/base/check.h"
#include "storage/format/keys.h"

#include <boost/endian/conversion.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warble::storage {

inline constexpr std::uint8_t kUserVersion = 1;
inline constexpr std::uint8_t kUserDeleted = 1;
// What a tweet's value begins with.
inline constexpr char kNewTweet = 0;               // the content follows
inline constexpr char kCountedTweet = 1;           // a count and then the content follow
inline constexpr std::size_t kTweetCountSize = 5;  // as many as there can be users
inline constexpr std::size_t kCountSize = 8;       // of a user's rows
inline constexpr std::size_t kUserCountersSize = 4 * kCountSize + kTweetIdSize;
inline constexpr std::size_t kNumberSize = 4;
inline constexpr std::size_t kTextLengthSize = 2;
inline constexpr std::size_t kFollowOutKeySize = 2 * kUserIdSize;
inline constexpr std::size_t kFollowInKeySize = kUserIdSize + kTimeSize + kUserIdSize;
inline constexpr std::size_t kFavoriteInKeySize = kTweetKeySize + kTimeSize + kUserIdSize;
inline constexpr std::size_t kFavoriteOutSize = kUserIdSize + kTimeSize;
inline constexpr std::size_t kSessionRowSize = sizeof(TokenHash) + 2 * kTimeSize;

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
  std::string Text() { return std::string(Bytes(Number<kTextLengthSize>())); }
  std::string_view Rest() const { return rest_; }
  void ExpectEnd() const { WARBLE_CHECK(rest_.empty()); }

 private:
  std::string_view rest_;
};

inline void AppendText(std::string& out, std::string_view text) {
  WARBLE_CHECK(text.size() <= Mask(kTextLengthSize));
  AppendBig<kTextLengthSize>(out, text.size());
  out.append(text);
}

// Whether these bytes are a state that is known, and an epoch.
inline bool IsOwnership(std::string_view value) {
  return value.size() == 1 + kNumberSize &&
         static_cast<std::uint8_t>(value[0]) <= static_cast<std::uint8_t>(PartitionState::kOwned);
}

// Whether a tweet's value is of the second form.
inline bool IsCountedTweet(std::string_view value) {
  return value.size() >= 1 + kTweetCountSize && value[0] == kCountedTweet;
}

}  // namespace warble::storage
