// The rows of the cluster map in etcd: their keys and values, byte for byte.
//
// All are below /warble/NAME/ (ClusterPrefix). Keys and values are printable ASCII, so that a
// person can read them with etcdctl:
//
//   format       cluster=ID partitions=4096 hash=xxh3-64/lower/top12 level=1 state=ready
//                state: initialising, while partitions are first being placed, or ready
//   rev          empty; written by every transaction that changes the map, so that a poll is one
//                small read
//   shards/7     node=n7 generation=1 weight=100 state=active
//                from 1, decimal; state: active, or draining: it is to own nothing
//   nodes/n7     incarnation=ID peer=HOST:PORT protocol=1..1 version=0.1.0
//   p/0fff       7 12                     owned by shard 7 since epoch 12
//                7 12 > 9 0123456789abcdef  ... and on its way to shard 9, by this move
//                7 13 forced              given to shard 7 by force, its former owner being lost
//                four hexadecimal digits
//
// An ID is 32 hexadecimal digits. What stands as name=value may have further names, which older
// software passes over; so it may a key that it does not know. Parsers take any bytes and give
// nothing for those that are not such a key or value. Pure functions, thread-safe.
#pragma once

#include "sharding/consistent_hash.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace warble::sharding {

/// Of a cluster, and of a node; a directory gets a new one when it is made.
inline constexpr std::size_t kIdSize = 32;
bool IsId(std::string_view text);

/// The name of a cluster or a node: 1 to 63 of a-z, A-Z, 0-9, '-', '_' and '.'.
bool IsName(std::string_view text);

struct FormatRow {
  std::string cluster;  ///< an ID
  std::uint32_t partitions = 0;
  std::string hash;         ///< of names to partitions, see storage/engine/engine.h
  std::uint32_t level = 0;  ///< what changes the meaning of messages and rows waits for it
  bool ready = false;
  friend bool operator==(const FormatRow&, const FormatRow&) = default;
};

struct ShardRow {
  std::string node;              ///< a name
  std::uint64_t generation = 0;  ///< raised whenever the shard is given to another node by force
  std::uint32_t weight = 0;      ///< 1 to kMaxWeight
  bool draining = false;
  friend bool operator==(const ShardRow&, const ShardRow&) = default;
};

struct NodeRow {
  std::string incarnation;  ///< the ID of its directory
  std::string peer;         ///< HOST:PORT where other nodes reach it
  std::uint32_t protocol_min = 0;
  std::uint32_t protocol_max = 0;
  std::string version;  ///< of its software
  friend bool operator==(const NodeRow&, const NodeRow&) = default;
};

struct PartitionRow {
  struct Move {
    ShardNumber to;
    std::uint64_t number;
    friend bool operator==(const Move&, const Move&) = default;
  };
  ShardNumber owner{};
  std::uint64_t epoch = 0;     ///< from 1; whoever owns it next has a greater one
  std::optional<Move> move{};  ///< under way
  bool forced = false;         ///< without a move
  friend bool operator==(const PartitionRow&, const PartitionRow&) = default;
};

/// `name` is a cluster's.
std::string ClusterPrefix(std::string_view name);

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kRevisionKey = "rev";
std::string ShardKey(ShardNumber shard);
std::string NodeKey(std::string_view name);
std::string PartitionKey(std::uint32_t partition);

std::string Encode(const FormatRow& row);
std::string Encode(const ShardRow& row);
std::string Encode(const NodeRow& row);
std::string Encode(const PartitionRow& row);

/// What a key below the prefix is about. `format` and `rev` are themselves.
struct ShardSubject {
  ShardNumber shard;
};
struct NodeSubject {
  std::string name;
};
struct PartitionSubject {
  std::uint32_t partition;
};
struct FormatSubject {};
struct RevisionSubject {};
struct UnknownSubject {};  ///< of another version, or nobody's
using Subject = std::variant<UnknownSubject, FormatSubject, RevisionSubject, ShardSubject,
                             NodeSubject, PartitionSubject>;
Subject SubjectOf(std::string_view key);

std::optional<FormatRow> ParseFormat(std::string_view value);
std::optional<ShardRow> ParseShard(std::string_view value);
std::optional<NodeRow> ParseNode(std::string_view value);
std::optional<PartitionRow> ParsePartition(std::string_view value);

}  // namespace warble::sharding
