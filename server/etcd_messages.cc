#include "server/etcd_messages.h"

#include "api/http/json_writer.h"

#include <simdjson.h>
#include <sodium.h>

#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

namespace warble::server {
namespace {

namespace dom = simdjson::dom;
using api::JsonName;
using api::JsonWriter;
using sharding::AgreedRow;
using sharding::AgreedTransaction;
using sharding::AgreedWrite;
using sharding::Outcome;
using sharding::Revision;

std::string EncodeBase64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the NUL
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

// ---- Requests ----

void WriteBytes(JsonWriter& json, JsonName name, std::string_view bytes) {
  json.Member(name, EncodeBase64(bytes));
}

void WriteKey(JsonWriter& json, std::string_view prefix, std::string_view key) {
  WriteBytes(json, "key", std::string(prefix).append(key));
}

void WritePrefixRange(JsonWriter& json, std::string_view prefix) {
  std::string end(prefix);
  ++end.back();  // a prefix ends in '/'
  WriteBytes(json, "key", prefix);
  WriteBytes(json, "range_end", end);
}

void WriteOperation(JsonWriter& json, std::string_view prefix, const AgreedWrite& write) {
  json.BeginObject();
  if (write.value) {
    json.Name("request_put").BeginObject();
    WriteKey(json, prefix, write.key);
    WriteBytes(json, "value", *write.value);
  } else {
    json.Name("request_delete_range").BeginObject();
    WriteKey(json, prefix, write.key);
  }
  json.EndObject().EndObject();
}

// ---- Answers. Every reader gives nothing for what it cannot read. ----

/// Absent members are 0. Both forms of a number are read, as the gateway's encoder may choose.
std::optional<std::uint64_t> Number(dom::object object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return 0;
  std::uint64_t number = 0;
  if (element.get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Absent members are false.
std::optional<bool> Flag(dom::object object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return false;
  bool flag = false;
  if (element.get(flag) != simdjson::SUCCESS) return std::nullopt;
  return flag;
}

/// Absent members are empty.
std::optional<std::string_view> Text(dom::object object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return "";
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

/// The objects of an array, none if it is absent.
std::optional<std::vector<dom::object>> Objects(dom::object object, std::string_view name) {
  std::vector<dom::object> objects;
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return objects;
  dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return std::nullopt;
  for (const dom::element item : array) {
    dom::object one;
    if (item.get(one) != simdjson::SUCCESS) return std::nullopt;
    objects.push_back(one);
  }
  return objects;
}

struct Header {
  EtcdCluster cluster;
  Revision revision;  // 0 in the message that ends a watch of what was compacted
};

std::optional<Header> ReadHeader(dom::object object) {
  dom::object header;
  if (object["header"].get(header) != simdjson::SUCCESS) return std::nullopt;
  const auto cluster = Number(header, "cluster_id");
  const auto revision = Number(header, "revision");
  if (!cluster || *cluster == 0 || !revision) return std::nullopt;
  return Header{*cluster, *revision};
}

/// Of a key-value, which has no value when it was removed.
std::optional<AgreedRow> ReadRow(std::string_view prefix, dom::object object, bool removed) {
  const auto key_text = Text(object, "key");
  const auto value_text = Text(object, "value");
  const auto changed_at = Number(object, "mod_revision");
  if (!key_text || !value_text || !changed_at || *changed_at == 0) return std::nullopt;
  const auto key = DecodeBase64(*key_text);
  auto value = DecodeBase64(*value_text);
  if (!key || !value || !key->starts_with(prefix)) return std::nullopt;
  if (removed) value.reset();
  return AgreedRow{key->substr(prefix.size()), std::move(value), *changed_at};
}

std::optional<std::vector<AgreedRow>> ReadRows(std::string_view prefix, dom::object object) {
  const auto objects = Objects(object, "kvs");
  if (!objects) return std::nullopt;
  std::vector<AgreedRow> rows;
  for (const dom::object one : *objects) {
    auto row = ReadRow(prefix, one, false);
    if (!row) return std::nullopt;
    rows.push_back(std::move(*row));
  }
  return rows;
}

/// The rows of a refusal: for each write, the row with its key, which may not be there.
std::optional<std::vector<AgreedRow>> ReadRefusal(std::string_view prefix,
                                                  const AgreedTransaction& transaction,
                                                  dom::object object) {
  const auto responses = Objects(object, "responses");
  if (!responses || responses->size() != transaction.writes.size()) return std::nullopt;
  std::vector<AgreedRow> rows;
  for (std::size_t i = 0; i < responses->size(); ++i) {
    const std::string& key = transaction.writes[i].key;
    dom::object range;
    if ((*responses)[i]["response_range"].get(range) != simdjson::SUCCESS) return std::nullopt;
    auto found = ReadRows(prefix, range);
    if (!found || found->size() > 1) return std::nullopt;
    if (found->empty()) found->push_back({key, std::nullopt, 0});
    if (found->front().key != key) return std::nullopt;
    rows.push_back(std::move(found->front()));
  }
  return rows;
}

std::optional<std::vector<AgreedRow>> ReadEvents(std::string_view prefix, dom::object object) {
  const auto events = Objects(object, "events");
  if (!events) return std::nullopt;
  std::vector<AgreedRow> changes;
  for (const dom::object event : *events) {
    const auto type = Text(event, "type");
    dom::object row;
    if (!type || event["kv"].get(row) != simdjson::SUCCESS) return std::nullopt;
    if (!type->empty() && *type != "PUT" && *type != "DELETE") return std::nullopt;
    auto change = ReadRow(prefix, row, *type == "DELETE");
    if (!change) return std::nullopt;
    changes.push_back(std::move(*change));
  }
  return changes;
}

/// An object and what it was parsed with, which must outlive it.
struct Document {
  dom::parser parser;
  dom::object object;

  bool Parse(std::string_view json) {
    return parser.parse(json.data(), json.size()).get(object) == simdjson::SUCCESS;
  }
};

/// Some text of a foreign program, fit for a line of a log.
std::string Printable(std::string_view text) {
  std::string printable(text.substr(0, 200));
  for (char& c : printable) {
    if (c < ' ' || c > '~') c = '?';
  }
  return printable;
}

}  // namespace

std::string EtcdReadOne(std::string_view prefix, std::string_view key) {
  JsonWriter json;
  json.BeginObject();
  WriteKey(json, prefix, key);
  return json.EndObject().Take();
}

std::string EtcdReadAll(std::string_view prefix) {
  JsonWriter json;
  json.BeginObject();
  WritePrefixRange(json, prefix);
  return json.EndObject().Take();
}

std::string EtcdTransaction(std::string_view prefix, const AgreedTransaction& transaction) {
  JsonWriter json;
  json.BeginObject().Name("compare").BeginArray();
  for (const sharding::Comparison& comparison : transaction.comparisons) {
    json.BeginObject().Member("target", "MOD").Member("result", "EQUAL");
    WriteKey(json, prefix, comparison.key);
    json.Member("mod_revision", std::to_string(comparison.changed_at)).EndObject();
  }
  json.EndArray().Name("success").BeginArray();
  for (const AgreedWrite& write : transaction.writes) WriteOperation(json, prefix, write);
  json.EndArray().Name("failure").BeginArray();
  for (const AgreedWrite& write : transaction.writes) {
    json.BeginObject().Name("request_range").BeginObject();
    WriteKey(json, prefix, write.key);
    json.EndObject().EndObject();
  }
  return json.EndArray().EndObject().Take();
}

std::string EtcdWatchFrom(std::string_view prefix, Revision from) {
  JsonWriter json;
  json.BeginObject().Name("create_request").BeginObject();
  WritePrefixRange(json, prefix);
  json.Member("start_revision", std::to_string(from));
  return json.EndObject().EndObject().Take();
}

std::optional<EtcdRows> ParseEtcdRows(std::string_view prefix, std::string_view json) {
  Document document;
  if (!document.Parse(json)) return std::nullopt;
  const auto header = ReadHeader(document.object);
  auto rows = ReadRows(prefix, document.object);
  const auto more = Flag(document.object, "more");
  if (!header || header->revision == 0 || !rows || !more || *more) return std::nullopt;
  return EtcdRows{header->cluster, header->revision, std::move(*rows)};
}

std::optional<EtcdOutcome> ParseEtcdOutcome(std::string_view prefix,
                                            const AgreedTransaction& transaction,
                                            std::string_view json) {
  Document document;
  if (!document.Parse(json)) return std::nullopt;
  const auto header = ReadHeader(document.object);
  const auto succeeded = Flag(document.object, "succeeded");
  if (!header || header->revision == 0 || !succeeded) return std::nullopt;
  EtcdOutcome outcome{header->cluster, {Outcome::kApplied, header->revision}};
  if (*succeeded) return outcome;
  auto rows = ReadRefusal(prefix, transaction, document.object);
  if (!rows) return std::nullopt;
  outcome.answer.outcome = Outcome::kRefused;
  outcome.answer.rows = std::move(*rows);
  return outcome;
}

std::optional<EtcdWatched> ParseEtcdWatched(std::string_view prefix, std::string_view json) {
  Document document;
  if (!document.Parse(json)) return std::nullopt;
  dom::object result;
  if (document.object["result"].get(result) != simdjson::SUCCESS) {
    dom::object error;
    if (document.object["error"].get(error) != simdjson::SUCCESS) return std::nullopt;
    return EtcdWatched{.ended = Printable(Text(error, "message").value_or(""))};
  }
  const auto header = ReadHeader(result);
  const auto canceled = Flag(result, "canceled");
  const auto compact_revision = Number(result, "compact_revision");
  const auto reason = Text(result, "cancel_reason");
  auto changes = ReadEvents(prefix, result);
  if (!header || !canceled || !compact_revision || !reason || !changes) return std::nullopt;
  EtcdWatched watched{header->cluster, std::move(*changes), *compact_revision > 0};
  if (*canceled || watched.compacted) {
    watched.ended = watched.compacted ? "compacted" : Printable(*reason);
  }
  return watched;
}

std::string EtcdErrorText(std::string_view json) {
  Document document;
  if (!document.Parse(json)) return Printable(json);
  const std::string_view message = Text(document.object, "message").value_or("");
  return Printable(message.empty() ? Text(document.object, "error").value_or("") : message);
}

}  // namespace warble::server
