// DiskModel: what a disk keeps when the power goes, under a page cache that keeps all.
//
// The assumptions, the harshest that RocksDB's protocol is made for:
//   - bytes of a file are durable once that file was synced; a range sync promises nothing;
//   - a name (created, renamed, deleted) is durable once its directory was synced, whatever was
//     synced of the file itself; of the changes not yet synced the first few may have been kept, in
//     their order (RocksDB needs as much: it renames CURRENT and syncs the directory once, for the
//     new MANIFEST too);
//   - a rename is atomic: the target is the old file or the new one;
//   - a 4 KiB page of a file that was written and not synced is kept, lost or garbage by itself,
//     but never touches the bytes that were synced before it in the file; what was written over
//     bytes that were synced is lost to these, to zeros or to garbage;
//   - of a manifest a part from some byte on is lost, but no page in its middle: RocksDB itself
//     opens no manifest with a hole;
//   - a failed sync leaves nothing of what it was to make durable (see FaultFileSystem).
// Directories themselves are taken as durable when made; IsSynced() tells about their parents.
//
// Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace warble::tests {

/// What becomes of that which was written and not synced.
enum class Survival {
  kDropped,    ///< all of it is lost
  kKept,       ///< all of it was written back in time
  kTorn,       ///< a file ends at a random byte, or is from there on as it was synced
  kZeroed,     ///< some pages are zeros
  kGarbage,    ///< some pages are random bytes
  kReordered,  ///< some pages were written back, others not; the file ends with the last
};
inline constexpr std::array kAllSurvivals = {Survival::kDropped, Survival::kKept,
                                             Survival::kTorn,    Survival::kZeroed,
                                             Survival::kGarbage, Survival::kReordered};
std::string_view SurvivalName(Survival survival);

/// The files of a tree: path below its root → content.
using Image = std::map<std::string, std::string>;
/// Reads every file below `root` but RocksDB's own protocol (LOG*) and the lock files.
Image ReadImage(const std::filesystem::path& root);
/// Makes `root` hold exactly the files of `image`.
void WriteImage(const Image& image, const std::filesystem::path& root);

/// Equal for equal entries only; of an image, or of a database's rows.
std::string DigestOf(const std::map<std::string, std::string>& entries);

class DiskModel {
 public:
  struct File {
    std::string cached;   // what a reader sees
    std::string durable;  // what was synced last
  };
  using FileHandle = std::shared_ptr<File>;

  static constexpr std::size_t kPageSize = 4096;

  /// What `root` holds now is durable.
  explicit DiskModel(std::filesystem::path root);

  /// Opens for writing; creates if needed.
  FileHandle Open(const std::string& path);
  void Remove(const std::string& path);
  void Rename(const std::string& from, const std::string& to);
  void Link(const std::string& from, const std::string& to);
  void SyncDirectory(const std::string& path);
  /// Whether SyncDirectory was called for it.
  bool IsSynced(const std::string& path) const;

  static void Write(File& file, std::uint64_t offset, std::string_view data);
  static void Sync(File& file);

  /// What the disk holds after a power cut now.
  Image Survive(Survival survival, std::mt19937& random) const;

 private:
  // A change of a directory's names; without a file it removes `name`, with `from` it renames.
  struct NameChange {
    std::string name;
    std::string from;
    FileHandle file;
  };
  using Names = std::map<std::string, FileHandle>;
  struct Directory {
    Names cached;
    Names durable;
    std::vector<NameChange> unsynced;
    bool synced = false;
  };

  static void Apply(const NameChange& change, Names& names);
  void Change(const std::filesystem::path& directory, NameChange change);
  FileHandle Find(const std::filesystem::path& path) const;

  std::filesystem::path root_;
  std::map<std::string, Directory> directories_;
};

}  // namespace warble::tests
