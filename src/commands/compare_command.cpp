#include "commands/compare_command.hpp"

#include <string>

#include "comm/on_root.hpp"
#include "commands/named_runs.hpp"
#include "commands/output.hpp"
#include "runner/comparison.hpp"

namespace gmmvi::commands {

void compare_command(const CompareArguments& arguments, const Communicator& world) {
  const std::string text = comm::on_root(world, [&] {
    const runner::SeveralRuns runs = named_runs(arguments.runs);
    return arguments.json ? runner::comparison_json(runs) : runner::comparison_text(runs);
  });
  (arguments.json ? print : tell)(world, text);
}

}  // namespace gmmvi::commands
