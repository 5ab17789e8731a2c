#include "api/handlers/lists.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace warble::api {
namespace {
constexpr std::uint32_t kMaxLimit = 100;
}

ListRequest::ListRequest(const Call& call, ParameterReader& parameters, std::string_view list,
                         std::uint32_t max_depth)
    : call_(call),
      parameters_(parameters),
      digest_(XXH3_64bits(list.data(), list.size())),
      max_depth_(max_depth) {
  limit_ = parameters.Positive("limit").value_or(limit_);
  if (limit_ > kMaxLimit) {
    parameters.Fail(Code::kInvalidParameter,
                    fmt::format("The parameter 'limit' must be at most {}.", kMaxLimit));
  }
  cursor_ = parameters.Text("cursor");
  page_ = parameters.Positive("page");
  if (cursor_ && page_) {
    parameters.Fail(Code::kInvalidParameter, "Give either 'cursor' or 'page', not both.");
  }
  if (page_ && std::uint64_t{*page_} * limit_ > max_depth_) {
    parameters.Fail(
        Code::kPageTooDeep,
        fmt::format("page times limit may be at most {}; walk on with 'cursor'.", max_depth_));
  }
}

std::optional<std::string> ListRequest::DecodePosition() {
  if (!cursor_) return std::nullopt;
  return DecodeCursor(*cursor_, digest_);
}

namespace {
std::optional<storage::TweetId> Decode(std::string_view bytes, storage::TweetId) {
  return DecodeTweetPosition(bytes);
}
std::optional<storage::EdgePosition> Decode(std::string_view bytes, storage::EdgePosition) {
  return DecodeEdgePosition(bytes);
}
}  // namespace

template <class Position>
storage::PageRequest<Position> ListRequest::Page(std::optional<storage::UserId> viewer) {
  storage::PageRequest<Position> request;
  request.viewer = viewer;
  request.limit = limit_;
  if (page_) request.skip = (*page_ - 1) * limit_;
  if (cursor_) {
    const std::optional<std::string> bytes = DecodePosition();
    if (bytes) request.after = Decode(*bytes, Position());
    if (!request.after) {
      parameters_.Fail(Code::kInvalidCursor,
                       "This cursor was altered or is of another list; begin without one.");
    }
  }
  return request;
}

template storage::PageRequest<storage::TweetId> ListRequest::Page(std::optional<storage::UserId>);
template storage::PageRequest<storage::EdgePosition> ListRequest::Page(
    std::optional<storage::UserId>);

Answer ListRequest::Finish(std::string body, const std::string& next_cursor) const {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(body);
  if (next_cursor.empty()) return response;
  std::string query = parameters_.RawWithout("cursor", "page");
  if (!query.empty()) query += '&';
  if (page_) {
    if (std::uint64_t{*page_ + 1} * limit_ > max_depth_) return response;
    query += fmt::format("page={}", *page_ + 1);
  } else {
    query += "cursor=" + next_cursor;
  }
  const std::string_view path = SplitTarget(call_.head->target).path;
  response.AddHeader("Link", fmt::format("<{}?{}>; rel=\"next\"", path, query));
  return response;
}

}  // namespace warble::api
