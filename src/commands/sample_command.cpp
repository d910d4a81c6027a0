#include "commands/sample_command.hpp"

#include <filesystem>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "commands/new_file.hpp"
#include "commands/output.hpp"
#include "commands/run_identity.hpp"
#include "commands/setup.hpp"
#include "commands/shared_input.hpp"
#include "core/random.hpp"
#include "core/text_file.hpp"
#include "external/bridgestan.hpp"
#include "runner/draws.hpp"
#include "runner/fingerprint.hpp"
#include "runner/machine.hpp"
#include "runner/memory_need.hpp"
#include "runner/run_files.hpp"

namespace gmmvi::commands {
namespace {

namespace fs = std::filesystem;

/// What rank 0 works on.
struct SampleWork {
  io::Model model;
  std::string out;
  std::unique_ptr<external::Bridgestan> stan;  ///< what it is a mixture for, if that is a Stan model
};

void require_config(const runner::RunFiles& files, const std::string& run, const char* option) {
  if (files.config) return;
  throw Error(
      fmt::format("{0} evaluates the target, and only the config.yml of a run folder says which that is; {1} is "
                  "a model file alone. Name the run folder, or leave out {0}.",
                  option, run),
      ExitCode::usage);
}

void require_memory(std::int64_t count, std::size_t dimension) {
  const double needed = runner::bytes_for_draws(count, dimension);
  const double available = runner::available_memory();
  if (needed <= available) return;
  throw Error(fmt::format("{} draws of {} parameters take about {} of memory, but {} is available. Draw fewer (-n).",
                          count, dimension, runner::bytes_text(needed), runner::bytes_text(available)),
              ExitCode::usage);
}

/// The Stan model that a run folder names, or null. The config of any other target need not be one that can still be
/// used, with all its files.
std::unique_ptr<external::Bridgestan> stan_model(const runner::RunFiles& files) {
  if (!is_of_stan(files)) return nullptr;
  try {
    const config::Configuration configuration = config::load(*files.config);
    const auto* stan = std::get_if<target::OutsideOptions<external::BridgestanOptions>>(&configuration.target);
    if (stan == nullptr) return nullptr;
    return std::make_unique<external::Bridgestan>(stan->door, external::Start{});
  } catch (const Error& error) {
    throw Error(
        fmt::format("{}\nIt is needed to write draws in Stan's own parameters. Name the model file, {}, for those "
                    "of the unconstrained parameters.",
                    error.what(), files.model),
        error.code());
  }
}

/// What a Stan model makes of draws; NaN where it fails.
io::Quantities quantities_of(const external::Bridgestan& stan, bool generated, const io::Draws& draws) {
  const external::Bridgestan::Columns columns = {.transformed_parameters = generated,
                                                 .generated_quantities = generated};
  io::Quantities quantities{.names = stan.constrained_names(columns), .values = {}};
  quantities.values.setConstant(static_cast<Eigen::Index>(quantities.names.size()), draws.samples.cols(),
                                std::numeric_limits<double>::quiet_NaN());
  for (Eigen::Index n = 0; n < draws.samples.cols(); ++n) try {
      core::Stream seeds(draws.seed, core::Purpose::simulation, {.index = static_cast<std::uint64_t>(n)});
      const auto seed = static_cast<std::uint32_t>(1 + seeds.below((std::uint64_t{1} << 31) - 1));
      quantities.values.col(n) = stan.constrain(draws.samples.col(n), columns, seed);
    } catch (const Error&) {  // as Stan's own methods do where generated quantities cannot be computed
    }
  return quantities;
}

std::unique_ptr<SampleWork> prepared(const SampleArguments& arguments) {
  const runner::RunFiles files = runner::run_files(arguments.run);
  if (arguments.log_target || arguments.inside)
    require_config(files, arguments.run, arguments.inside ? "--inside" : "--log-target");
  std::string out = arguments.out.value_or((fs::path(files.folder) / "samples.nc").string());
  require_new_netcdf(out, "draws");
  auto work = std::make_unique<SampleWork>(SampleWork{io::read_model(files.model), std::move(out), stan_model(files)});
  if (arguments.generated && !work->stan)
    throw Error(fmt::format("--generated is for the run folder of a Stan model, and {} is none.", arguments.run),
                ExitCode::usage);
  require_memory(arguments.count, work->model.parameter_names.size());
  return work;
}

/// The target of the run folder, which has as many parameters as rank 0's model.
MadeTarget target_of(const SampleArguments& arguments, const SampleWork* work, const Communicator& world) {
  const std::string config = (fs::path(arguments.run) / "config.yml").string();
  MadeTarget made = make_target(shared_configuration({.config = config, .overrides = {}}, world), world);
  comm::attempt_on_root(world, [&] {
    runner::require_same_run(made.fingerprint, arguments.run);
    const auto fitted = static_cast<Eigen::Index>(work->model.parameter_names.size());
    if (made.target->dimension() == fitted) return;
    throw Error(fmt::format("{} describes a target of {} parameters, but the model beside it has {}: they are not of "
                            "one run.",
                            config, made.target->dimension(), fitted),
                ExitCode::configuration);
  });
  return made;
}

std::string counts_text(const runner::TargetValues& values) {
  return fmt::format(
      "Evaluated the target at {} draws: {} inside the support, {} outside (lp is −∞ or a penalty), {} failed (lp is "
      "NaN).\n",
      values.log_densities.size(), values.inside.size(), values.outside, values.failures);
}

std::string counts_text(const runner::DrawsInside& inside) {
  return fmt::format("Evaluated the target at {} draws: {} outside the support and {} failed were left out.\n",
                     inside.evaluations, inside.outside, inside.failures);
}

}  // namespace

void sample_command(const SampleArguments& arguments, const Communicator& world) {
  const std::unique_ptr<SampleWork> work = comm::on_root(world, [&] { return prepared(arguments); });
  const auto write = [&](io::Draws draws, std::string said, const Communicator& ranks) {
    comm::attempt_on_root(ranks, [&] {
      require_new_netcdf(work->out, "draws");  // it may have come while the target was evaluated
      if (work->stan) draws.quantities = quantities_of(*work->stan, arguments.generated, draws);
      io::write_draws(work->out, work->model, draws);
      if (const std::int64_t moved = io::moved_inside(work->model, draws); moved > 0)
        said += fmt::format("{} of the numbers rounded to a bound of their parameter, and are the next ones inside.\n",
                            moved);
      if (draws.quantities && draws.quantities->values.hasNaN())
        said += "Some quantities are NaN, where Stan's code failed or gave that.\n";
      said += fmt::format("Wrote {} with {} draw{}.\n", work->out, arguments.count, arguments.count == 1 ? "" : "s");
    });
    tell(ranks, said);
  };
  const auto draw = [&](const Communicator& ranks) {
    return comm::on_root(ranks, [&] { return runner::draw(work->model.mixture, arguments.count, arguments.seed); });
  };
  if (!arguments.log_target && !arguments.inside) return write(draw(world), "", world);
  const MadeTarget made = target_of(arguments, work.get(), world);
  const runner::DrawsEvaluation how = {
      .options = made.evaluation, .make_target = made.make_another, .teams = made.teams.get()};
  made.teams->run([&](Target& target, const Communicator& ranks) {
    if (arguments.inside) {
      runner::DrawsInside inside = runner::draw_inside(work ? &work->model.mixture : nullptr, arguments.count,
                                                       arguments.seed, target, ranks, how);
      return write(std::move(inside.draws), counts_text(inside), ranks);
    }
    io::Draws draws = draw(ranks);
    runner::TargetValues values = runner::evaluate(target, draws.samples, ranks, how);
    const std::string said = counts_text(values);
    draws.target = std::move(values.log_densities);
    write(std::move(draws), said, ranks);
  });
}

}  // namespace gmmvi::commands
