#include "commands/evaluate_command.hpp"

#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "commands/setup.hpp"
#include "commands/shared_input.hpp"
#include "core/log.hpp"
#include "core/text_file.hpp"
#include "evaluation/group.hpp"
#include "io/failures_file.hpp"
#include "io/json.hpp"
#include "io/json_number.hpp"
#include "runner/ground_truth.hpp"

namespace gmmvi::commands {
namespace {

using io::Json;

/// Points with the numbers that they had as samples, or those of a table in its order.
std::vector<FailedSample> points(const std::string& path, const Target& target) {
  const Eigen::Index dimension = target.dimension();
  if (const std::string problem = core::problem_with_file(path); !problem.empty())
    throw Error(fmt::format("The file '{}' with points to evaluate the target at {}.", path, problem), ExitCode::data);
  if (path.ends_with(".jsonl")) return io::read_failures(path, dimension);
  const Eigen::MatrixXd table = runner::read_points(path, target.parameter_names());
  if (table.rows() != dimension)
    throw Error(
        fmt::format("{} has points of {} numbers, but the target {} parameters.", path, table.rows(), dimension),
        ExitCode::data);
  std::vector<FailedSample> points;
  for (Eigen::Index n = 0; n < table.cols(); ++n)
    if (table.col(n).allFinite())
      points.push_back({.batch = 0, .position = n, .rank = 0, .sample = table.col(n), .reason = {}});
  const auto left_out = table.cols() - static_cast<Eigen::Index>(points.size());
  if (points.empty())
    throw Error(
        fmt::format("{} has no point to evaluate the target at: all {} have a value that is missing or not finite.",
                    path, left_out),
        ExitCode::data);
  if (left_out > 0)
    core::log().warn("warning: {}: left out {} of {} points, with a value that is missing or not finite", path,
                     left_out, table.cols());
  return points;
}

constexpr const char* status_names[] = {"value", "outside_support", "failure"};

const char* name_of(EvaluationStatus status) {
  return status_names[static_cast<std::size_t>(status)];
}

/// A parameter is on its bound, or beyond: nothing has to be asked.
Json of_point_outside(const FailedSample& point) {
  return {{"status", name_of(EvaluationStatus::outside_support)},
          {"log_density", nullptr},
          {"seconds", 0.0},
          {"x", std::vector<double>(point.sample.begin(), point.sample.end())}};
}

/// At a point of the user's space, where log density and gradient are, too.
Json evaluated(Target& target, const FailedSample& point, std::optional<double> time_limit) {
  const Transforms transforms = target.transforms();
  const Eigen::VectorXd z = transforms.to_solver(point.sample);
  if (!z.allFinite()) return of_point_outside(point);
  const FinishedGroup group = evaluation::evaluate_point(
      target, z, {point.batch, static_cast<std::uint64_t>(point.position)}, target.has_gradients(), time_limit);
  const EvaluationStatus status = group.status(0);
  Json line = {{"status", name_of(status)},
               {"log_density", io::number_or_null(group.log_densities[0] - transforms.log_volumes(z)[0])}};
  if (!group.failure.empty()) line["reason"] = group.failure;
  if (target.has_gradients() && status == EvaluationStatus::value) {
    const Eigen::VectorXd gradient = transforms.gradients_to_user(z, group.gradients);
    line["gradient"] = std::vector<double>(gradient.begin(), gradient.end());
  }
  line["seconds"] = group.seconds;
  line["x"] = std::vector<double>(point.sample.begin(), point.sample.end());
  return line;
}

}  // namespace

void evaluate_command(const EvaluateArguments& arguments, const Communicator& world) {
  const ConfigArguments config = of_run_or_file(arguments.config);
  std::vector<target::Remark> remarks;
  const MadeTarget made = make_target(shared_configuration(config, world), world, &remarks);
  for (const target::Remark& remark : remarks)
    if (remark.warning && world.is_root()) core::log().warn("warning: {}", remark.text);
  made.teams->run([&](Target& target, const Communicator& ranks) {
    comm::attempt_on_root(ranks, [&] {
      for (const FailedSample& point : points(arguments.at, target))
        std::cout << io::text_of(evaluated(target, point, made.evaluation.time_limit)) << std::endl;
    });
  });
}

}  // namespace gmmvi::commands
