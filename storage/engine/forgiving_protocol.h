// RocksDB's own log, the file LOG, must not end the process.
//
// RocksDB 7.8 aborts by an assertion at the second line that it cannot write there, on a full disk
// for instance, and hides the line in which we say what happened. So this file system ignores
// failures of that file.
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace warble::storage {

/// The file system, with a LOG whose every write succeeds. It must be the outermost one.
std::shared_ptr<rocksdb::FileSystem> WithForgivingProtocol(
    std::shared_ptr<rocksdb::FileSystem> target);

}  // namespace warble::storage
