#include "storage/log.h"

#include "storage/base/check.h"
#include "storage/engine/engine.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <utility>

namespace warble::storage {

Log::Log(Engine& engine, std::vector<Listener> listeners)
    : engine_(engine), listeners_(std::move(listeners)) {}

void Log::Commit(const ChangeSet& changes) {
  rocksdb::WriteBatch batch(changes.size_bytes() + 1024);
  rocksdb::Status status;
  changes.ForEachThatStays([&](const Change& change) {
    if (!status.ok()) return;
    rocksdb::ColumnFamilyHandle* family = engine_.family(change.family);
    status = change.value ? batch.Put(family, change.key, *change.value)
                          : batch.Delete(family, change.key);
  });
  if (!status.ok()) Fatal(fmt::format("cannot build a write batch: {}", status.ToString()));
  for (const Listener& listener : listeners_) {
    if (listener.before_write) listener.before_write(changes);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  status = engine_.db().Write(options, &batch);
  if (!status.ok()) Fatal(fmt::format("a write failed: {}", status.ToString()));
  for (const Listener& listener : listeners_) {
    if (listener.after_write) listener.after_write(changes);
  }
}

}  // namespace warble::storage
