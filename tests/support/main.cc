// The entry point of every doctest binary, and its quiet log.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  doctest::Context context(argc, argv);
  return context.run();
}
