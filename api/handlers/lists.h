// Lists: how a client chooses a page, and how a page is answered; the same for every list.
#pragma once

#include "api/handlers/call.h"
#include "api/handlers/handlers.h"
#include "api/handlers/parameters.h"
#include "api/http/cursor.h"
#include "api/http/json_writer.h"
#include "storage/model/pages.h"

#include <cstdint>
#include <optional>
#include <string>

namespace warble::api {

inline constexpr std::uint32_t kMaxListDepth = 10'000;  ///< page × limit
inline constexpr std::uint32_t kMaxTimelineDepth = 1'000;

inline std::string EncodePosition(storage::TweetId id) { return EncodeTweetPosition(id); }
inline std::string EncodePosition(storage::EdgePosition edge) { return EncodeEdgePosition(edge); }

/// One list of one request: its name and filters, and the page that is asked for.
class ListRequest {
 public:
  /// Reads limit, cursor and page; problems go to `parameters`. `list` names the list, its subject
  /// and its filters: cursors are bound to exactly that text.
  ListRequest(const Call& call, ParameterReader& parameters, std::string_view list,
              std::uint32_t max_depth);

  /// The part of the list to read, by whose eyes; a bad cursor becomes a problem of the parameters.
  template <class Position>
  storage::PageRequest<Position> Page(std::optional<storage::UserId> viewer);

  /// The answer: `write_item(json, item)` writes each item, `position_of(item)` is where it stands.
  template <class Item, class WriteItem, class PositionOf>
  Answer Render(const storage::Page<Item>& page, WriteItem write_item,
                PositionOf position_of) const {
    JsonWriter json((page.items.size() + 1) * JsonWriter::kObjectSize);
    json.BeginObject().Name("items").BeginArray();
    for (const Item& item : page.items) write_item(json, item);
    json.EndArray().Name("next_cursor");
    std::string next_cursor;
    if (page.more) {
      next_cursor = EncodeCursor(digest_, EncodePosition(position_of(page.items.back())));
      json.String(next_cursor);
    } else {
      json.Null();
    }
    json.EndObject();
    return Finish(json.Take(), next_cursor);
  }

 private:
  Answer Finish(std::string body, const std::string& next_cursor) const;
  std::optional<std::string> DecodePosition();

  const Call& call_;
  ParameterReader& parameters_;
  std::uint64_t digest_;
  std::uint32_t max_depth_;
  std::uint32_t limit_ = 20;
  std::optional<std::uint32_t> page_;
  std::optional<std::string_view> cursor_;
};

}  // namespace warble::api
