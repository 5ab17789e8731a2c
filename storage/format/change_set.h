// ChangeSet: what one batch of commands changes, as absolute values in our own encoding.
//
// The one form of a change: it is applied to RocksDB, and the same bytes can invalidate a cache,
// follow a moving partition or enter a replicated log. Applying it twice is applying it once.
// Encoding (storage/FORMAT.md): family tag, operation, key, value, one after the other.
#pragma once

#include "storage/format/keys.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warble::storage {

struct Change {
  Family family;
  std::string_view key;
  std::optional<std::string_view> value;  ///< absent: the key is deleted
};

class ChangeSet {
 public:
  /// The change set that these bytes, of any sender, encode; nothing unless every byte belongs to a
  /// change of a well-formed row. Encoded again it is the same bytes. What the changes mean, and
  /// whether they may be made here, is the caller's to judge.
  static std::optional<ChangeSet> Parse(std::string_view bytes);

  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  /// Adds what `later` changes after what this one does.
  void Append(const ChangeSet& later);
  void Clear();

  /// Whether a row of that family is among what is changed.
  bool Changes(Family family) const { return (families_ & BitOf(family)) != 0; }

  bool empty() const { return bytes_.empty(); }
  std::size_t size_bytes() const { return bytes_.size(); }
  std::string_view bytes() const { return bytes_; }

  /// The last change made to a key, if any; valid until the set changes.
  std::optional<Change> Find(Family family, std::string_view key) const;

  /// Calls visit(const Change&) for every change, in the order they were made.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (std::size_t at = 0; at < bytes_.size();) visit(Decode(&at));
  }
  /// The same, without most changes that a later one of the same key undoes: enough for a database.
  template <class Visit>
  void ForEachThatStays(Visit visit) const {
    for (std::size_t at = 0; at < bytes_.size();) {
      const std::size_t begin = at;
      const Change change = Decode(&at);
      if (count_ == last_.size() || Stays(change, begin)) visit(change);
    }
  }

 private:
  void Record(Family family, std::string_view key, std::optional<std::string_view> value);
  Change Decode(std::size_t* at) const;  // moves *at behind the change
  bool Stays(const Change& change, std::size_t at) const;

  static std::uint32_t BitOf(Family family) { return 1U << static_cast<unsigned>(family); }
  static std::uint64_t HashOf(Family family, std::string_view key);
  std::optional<Change> FindByWalk(Family family, std::string_view key) const;

  std::string bytes_;
  std::size_t count_ = 0;       // of changes
  std::uint32_t families_ = 0;  // a bit each: those that are changed
  // Hash of family and key → offset of the last change with that hash. Of two keys with one hash
  // the earlier is found by a walk.
  boost::unordered_flat_map<std::uint64_t, std::size_t> last_;
};

}  // namespace warble::storage
