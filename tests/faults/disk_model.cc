#include "tests/faults/disk_model.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace warble::tests {
namespace {

std::filesystem::path Normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal();
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool Flip(std::mt19937& random) { return (random() & 1U) != 0; }

// One page, whole or in part, of what was not synced.
void DamagePage(Survival survival, const std::string& durable, std::string& content,
                std::size_t from, std::size_t to, std::mt19937& random) {
  for (std::size_t i = from; i < to; ++i) {
    if (survival == Survival::kGarbage) {
      content[i] = static_cast<char>(random());
    } else {
      content[i] = survival == Survival::kReordered && i < durable.size() ? durable[i] : '\0';
    }
  }
}

// Where what was written since the last sync begins and ends, of a file that did not shrink.
std::pair<std::size_t, std::size_t> UnsyncedRange(const DiskModel::File& file) {
  const auto [first, unused] = std::ranges::mismatch(file.durable, file.cached);
  const auto from = static_cast<std::size_t>(first - file.durable.begin());
  std::size_t to = file.cached.size();
  if (to == file.durable.size()) {
    while (to > from && file.cached[to - 1] == file.durable[to - 1]) --to;
  }
  return {from, to};
}

// Of a file that did not shrink since it was synced.
std::string SurvivingWrites(const DiskModel::File& file, Survival survival, std::mt19937& random) {
  const auto [from, to] = UnsyncedRange(file);
  const std::size_t synced = file.durable.size();
  std::string content = file.cached;
  if (survival == Survival::kTorn) {
    content.resize(from + random() % (to - from + 1));
    if (content.size() < synced) content += file.durable.substr(content.size());
    return content;
  }
  std::size_t end = synced;  // of the last page that was written back
  for (std::size_t page = from; page < to;) {
    const std::size_t next =
        std::min((page / DiskModel::kPageSize + 1) * DiskModel::kPageSize, content.size());
    if (Flip(random)) {
      end = std::max(end, next);
    } else {
      DamagePage(survival, file.durable, content, page, next, random);
    }
    page = next;
  }
  // A page is lost, or it is there with the wrong bytes: then the file has its length.
  if (survival == Survival::kReordered) content.resize(end);
  return content;
}

std::string SurvivingContent(const DiskModel::File& file, Survival survival, std::mt19937& random) {
  if (file.cached == file.durable || survival == Survival::kDropped) return file.durable;
  if (survival == Survival::kKept) return file.cached;
  if (file.cached.size() >= file.durable.size()) return SurvivingWrites(file, survival, random);
  return Flip(random) ? file.cached : file.durable;  // cut
}

// RocksDB writes several records of its manifest before it syncs them and opens no manifest with a
// hole, so the model only ever cuts one short.
Survival SurvivalOf(const std::string& name, Survival survival) {
  const bool has_hole = survival == Survival::kZeroed || survival == Survival::kGarbage ||
                        survival == Survival::kReordered;
  return name.starts_with("MANIFEST-") && has_hole ? Survival::kTorn : survival;
}

bool IsLeftOut(const std::string& name) {
  return name.starts_with("LOG") || name == "LOCK" || name == "lock";
}

}  // namespace

std::string_view SurvivalName(Survival survival) {
  constexpr std::array<std::string_view, kAllSurvivals.size()> kNames = {
      "dropped", "kept", "torn", "zeroed", "garbage", "reordered"};
  return kNames[static_cast<std::size_t>(survival)];
}

Image ReadImage(const std::filesystem::path& root) {
  Image image;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || IsLeftOut(entry.path().filename().string())) continue;
    image[entry.path().lexically_relative(root).string()] = ReadFile(entry.path());
  }
  return image;
}

void WriteImage(const Image& image, const std::filesystem::path& root) {
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root);
  for (const auto& [name, content] : image) {
    const std::filesystem::path path = root / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream stream(path, std::ios::binary);
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    stream.close();
    if (!stream) throw std::runtime_error("cannot write " + path.string());
  }
}

std::string DigestOf(const std::map<std::string, std::string>& entries) {
  std::array<unsigned char, crypto_generichash_BYTES> digest;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  for (const auto& [name, content] : entries) {
    const std::string header = fmt::format("{} {}\n", name, content.size());
    for (const std::string& part : {header, content}) {
      crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                                part.size());
    }
  }
  crypto_generichash_final(&state, digest.data(), digest.size());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

DiskModel::DiskModel(std::filesystem::path root) : root_(root.lexically_normal()) {
  for (auto& [name, content] : ReadImage(root_)) {
    const std::filesystem::path path = root_ / name;
    const auto file = std::make_shared<File>(File{content, content});
    Directory& directory = directories_[path.parent_path().string()];
    directory.cached[path.filename().string()] = file;
    directory.durable[path.filename().string()] = file;
  }
}

void DiskModel::Apply(const NameChange& change, Names& names) {
  if (!change.from.empty()) names.erase(change.from);
  if (change.file != nullptr) {
    names[change.name] = change.file;
  } else {
    names.erase(change.name);
  }
}

void DiskModel::Change(const std::filesystem::path& directory, NameChange change) {
  Directory& changed = directories_[directory.string()];
  Apply(change, changed.cached);
  changed.unsynced.push_back(std::move(change));
}

DiskModel::FileHandle DiskModel::Find(const std::filesystem::path& path) const {
  const auto directory = directories_.find(path.parent_path().string());
  if (directory == directories_.end()) return nullptr;
  const auto file = directory->second.cached.find(path.filename().string());
  return file == directory->second.cached.end() ? nullptr : file->second;
}

DiskModel::FileHandle DiskModel::Open(const std::string& path) {
  const std::filesystem::path normal = Normal(path);
  FileHandle file = Find(normal);
  if (file == nullptr) {
    file = std::make_shared<File>();
    Change(normal.parent_path(), {normal.filename().string(), {}, file});
  }
  return file;
}

void DiskModel::Remove(const std::string& path) {
  const std::filesystem::path normal = Normal(path);
  Change(normal.parent_path(), {normal.filename().string(), {}, nullptr});
}

void DiskModel::Rename(const std::string& from, const std::string& to) {
  const std::filesystem::path source = Normal(from);
  const std::filesystem::path target = Normal(to);
  if (source.parent_path() != target.parent_path()) {
    throw std::logic_error("a rename to another directory is not modelled");
  }
  Change(source.parent_path(),
         {target.filename().string(), source.filename().string(), Find(source)});
}

void DiskModel::Link(const std::string& from, const std::string& to) {
  const std::filesystem::path target = Normal(to);
  Change(target.parent_path(), {target.filename().string(), {}, Find(Normal(from))});
}

void DiskModel::SyncDirectory(const std::string& path) {
  std::filesystem::path normal = Normal(path);
  if (!normal.has_filename()) normal = normal.parent_path();
  Directory& directory = directories_[normal.string()];
  directory.durable = directory.cached;
  directory.unsynced.clear();
  directory.synced = true;
}

bool DiskModel::IsSynced(const std::string& path) const {
  const auto directory = directories_.find(Normal(path).string());
  return directory != directories_.end() && directory->second.synced;
}

void DiskModel::Write(File& file, std::uint64_t offset, std::string_view data) {
  if (file.cached.size() < offset + data.size()) file.cached.resize(offset + data.size());
  file.cached.replace(offset, data.size(), data);
}

void DiskModel::Sync(File& file) {
  if (file.cached.size() > file.durable.size() && file.cached.starts_with(file.durable)) {
    file.durable.append(file.cached, file.durable.size());
  } else {
    file.durable = file.cached;
  }
}

Image DiskModel::Survive(Survival survival, std::mt19937& random) const {
  Image image;
  for (const auto& [path, directory] : directories_) {
    Names names = directory.durable;
    std::size_t kept = 0;
    if (survival == Survival::kKept) {
      kept = directory.unsynced.size();
    } else if (survival != Survival::kDropped) {
      kept = random() % (directory.unsynced.size() + 1);
    }
    for (std::size_t i = 0; i < kept; ++i) Apply(directory.unsynced[i], names);
    for (const auto& [name, file] : names) {
      const std::filesystem::path relative =
          (std::filesystem::path(path) / name).lexically_relative(root_);
      image[relative.string()] = SurvivingContent(*file, SurvivalOf(name, survival), random);
    }
  }
  return image;
}

}  // namespace warble::tests
