#include "commands/combine_command.hpp"

#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "commands/named_runs.hpp"
#include "commands/new_file.hpp"
#include "commands/output.hpp"
#include "io/model_file.hpp"
#include "runner/combination.hpp"

namespace gmmvi::commands {

void combine_command(const CombineArguments& arguments, const Communicator& world) {
  print(world, comm::on_root(world, [&] {
          require_new_netcdf(arguments.out, "models");
          const runner::SeveralRuns runs = named_runs(arguments.runs);
          const io::Model model = runner::combined_model(runs);
          require_new_netcdf(arguments.out, "models");  // it may have come meanwhile
          io::write_model(arguments.out, model);
          return runner::combination_text(runs) +
                 fmt::format("Wrote {0}. See it with: gmmvi summary {0}\n", arguments.out);
        }));
}

}  // namespace gmmvi::commands
