#include "api/http/cursor.h"

#include "api/http/base64url.h"
#include "storage/base/check.h"

#include <xxhash.h>

namespace warble::api {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeadSize = 1 + 4;  // version, digest
constexpr std::size_t kChecksumSize = 4;
constexpr std::size_t kTextSizeMax = ((kHeadSize + kCursorPositionMax + kChecksumSize) * 4 + 2) / 3;

constexpr std::size_t kTweetSize = 8;
constexpr std::size_t kTimeSize = 6;
constexpr std::size_t kUserSize = 5;

// Appends the low `size` bytes of `value`, most significant first.
void AppendBigEndian(std::string& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i > 0; --i) out += static_cast<char>(value >> (8 * (i - 1)) & 0xFF);
}

std::uint64_t ReadBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string Head(std::uint64_t list_digest) {
  std::string head(1, kVersion);
  AppendBigEndian(head, list_digest >> 32, 4);
  return head;
}

std::string Checksum(std::string_view bytes, std::uint64_t list_digest) {
  std::string checksum;
  AppendBigEndian(checksum, XXH3_64bits_withSeed(bytes.data(), bytes.size(), list_digest) >> 32,
                  kChecksumSize);
  return checksum;
}

}  // namespace

std::string EncodeCursor(std::uint64_t list_digest, std::string_view position) {
  WARBLE_CHECK(position.size() <= kCursorPositionMax);
  std::string bytes = Head(list_digest);
  bytes += position;
  bytes += Checksum(bytes, list_digest);
  return EncodeBase64Url(bytes);
}

std::optional<std::string> DecodeCursor(std::string_view text, std::uint64_t list_digest) {
  if (text.size() > kTextSizeMax) return std::nullopt;
  const std::optional<std::string> bytes = DecodeBase64Url(text);
  if (!bytes || bytes->size() < kHeadSize + kChecksumSize) return std::nullopt;
  const std::size_t checksum_at = bytes->size() - kChecksumSize;
  const std::string_view checked = std::string_view(*bytes).substr(0, checksum_at);
  if (checked.substr(0, kHeadSize) != Head(list_digest)) return std::nullopt;
  if (std::string_view(*bytes).substr(checksum_at) != Checksum(checked, list_digest)) {
    return std::nullopt;
  }
  return std::string(checked.substr(kHeadSize));
}

std::string EncodeTweetPosition(storage::TweetId id) {
  std::string position;
  AppendBigEndian(position, id.value, kTweetSize);
  return position;
}

std::optional<storage::TweetId> DecodeTweetPosition(std::string_view position) {
  if (position.size() != kTweetSize) return std::nullopt;
  const std::uint64_t value = ReadBigEndian(position);
  if (value > storage::TweetId::kMaxValue) return std::nullopt;
  return storage::TweetId{value};
}

std::string EncodeEdgePosition(storage::EdgePosition edge) {
  std::string position;
  AppendBigEndian(position, edge.at.ms, kTimeSize);
  AppendBigEndian(position, edge.user.value, kUserSize);
  return position;
}

std::optional<storage::EdgePosition> DecodeEdgePosition(std::string_view position) {
  if (position.size() != kTimeSize + kUserSize) return std::nullopt;
  return storage::EdgePosition{{ReadBigEndian(position.substr(0, kTimeSize))},
                               {ReadBigEndian(position.substr(kTimeSize))}};
}

}  // namespace warble::api
