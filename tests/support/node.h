// A node's storage in a directory, opened and closed as a server does, with a clock to steer.
#pragma once

#include "storage/committer.h"
#include "storage/engine/engine.h"
#include "storage/read_view.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace warble::tests {

class Node {
 public:
  explicit Node(const std::filesystem::path& directory,
                storage::Clock::Source clock = storage::Clock::ReadSystem,
                rocksdb::Env* env = nullptr,
                std::size_t decoded_cache_bytes = std::size_t{16} << 20)
      : engine_(MakeOptions(directory, env, decoded_cache_bytes)),
        committer_(engine_, std::move(clock)) {}

  storage::Engine& engine() { return engine_; }
  storage::Committer& committer() { return committer_; }

  /// Commits evaluate(transaction) as a client's command and returns what it returned.
  template <class Evaluate>
  auto Commit(Evaluate evaluate) {
    std::optional<decltype(evaluate(std::declval<storage::Transaction&>()))> result;
    const auto run = committer_.Run(
        storage::Committer::Class::kClient,
        [&](storage::Transaction& transaction) { result.emplace(evaluate(transaction)); });
    if (!run.committed()) throw std::runtime_error("a command was not committed");
    return std::move(*result);
  }

  /// Returns query(view) on a view of now.
  template <class Query>
  auto Read(Query query) {
    storage::ReadView view(engine_, storage::ReadView::Mode::kMayBlock);
    auto result = query(view);
    if (view.status() != storage::ReadStatus::kOk) throw std::runtime_error("a read failed");
    return result;
  }

 private:
  static storage::Engine::Options MakeOptions(const std::filesystem::path& directory,
                                              rocksdb::Env* env, std::size_t decoded_cache_bytes) {
    storage::Engine::Options options;
    options.directory = directory;
    options.block_cache_bytes = std::size_t{32} << 20;
    options.decoded_cache_bytes = decoded_cache_bytes;
    options.ballast_bytes = 0;
    options.env = env;
    return options;
  }

  storage::Engine engine_;
  storage::Committer committer_;
};

}  // namespace warble::tests
