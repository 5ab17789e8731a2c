// The ordinary file system without preallocation: in a directory in memory it would cost 70 MB of
// zeroed pages for every log.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace warble::tests {

class OrdinaryFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  OrdinaryFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "OrdinaryFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::FileOptions sparing = options;
    sparing.allow_fallocate = false;
    return target()->NewWritableFile(path, sparing, result, debug);
  }
};

inline std::unique_ptr<rocksdb::Env> MakeOrdinaryEnv() {
  return rocksdb::NewCompositeEnv(std::make_shared<OrdinaryFileSystem>());
}

}  // namespace warble::tests
