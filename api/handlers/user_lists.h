// Lists of the users at the other end of edges: followers, followees, favoriters.
#pragma once

#include "api/handlers/lists.h"
#include "api/handlers/objects.h"
#include "storage/model/follows.h"

namespace warble::api {

/// Answers a list of `{"user":…,"<time_name>":…}`; `query(request)` gives the page.
template <class PageQuery>
Answer AnswerUserList(const Call& call, storage::ReadView& view, std::string_view list_name,
                      JsonName time_name, PageQuery query) {
  ParameterReader parameters(call.query);
  const auto viewer = ReadViewer(call, parameters);
  ListRequest list(call, parameters, list_name, kMaxListDepth);
  const auto request = list.Page<storage::EdgePosition>(viewer);
  if (parameters.problem()) return *parameters.problem();
  const ViewerLens lens(view, viewer);
  return list.Render(
      query(request),
      [&](JsonWriter& json, const storage::UserItem& item) {
        json.BeginObject().Name("user");
        WriteListedUser(json, item.user, lens);
        json.MemberTime(time_name, item.at).EndObject();
      },
      [](const storage::UserItem& item) { return item.position(); });
}

}  // namespace warble::api
