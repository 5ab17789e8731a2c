#include "sharding/cluster_rows.h"

#include "storage/format/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace warble::sharding {
namespace {

constexpr std::string_view kShards = "shards/";
constexpr std::string_view kNodes = "nodes/";
constexpr std::string_view kPartitions = "p/";
constexpr std::size_t kMostValueBytes = 1024;
constexpr std::string_view kActive = "active";
constexpr std::string_view kDraining = "draining";
constexpr std::string_view kInitialising = "initialising";
constexpr std::string_view kReady = "ready";
constexpr std::string_view kForced = "forced";

bool IsLowerHex(std::string_view text, std::size_t size) {
  return text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The number of `min` to `max` that a text writes in its one way.
template <std::unsigned_integral T>
std::optional<T> Decimal(std::string_view text, T min, T max = std::numeric_limits<T>::max()) {
  T number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < min || number > max) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return number;
}

std::uint64_t Hex(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

std::optional<ShardNumber> ParseShardNumber(std::string_view text) {
  const auto number = Decimal<std::uint16_t>(text, 1);
  if (!number) return std::nullopt;
  return static_cast<ShardNumber>(*number);
}

std::uint16_t Number(ShardNumber shard) { return static_cast<std::uint16_t>(shard); }

/// The words of a value between single blanks; nothing if it is no printable ASCII.
std::optional<std::vector<std::string_view>> Words(std::string_view value) {
  if (value.size() > kMostValueBytes) return std::nullopt;
  if (!std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    return std::nullopt;
  }
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t blank = value.find(' ');
    words.push_back(value.substr(0, blank));
    if (words.back().empty()) return std::nullopt;
    if (blank == std::string_view::npos) return words;
    value.remove_prefix(blank + 1);
  }
}

/// A value of words name=value, each name once.
class Fields {
 public:
  static std::optional<Fields> Parse(std::string_view value) {
    const auto words = Words(value);
    if (!words) return std::nullopt;
    Fields fields;
    for (const std::string_view word : *words) {
      const std::size_t equals = word.find('=');
      if (equals == std::string_view::npos || equals == 0) return std::nullopt;
      const std::string_view name = word.substr(0, equals);
      if (fields.Find(name)) return std::nullopt;
      fields.fields_.emplace_back(name, word.substr(equals + 1));
    }
    return fields;
  }

  std::optional<std::string_view> Find(std::string_view name) const {
    for (const auto& [its_name, value] : fields_) {
      if (its_name == name) return value;
    }
    return std::nullopt;
  }
  /// The value, or a text that no field accepts.
  std::string_view Text(std::string_view name) const { return Find(name).value_or(""); }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

/// Which of two texts a field is: the second is true.
std::optional<bool> EitherOf(std::string_view text, std::string_view no, std::string_view yes) {
  if (text == yes) return true;
  if (text == no) return false;
  return std::nullopt;
}

}  // namespace

bool IsId(std::string_view text) { return IsLowerHex(text, kIdSize); }

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string ClusterPrefix(std::string_view name) { return fmt::format("/warble/{}/", name); }

std::string ShardKey(ShardNumber shard) { return fmt::format("{}{}", kShards, Number(shard)); }

std::string NodeKey(std::string_view name) { return fmt::format("{}{}", kNodes, name); }

std::string PartitionKey(std::uint32_t partition) {
  return fmt::format("{}{:04x}", kPartitions, partition);
}

std::string Encode(const FormatRow& row) {
  return fmt::format("cluster={} partitions={} hash={} level={} state={}", row.cluster,
                     row.partitions, row.hash, row.level, row.ready ? kReady : kInitialising);
}

std::string Encode(const ShardRow& row) {
  return fmt::format("node={} generation={} weight={} state={}", row.node, row.generation,
                     row.weight, row.draining ? kDraining : kActive);
}

std::string Encode(const NodeRow& row) {
  return fmt::format("incarnation={} peer={} protocol={}..{} version={}", row.incarnation, row.peer,
                     row.protocol_min, row.protocol_max, row.version);
}

std::string Encode(const PartitionRow& row) {
  std::string value = fmt::format("{} {}", Number(row.owner), row.epoch);
  if (row.move) value += fmt::format(" > {} {:016x}", Number(row.move->to), row.move->number);
  if (row.forced) value += fmt::format(" {}", kForced);
  return value;
}

Subject SubjectOf(std::string_view key) {
  if (key == kFormatKey) return FormatSubject{};
  if (key == kRevisionKey) return RevisionSubject{};
  if (key.starts_with(kShards)) {
    if (const auto shard = ParseShardNumber(key.substr(kShards.size()))) {
      return ShardSubject{*shard};
    }
  } else if (key.starts_with(kNodes)) {
    const std::string_view name = key.substr(kNodes.size());
    if (IsName(name)) return NodeSubject{std::string(name)};
  } else if (key.starts_with(kPartitions)) {
    const std::string_view digits = key.substr(kPartitions.size());
    if (IsLowerHex(digits, 4) && Hex(digits) < storage::kPartitionCount) {
      return PartitionSubject{static_cast<std::uint32_t>(Hex(digits))};
    }
  }
  return UnknownSubject{};
}

std::optional<FormatRow> ParseFormat(std::string_view value) {
  const auto fields = Fields::Parse(value);
  if (!fields) return std::nullopt;
  const std::string_view cluster = fields->Text("cluster");
  const auto partitions = Decimal<std::uint32_t>(fields->Text("partitions"), 1);
  const std::string_view hash = fields->Text("hash");
  const auto level = Decimal<std::uint32_t>(fields->Text("level"), 1);
  const auto ready = EitherOf(fields->Text("state"), kInitialising, kReady);
  if (!IsId(cluster) || !partitions || hash.empty() || !level || !ready) return std::nullopt;
  return FormatRow{std::string(cluster), *partitions, std::string(hash), *level, *ready};
}

std::optional<ShardRow> ParseShard(std::string_view value) {
  const auto fields = Fields::Parse(value);
  if (!fields) return std::nullopt;
  const std::string_view node = fields->Text("node");
  const auto generation = Decimal<std::uint64_t>(fields->Text("generation"), 1);
  const auto weight = Decimal<std::uint32_t>(fields->Text("weight"), 1, kMaxWeight);
  const auto draining = EitherOf(fields->Text("state"), kActive, kDraining);
  if (!IsName(node) || !generation || !weight || !draining) return std::nullopt;
  return ShardRow{std::string(node), *generation, *weight, *draining};
}

std::optional<NodeRow> ParseNode(std::string_view value) {
  const auto fields = Fields::Parse(value);
  if (!fields) return std::nullopt;
  const std::string_view incarnation = fields->Text("incarnation");
  const std::string_view peer = fields->Text("peer");
  const std::string_view protocol = fields->Text("protocol");
  const std::size_t dots = std::min(protocol.find(".."), protocol.size());
  const auto min = Decimal<std::uint32_t>(protocol.substr(0, dots), 1);
  const auto max =
      Decimal<std::uint32_t>(protocol.substr(std::min(dots + 2, protocol.size())), min.value_or(1));
  const std::string_view version = fields->Text("version");
  if (!IsId(incarnation) || peer.empty() || !min || !max || version.empty()) return std::nullopt;
  return NodeRow{std::string(incarnation), std::string(peer), *min, *max, std::string(version)};
}

std::optional<PartitionRow> ParsePartition(std::string_view value) {
  const auto words = Words(value);
  if (!words || words->size() < 2) return std::nullopt;
  const auto owner = ParseShardNumber((*words)[0]);
  const auto epoch = Decimal<std::uint64_t>((*words)[1], 1);
  if (!owner || !epoch) return std::nullopt;
  PartitionRow row{*owner, *epoch};
  if (words->size() == 2) return row;
  if (words->size() == 3 && (*words)[2] == kForced) {
    row.forced = true;
    return row;
  }
  if (words->size() != 5 || (*words)[2] != ">") return std::nullopt;
  const auto to = ParseShardNumber((*words)[3]);
  if (!to || *to == *owner || !IsLowerHex((*words)[4], 16)) return std::nullopt;
  row.move = PartitionRow::Move{*to, Hex((*words)[4])};
  return row;
}

}  // namespace warble::sharding
