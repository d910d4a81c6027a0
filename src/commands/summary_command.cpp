#include "commands/summary_command.hpp"

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/run_identity.hpp"
#include "io/model_file.hpp"
#include "runner/run_files.hpp"
#include "runner/summary.hpp"

namespace gmmvi::commands {

void summary_command(const SummaryArguments& arguments, const Communicator& world) {
  const std::string text = comm::on_root(world, [&] {
    const runner::RunFiles files = runner::run_files(arguments.run);
    const io::Model model = io::read_model(files.model);
    const std::optional<io::Status> status = runner::status_of(files.folder, model);
    const auto scale = is_of_stan(files) ? runner::Scale::unconstrained : runner::Scale::of_parameters;
    return arguments.json ? runner::summary_json(model, status, scale) : runner::summary_text(model, status, scale);
  });
  (arguments.json ? print : tell)(world, text);
}

}  // namespace gmmvi::commands
