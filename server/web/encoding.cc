#include "server/web/encoding.h"

#include "api/http/text.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace warble::web {
namespace {

// Below this a page would gain less than its head is long.
constexpr std::size_t kWorthwhile = 512;

// A page at level 1 takes half the time that zlib needs for the same size.
constexpr int kLevel = 1;

struct CompressorDeleter {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};
using Compressor = std::unique_ptr<libdeflate_compressor, CompressorDeleter>;

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Whether parameters such as "q=0.5" say more than nothing.
bool IsWanted(std::string_view parameters) {
  const std::string_view quality = Trim(parameters);
  if (quality.size() < 3 || !api::EqualsIgnoringCase(quality.substr(0, 2), "q=")) return true;
  return quality.find_first_of("123456789") != quality.npos;
}

}  // namespace

bool Accepts(std::string_view accept_encoding, std::string_view coding) {
  bool by_wildcard = false;
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view piece = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(piece.find(';'), piece.size());
    const std::string_view name = Trim(piece.substr(0, semicolon));
    const bool wanted = semicolon == piece.size() || IsWanted(piece.substr(semicolon + 1));
    if (api::EqualsIgnoringCase(name, coding)) return wanted;
    if (name == "*") by_wildcard = wanted;
  }
  return by_wildcard;
}

void CompressBody(const api::RequestHead& head, api::Response& response) {
  if (response.body.size() < kWorthwhile) return;
  const auto accepted = head.FindList("Accept-Encoding");
  if (!accepted || !Accepts(*accepted, "gzip")) return;
  static thread_local const Compressor compressor(libdeflate_alloc_compressor(kLevel));
  if (!compressor) return;
  std::string compressed(response.body.size(), '\0');
  const std::size_t size =
      libdeflate_gzip_compress(compressor.get(), response.body.data(), response.body.size(),
                               compressed.data(), compressed.size());
  if (size == 0) return;  // it would be longer
  compressed.resize(size);
  response.body = std::move(compressed);
  response.AddLines("Content-Encoding: gzip\r\n");
}

}  // namespace warble::web
