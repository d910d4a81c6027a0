#include "commands/defaults_command.hpp"

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "config/configuration.hpp"

namespace gmmvi::commands {

void defaults_command(const DefaultsArguments& arguments, const Communicator& world) {
  print(world, comm::on_root(world, [&] { return config::default_config(arguments.codename, arguments.experiment); }));
}

}  // namespace gmmvi::commands
