#include "commands/combine_command.hpp"

#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "commands/named_runs.hpp"
#include "commands/new_file.hpp"
#include "commands/output.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "io/model_file.hpp"
#include "runner/combination.hpp"

namespace gmmvi::commands {

void combine_command(const CombineArguments& arguments, const Communicator& world) {
  tell(world, comm::on_root(world, [&] {
         require_new_netcdf(arguments.out, "models");
         const runner::SeveralRuns runs = named_runs(arguments.runs);
         const io::Model model = runner::combined_model(runs);
         require_new_netcdf(arguments.out, "models");  // it may have come meanwhile
         io::write_model(arguments.out, model);
         return runner::combination_text(runs) +
                fmt::format("Wrote {}. See it with:{}\n", arguments.out,
                            core::call_line("summary " + core::shell_word(arguments.out)));
       }));
}

}  // namespace gmmvi::commands
