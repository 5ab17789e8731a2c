// Request targets: paths and queries, decoded once and checked.
//
// Pure values; thread-safe to read. All sizes are bounded by that of the target (4 KiB).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::api {

/// A target cut at its first '?'; views into it. Of an absolute-form target (RFC 9112, 3.2.2) the
/// scheme and the authority are left out.
struct TargetParts {
  std::string_view path;   ///< as sent; "/" for an absolute form without a path
  std::string_view query;  ///< as sent, without the '?'; empty when there is none
};
TargetParts SplitTarget(std::string_view target);

/// Whether a path begins with `prefix` once it is percent-decoded, however it is spelled.
bool BeginsWith(std::string_view path, std::string_view prefix);

/// A path as its segments, each percent-decoded once: "/api/users/%61lice" is api, users, alice.
struct Path {
  std::vector<std::string_view> segments;  ///< none for "/"; never an empty one

  /// Nothing for a path that the contract says is unknown whatever the routes: one that does not
  /// begin with '/', holds a broken escape, an encoded slash or NUL, a "." or ".." segment (encoded
  /// or not), or a doubled or trailing slash. The segments view `path`, or the Path itself.
  static std::optional<Path> Parse(std::string_view path);

  Path(Path&&) = default;
  Path& operator=(Path&&) = default;

 private:
  Path() = default;

  std::vector<char> decoded_;  // if anything was encoded; its bytes stay where they are in a move
};

/// A query as its parameters: a=b&c=d, with '+' as a space. Names match exactly, after decoding; a
/// piece without '=' is a name with an empty value; one whose name cannot be decoded has no name.
class Query {
 public:
  /// Any bytes. Copies what it needs, except for Raw().
  explicit Query(std::string_view raw);

  /// The decoded value of the first parameter of that name; nothing when there is none or it is
  /// Bad(). Valid as long as the query.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// Whether there is a parameter of that name, bad or not.
  bool Has(std::string_view name) const { return First(name) != nullptr; }
  /// Whether there is more than one parameter of that name.
  bool Repeated(std::string_view name) const;
  /// Whether the first parameter of that name has a broken escape or is not valid UTF-8.
  bool Bad(std::string_view name) const;
  /// The value of the first parameter of that name as sent, still encoded; a view into the target.
  std::optional<std::string_view> Raw(std::string_view name) const;

 private:
  struct Parameter {
    std::string name;
    std::string value;  // decoded; empty when bad
    std::string_view raw;
    bool bad;
  };
  const Parameter* First(std::string_view name) const;

  std::vector<Parameter> parameters_;
};

/// Percent-encodes all but RFC 3986's unreserved characters, so that the result can stand in a
/// query as a name or a value.
std::string EncodeQueryValue(std::string_view value);

/// Canonical decimal digits up to 2^63-1: no sign, no space, no leading zero ("0" itself is right).
std::optional<std::uint64_t> ParseDecimal(std::string_view text);

}  // namespace warble::api
