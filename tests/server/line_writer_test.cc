// LineWriter: no caller waits, nothing grows, and lost lines are counted.
#include "server/line_writer.h"

#include "tests/support/pipe.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <string>

namespace warble::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using tests::Pipe;

}  // namespace

TEST_CASE("line writer: lines come in order, each with its line feed") {
  Pipe pipe;
  LineWriter writer(pipe.in());
  writer.Write("a");
  writer.Write("b\n");
  writer.Write("");
  CHECK(writer.Flush(hours(1)));
  CHECK(pipe.ReadLine() == "a\n");
  CHECK(pipe.ReadLine() == "b\n");
  CHECK(pipe.ReadLine() == "\n");
  CHECK(writer.dropped() == 0);
}

TEST_CASE("line writer: a full pipe keeps nobody waiting; the newest lines are kept") {
  Pipe pipe;
  pipe.Fill();
  LineWriter writer(pipe.in());
  writer.Write("stuck");
  // Once its thread has taken the first, there is room for so many.
  CHECK_FALSE(writer.Flush(milliseconds(0)));
  constexpr std::size_t kLines = 3 * LineWriter::kMaxLines;
  for (std::size_t i = 0; i < kLines; ++i) writer.Write(fmt::format("line {}", i));
  const std::uint64_t dropped = writer.dropped();
  CHECK(dropped >= kLines - LineWriter::kMaxLines);
  CHECK(dropped <= kLines - LineWriter::kMaxLines + 1);
  CHECK_FALSE(writer.Flush(milliseconds(0)));

  pipe.ReadFilling();
  std::string line = pipe.ReadLine();
  if (line == "stuck\n") line = pipe.ReadLine();
  CHECK(line == fmt::format("{} lines were lost here, as nobody read them\n", dropped));
  for (std::size_t i = kLines - LineWriter::kMaxLines; i < kLines; ++i) {
    CHECK(pipe.ReadLine() == fmt::format("line {}\n", i));
  }
  CHECK(writer.Flush(hours(1)));
}

TEST_CASE("line writer: it ends although its pipe stays full") {
  Pipe pipe;
  pipe.Fill();
  { LineWriter(pipe.in()).Write("never read"); }
  pipe.ReadFilling();
  CHECK(pipe.ReadLine() == "never read\n");  // by the thread that was left behind
}

TEST_CASE("line writer: lines that cannot be written are lost, and nobody waits for them") {
  LineWriter writer(-1);
  writer.Write("a");
  writer.Write("b");
  CHECK(writer.Flush(hours(1)));
  CHECK(writer.dropped() == 2);
}

TEST_CASE("line writer: a long line is cut") {
  Pipe pipe;
  LineWriter writer(pipe.in());
  writer.Write(std::string(2 * LineWriter::kMaxLineBytes, 'x'));
  CHECK(pipe.ReadLine() == std::string(LineWriter::kMaxLineBytes, 'x') + "\n");
}

}  // namespace warble::server
