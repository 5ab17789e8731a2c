#include "storage/engine/wal_file.h"

#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>
#include <rocksdb/file_system.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace warble::tests {
namespace {

using storage::kZeroedAhead;

class Files {
 public:
  std::unique_ptr<rocksdb::FSWritableFile> Open(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const auto system = storage::WithZeroedLogs(rocksdb::FileSystem::Default());
    REQUIRE(system->NewWritableFile(directory_.path() / name, {}, &file, nullptr).ok());
    return file;
  }
  std::string Read(const std::string& name) const {
    std::ifstream stream(directory_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  TemporaryDirectory directory_;
};

void Append(rocksdb::FSWritableFile& file, const std::string& data) {
  REQUIRE(file.Append(data, {}, nullptr).ok());
}

}  // namespace

TEST_CASE("log file: what is written stands before zeros, and alone once it is closed") {
  Files files;
  const auto log = files.Open("000007.log");
  std::string written;
  // To a byte before the end of what is zeroed, to the end, beyond it, and over several ends.
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{3000}, kZeroedAhead - 3002, std::size_t{1}, std::size_t{5},
        3 * kZeroedAhead + 1, std::size_t{0}}) {
    const std::string data(size, static_cast<char>('a' + written.size() % 26));
    Append(*log, data);
    written += data;
    const std::string content = files.Read("000007.log");
    const std::size_t parts = (written.size() + kZeroedAhead - 1) / kZeroedAhead;
    REQUIRE(content.size() == parts * kZeroedAhead);
    CHECK(content.substr(0, written.size()) == written);
    CHECK(content.find_first_not_of('\0', written.size()) == content.npos);
    CHECK(log->GetFileSize({}, nullptr) == written.size());
  }
  REQUIRE(log->Close({}, nullptr).ok());
  CHECK(files.Read("000007.log") == written);
}

TEST_CASE("log file: other files are written as ever") {
  Files files;
  const auto table = files.Open("000007.sst");
  Append(*table, "table");
  CHECK(files.Read("000007.sst") == "table");
}

}  // namespace warble::tests
