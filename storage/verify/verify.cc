#include "storage/verify/verify.h"

#include "storage/engine/engine.h"
#include "storage/read_view.h"
#include "storage/verify/relation.h"
#include "storage/verify/user_walk.h"
#include "storage/verify/verify_rows.h"

#include <string>
#include <string_view>

namespace warble::storage {

namespace {

struct Direction {
  Family family;
  void (*fact)(std::string_view key, std::string_view value, std::string* fact);
};

struct NamedRelation {
  const Relation& relation;
  Direction left;
  Direction right;
  std::string (*name)(std::string_view fact);
};

std::string NameFollow(std::string_view fact) {
  return fmt::format("user {} follows user {} since {} ms", DecodeUserKey(fact).value,
                     DecodeFollowOutFollowee(fact.substr(0, 10)).value,
                     DecodeTimestamp(fact.substr(10)).ms);
}

std::string NameFavorite(std::string_view fact) {
  const FavoriteOut favorite = DecodeFavoriteOut(fact.substr(13));
  return fmt::format("user {} favorited tweet {} of user {} at {} ms", DecodeUserKey(fact).value,
                     DecodeFavoriteOutTweet(fact.substr(0, 13)).value, favorite.author.value,
                     favorite.at.ms);
}

std::string NameName(std::string_view fact) {
  return fmt::format("the name '{}' belongs to user {}", Printable(fact.substr(kUserPrefixSize)),
                     DecodeUserKey(fact).value);
}

// Names the facts that lie on one side only; reads the rows of both sides again if there are any.
void CheckRelation(const NamedRelation& checked, ReadView& view, Recorder& recorder) {
  if (checked.relation.Agrees()) return;
  Differences differences(checked.relation, recorder.options().facts_limit);
  std::string fact;
  for (const Side side : {Side::kLeft, Side::kRight}) {
    const Direction& direction = side == Side::kLeft ? checked.left : checked.right;
    Scan scan = view.ScanPrefix(direction.family, {});
    for (; scan.Valid(); scan.Next()) {
      if (!IsWellFormed(direction.family, scan.key(), scan.value())) continue;
      direction.fact(scan.key(), scan.value(), &fact);
      differences.Add(side, fact);
    }
  }
  for (const Differences::Fact& difference : differences.Take()) {
    const bool on_left = difference.only_on == Side::kLeft;
    recorder.Fault("{}: says {}, not {}", checked.name(difference.bytes),
                   FamilyName((on_left ? checked.left : checked.right).family),
                   FamilyName((on_left ? checked.right : checked.left).family));
  }
  if (differences.buckets_left_out() > 0) {
    recorder.Fault(
        "{} and {}: too many differences to name them all; {} of {} differing hash "
        "buckets were left out",
        FamilyName(checked.left.family), FamilyName(checked.right.family),
        differences.buckets_left_out(), checked.relation.DifferingBuckets());
  }
}

// Pending purges are left to the walk over users. Returns the clock's ceiling.
Timestamp CheckMeta(ReadView& view, Recorder& recorder) {
  Timestamp ceiling;
  const auto check_rows = [&](std::string_view lower, std::string_view upper) {
    Scan scan = view.ScanRange(Family::kMeta, lower, upper);
    for (; scan.Valid(); scan.Next()) {
      recorder.Row(Family::kMeta);
      if (!IsWellFormed(Family::kMeta, scan.key(), scan.value())) {
        recorder.Fault("meta: a row of an unknown form: key '{}', value '{}'",
                       Printable(scan.key()), Printable(scan.value()));
      }
    }
  };
  check_rows({}, kMetaPurgePrefix);
  check_rows(PrefixEnd(kMetaPurgePrefix), {});

  const struct {
    std::string_view key;
    std::string value;
  } kExpected[] = {{kMetaFormat, EncodeU32(kFormatVersion)},
                   {kMetaPartitions, EncodeU32(kPartitionCount)},
                   {kMetaHash, std::string(kPartitionHash)}};
  std::string value;
  for (const auto& [key, expected] : kExpected) {
    if (!view.Get(Family::kMeta, key, &value) || value != expected) {
      recorder.Fault("meta: '{}' is missing or not what this version writes", key);
    }
  }
  if (!view.Has(Family::kMeta, kMetaSecret)) recorder.Fault("meta: 'secret' is missing");
  if (view.Get(Family::kMeta, kMetaClock, &value) &&
      IsWellFormed(Family::kMeta, kMetaClock, value)) {
    ceiling = DecodeTimestamp(value);
  }
  return ceiling;
}

void CheckSequences(ReadView& view, Recorder& recorder, const UserWalk& walk) {
  for (std::uint32_t partition = 0; partition < kPartitionCount; ++partition) {
    const std::uint32_t in_use = walk.sequences()[partition];
    if (in_use == 0) continue;
    const Key key = SequenceKey(partition);
    std::string value;
    std::uint32_t given = 0;
    if (view.Get(Family::kMeta, key, &value) && IsWellFormed(Family::kMeta, key, value)) {
      given = DecodeU32(value);
    }
    if (given < in_use) {
      recorder.Fault("partition {}: the sequence stands at {}, but {} is in use", partition, given,
                     in_use);
    }
  }
}

void CheckNames(ReadView& view, Recorder& recorder, Relation& names) {
  std::string fact;
  for (Rows rows(view, recorder, Family::kUsernames); rows.Valid(); rows.Next()) {
    if (rows.key() != LowerUsername(rows.key())) {
      recorder.Fault("usernames: '{}' is not in lower case", Printable(rows.key()));
    }
    UsernameFact(rows.key(), rows.value(), &fact);
    names.Add(Side::kRight, fact);
  }
}

}  // namespace

VerifyReport Verify(const Engine& engine, const VerifyOptions& options) {
  VerifyReport report;
  Recorder recorder(engine, options, report);
  ReadView view(engine, ReadView::Mode::kMayBlock);
  Relations relations;

  const Timestamp ceiling = CheckMeta(view, recorder);
  UserWalk walk(view, recorder, ceiling, relations);
  walk.Run();
  CheckNames(view, recorder, relations.names);
  CheckSequences(view, recorder, walk);
  // A failed read ends every scan early, so comparing the two sides would prove nothing.
  if (view.status() == ReadStatus::kOk) {
    CheckRelation(
        {relations.names, {Family::kUsers, UserFact}, {Family::kUsernames, UsernameFact}, NameName},
        view, recorder);
    CheckRelation({relations.follows,
                   {Family::kFollowsOut, FollowOutFact},
                   {Family::kFollowsIn, FollowInFact},
                   NameFollow},
                  view, recorder);
    CheckRelation({relations.favorites,
                   {Family::kFavoritesOut, FavoriteOutFact},
                   {Family::kFavoritesIn, FavoriteInFact},
                   NameFavorite},
                  view, recorder);
  }
  if (view.status() != ReadStatus::kOk) {
    report.faults.clear();
    report.fault_count = 0;
    recorder.Fault("a read failed, so the check ended early: the log says why");
  }
  return report;
}

}  // namespace warble::storage
