// The commands of warble-bench: each adds itself, with its options and what it does, to the
// program's. A command that fails throws; its message is one line.
#pragma once

namespace CLI {
class App;
}

namespace warble::bench {

void AddCompareCommand(CLI::App& app);
void AddGenerateCommand(CLI::App& app);
void AddLoadCommand(CLI::App& app);
void AddRunCommand(CLI::App& app);
void AddStorageCommand(CLI::App& app);

}  // namespace warble::bench
