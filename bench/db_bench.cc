#include "bench/db_bench.h"

#include "storage/engine/engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace warble::bench {
namespace {

constexpr std::size_t kWriteBufferBytes = std::size_t{64} << 20;

/// As one word of a shell's command.
std::string Quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// What a shell's command prints.
std::string OutputOf(const std::string& command) {
  const auto close = [](std::FILE* pipe) { ::pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(::popen(command.c_str(), "re"), close);
  if (!pipe) throw std::runtime_error("no program can be started: " + command);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), got);
  }
  return output;
}

/// Of the last run of a benchmark: "readrandom   :   4.740 micros/op 210889 ops/sec ...".
std::optional<Figure> FigureIn(const std::string& output, const std::string& benchmark) {
  const std::regex line(benchmark + R"( +: +([0-9.]+) micros/op ([0-9]+) ops/sec)");
  std::optional<Figure> figure;
  for (std::sregex_iterator at(output.begin(), output.end(), line), end; at != end; ++at) {
    figure = {.per_s = std::stod((*at)[2]), .us = std::stod((*at)[1])};
  }
  return figure;
}

}  // namespace

void DbBench::Fill(storage::Family family, const Shape& shape) {
  shapes_[family] = shape;
  Run(family, "fillseq,compact", "--disable_wal=1 --compression_type=zstd");
}

Figure DbBench::Read(storage::Family family, std::string_view benchmark) const {
  // Twice: the first warms the caches, the last one counts.
  return Run(family, fmt::format("{0},{0}", benchmark),
             fmt::format("--use_existing_db=1 --compression_type=zstd --duration={} "
                         "--seek_nexts={}",
                         duration_s_, kSeekNexts));
}

Figure DbBench::Write(storage::Family family) const {
  return Run(family, "fillrandom",
             fmt::format("--sync=1 --compression_type=lz4 --threads={} --duration={}",
                         kWritesInFlight, duration_s_),
             "-writes");
}

Figure DbBench::Run(storage::Family family, std::string_view benchmarks, std::string_view options,
                    std::string_view suffix) const {
  const Shape& shape = shapes_.at(family);
  const std::string database =
      (directory_ / fmt::format("{}{}", FamilyName(family), suffix)).string();
  const std::string command = fmt::format(
      "{} --db={} --benchmarks={} {} --num={} --key_size={} --value_size={} "
      "--compression_ratio={:.3f} --block_size={} --cache_size={} --bloom_bits=10 "
      "--cache_index_and_filter_blocks=true --pin_l0_filter_and_index_blocks_in_cache=true "
      "--level_compaction_dynamic_level_bytes=true --write_buffer_size={} 2>&1",
      Quoted(program_), Quoted(database), benchmarks, options, shape.rows, shape.key_bytes,
      shape.value_bytes, shape.compression_ratio, shape.block_bytes,
      storage::Engine::Options().block_cache_bytes, kWriteBufferBytes);
  const std::string last(benchmarks.substr(benchmarks.rfind(',') + 1));
  const std::optional<Figure> figure = FigureIn(OutputOf(command), last);
  if (figure) return *figure;
  throw std::runtime_error(
      fmt::format("{} gave no figures; see what it says to: {}", program_, command));
}

std::string DbBench::FindInPath() {
  const char* const path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string program = directory + "/db_bench";
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

}  // namespace warble::bench
