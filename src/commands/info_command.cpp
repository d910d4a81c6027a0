#include "commands/info_command.hpp"

#include <vector>

#include <fmt/format.h>

#include "commands/output.hpp"
#include "config/codename.hpp"
#include "runner/build_info.hpp"
#include "runner/machine.hpp"
#include "runner/memory_need.hpp"

namespace gmmvi::commands {
namespace {

std::string machine_text(const Communicator& world) {
  const std::vector<runner::Node> nodes = runner::nodes(world);
  const runner::Cpu cpu = runner::cpu();
  std::string text = fmt::format("ranks         {}\n", world.size()) +
                     fmt::format("CPU           {}, {} cores, {} threads\n", cpu.model, cpu.cores, cpu.threads);
  for (const runner::Node& node : nodes)
    text += fmt::format("memory        {} available on {} for {} rank{}\n", runner::bytes_text(node.available_memory),
                        node.name, node.ranks, node.ranks == 1 ? "" : "s");
  return text;
}

}  // namespace

void info_command(const Communicator& world) {
  tell(world, runner::build_info() + machine_text(world) + "\nOptions by letter; a codename has one of each family:\n" +
                  config::options_by_letter());
}

}  // namespace gmmvi::commands
