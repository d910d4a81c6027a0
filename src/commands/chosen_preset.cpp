#include "commands/chosen_preset.hpp"

#include <cmath>
#include <optional>

#include <Eigen/Core>
#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "evaluation/group.hpp"

namespace gmmvi::commands {
namespace {

constexpr double cheap_seconds = 1e-3;

/// Where the first mixture is.
Eigen::VectorXd first_mean(const ModelInitialization& initialization, Eigen::Index dimension) {
  const PerDimension& mean = initialization.prior_mean;
  if (static_cast<Eigen::Index>(mean.size()) == dimension)
    return Eigen::Map<const Eigen::VectorXd>(mean.data(), dimension);
  return Eigen::VectorXd::Constant(dimension, mean.empty() ? 0.0 : mean.front());
}

/// Seconds that an evaluation takes; nothing where it fails. The first one may wait for what starts with it.
std::optional<double> measured(Target& target, const Eigen::VectorXd& point, bool gradient,
                               std::optional<double> time_limit) {
  const FinishedGroup first = evaluation::evaluate_point(target, point, {}, gradient, time_limit);
  if (first.status(0) == EvaluationStatus::failure) return std::nullopt;
  if (first.seconds >= 1.0) return first.seconds;
  return evaluation::evaluate_point(target, point, {}, gradient, time_limit).seconds;
}

std::string sentence(const std::string& preset, const std::string& reason) {
  return fmt::format(
      "No option is named in the config: taken are those of the preset {}, since {}. config.yml in the "
      "run folder has them all.",
      preset, reason);
}

}  // namespace

ChosenPreset chosen_preset(const config::Configuration& configuration, Target& target,
                           const EvaluationOptions& evaluation, const Communicator& world) {
  const bool by_differences = evaluation.finite_differences.scheme != FiniteDifferencesOptions::Scheme::none;
  const bool gradients = target.has_gradients() || by_differences;
  if (!gradients && target.outputs_model() != nullptr && target.outputs() > 0)
    return {"with_outputs",
            sentence("with_outputs", "the target gives outputs that data are compared with, and no gradients")};
  std::string cost = "an evaluation may be expensive";
  // A team's members would have to be asked, too.
  const bool can_measure = !target.cheap() && evaluation.ranks_per_evaluation == 1;
  bool cheap = target.cheap();
  if (cheap) cost = "it says that an evaluation is cheap";
  if (can_measure) {
    const auto seconds = comm::on_root(world, [&] {
      return measured(target, first_mean(configuration.solver.model_initialization, target.dimension()),
                      target.has_gradients(), evaluation.time_limit)
          .value_or(std::nan(""));
    });
    cheap = seconds < cheap_seconds;
    if (!std::isnan(seconds)) cost = fmt::format("an evaluation takes {:.2g} s", seconds);
  }
  world.broadcast(cheap);
  const std::string name = std::string(cheap ? "cheap_" : "") + (gradients ? "with_gradients" : "without_gradients");
  const char* const given = target.has_gradients() ? "the target gives gradients"
                            : by_differences       ? "gradients are made by differences"
                                                   : "the target gives no gradients";
  return {name, sentence(name, fmt::format("{}, and {}", given, cost))};
}

}  // namespace gmmvi::commands
