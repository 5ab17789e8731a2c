#include "api/kept_answer.h"

#include "storage/base/check.h"

#include <boost/endian/conversion.hpp>

#include <cstddef>
#include <cstdint>

namespace warble::api {
namespace {

constexpr std::size_t kNumberSize = 2;
constexpr std::size_t kFixedSize = 2 * kNumberSize;

void AppendNumber(std::string& out, std::size_t number) {
  WARBLE_CHECK(number <= 0xFFFF);
  unsigned char bytes[kNumberSize];
  boost::endian::store_big_u16(bytes, static_cast<std::uint16_t>(number));
  out.append(reinterpret_cast<const char*>(bytes), kNumberSize);
}

std::uint16_t NumberAt(std::string_view bytes, std::size_t at) {
  return boost::endian::load_big_u16(reinterpret_cast<const unsigned char*>(bytes.data() + at));
}

}  // namespace

std::string EncodeKeptAnswer(const Response& response) {
  std::string out;
  out.reserve(kFixedSize + response.location.size() + response.body.size());
  AppendNumber(out, static_cast<std::size_t>(response.status));
  AppendNumber(out, response.location.size());
  return out.append(response.location).append(response.body);
}

std::optional<Response> DecodeKeptAnswer(std::string_view bytes) {
  if (bytes.size() < kFixedSize) return std::nullopt;
  const std::size_t location_size = NumberAt(bytes, kNumberSize);
  if (bytes.size() - kFixedSize < location_size) return std::nullopt;
  Response response;
  response.status = NumberAt(bytes, 0);
  response.location = bytes.substr(kFixedSize, location_size);
  response.body = bytes.substr(kFixedSize + location_size);
  if (!response.body.empty()) response.content_type = "application/json";
  return response;
}

}  // namespace warble::api
