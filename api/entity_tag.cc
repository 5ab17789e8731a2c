#include "api/entity_tag.h"

#include "api/handlers/objects.h"
#include "api/http/header_fields.h"
#include "api/http/json_writer.h"
#include "storage/model/users.h"

#include <fmt/compile.h>
#include <xxhash.h>

namespace warble::api {
namespace {

std::string PlainRepresentation(const Subjects& subjects, storage::PointReader& reader) {
  JsonWriter json;
  const ViewerLens nobody(reader, std::nullopt);
  const storage::User& user = *subjects.user;
  if (subjects.tweet) {
    WriteTweet(json, *subjects.tweet, storage::Summarize(user), nobody);
  } else {
    WriteUser(json, user, storage::LoadUserCounters(reader, user.id), nobody);
  }
  return json.Take();
}

}  // namespace

EntityTagLine::EntityTagLine(std::string_view representation) {
  fmt::format_to(&line_[kTagStart + 1], FMT_COMPILE("{:016x}"),
                 XXH3_64bits(representation.data(), representation.size()));
}

bool Preconditions::Hold(const Subjects& subjects, storage::PointReader& reader) const {
  if (!match_ && !none_match_) return true;
  const EntityTagLine present(PlainRepresentation(subjects, reader));
  return (!match_ || IfMatchHolds(*match_, present.tag())) &&
         (!none_match_ || !IfNoneMatchHits(*none_match_, present.tag()));
}

}  // namespace warble::api
