#include "runner/expected_utilization.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/random.hpp"
#include "solver/cost.hpp"

namespace gmmvi::runner {
namespace {

std::string in_percent(double share) {
  return fmt::format("{:.0f} %", 100.0 * share);
}

std::string several(int count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::int64_t tasks_of(std::int64_t samples, const Evaluators& evaluators) {
  const std::int64_t group = evaluators.target.group_size();
  return (evaluators.evaluations_of(samples) + group - 1) / group;
}

bool is_dealt_out_beforehand(const Evaluators& evaluators) {
  return evaluators.options.evaluation.scheduling == EvaluationOptions::Scheduling::fixed || evaluators.target.cheap();
}

std::string line(const char* name, std::int64_t samples, const Evaluators& evaluators) {
  const std::int64_t tasks = tasks_of(samples, evaluators);
  const auto utilization = [&](double spread) {
    return in_percent(
        expected_utilization(evaluators.places(), tasks, evaluators.options.evaluation.batches_in_flight, spread));
  };
  return fmt::format("  {:<28} {:>8} evaluations: {} of the time, or {} if their times differ widely\n", name,
                     evaluators.evaluations_of(samples), utilization(slightly), utilization(widely));
}

}  // namespace

double expected_utilization(int slots, std::int64_t tasks, int in_flight, double spread) {
  constexpr std::int64_t most = 200'000, least_batches = 10, enough_batches = 200;
  const std::int64_t batches = std::clamp(most / std::max<std::int64_t>(1, tasks), least_batches, enough_batches);
  core::Stream stream(1, core::Purpose::sleeping);
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int slot = 0; slot < slots; ++slot) free_at.push(0.0);
  std::vector<double> ends;  // of the batches
  double busy = 0.0;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const double asked = batch < in_flight ? 0.0 : ends[static_cast<std::size_t>(batch - in_flight)];
    double end = asked;
    for (std::int64_t task = 0; task < tasks; ++task) {
      double normal = 0.0;
      stream.normal({&normal, 1});
      const double seconds = std::exp(spread * normal - 0.5 * spread * spread), start = std::max(asked, free_at.top());
      free_at.pop();
      free_at.push(start + seconds);
      busy += seconds;
      end = std::max(end, start + seconds);
    }
    ends.push_back(batch > 0 ? std::max(end, ends.back()) : end);
  }
  return ends.back() > 0.0 ? busy / (slots * ends.back()) : 0.0;
}

std::int64_t Evaluators::smallest_batch() const {
  return solver::smallest_batch(options, target.dimension(), options.model_initialization.num_initial_components);
}

std::int64_t Evaluators::evaluations_of(std::int64_t samples) const {
  return samples * solver::evaluations_per_sample(options, target.dimension());
}

std::int64_t Evaluators::samples_to_fill() const {
  const std::int64_t each = evaluations_of(1);
  return (evaluations_to_fill() + each - 1) / each;
}

double Evaluators::share_filled() const {
  const std::int64_t tasks = tasks_of(smallest_batch(), *this) * options.evaluation.batches_in_flight;
  return std::min(1.0, static_cast<double>(tasks) / places());
}

std::string Evaluators::name() const {
  const int team = options.evaluation.ranks_per_evaluation, slots = options.evaluation.slots_or_one();
  if (team > 1) return several(count, "team") + " of " + several(team, "rank");
  return several(count, "rank") + (slots > 1 ? " of " + several(slots, "slot") : "");
}

std::string utilization_text(const Evaluators& evaluators, std::int64_t first_batch) {
  const Options& options = evaluators.options;
  const int places = evaluators.places(), in_flight = options.evaluation.batches_in_flight;
  if (is_dealt_out_beforehand(evaluators) && in_flight > 1)
    return "evaluation.batches_in_flight is more than 1, which brings nothing here: evaluations that are dealt out "
           "beforehand, as those of cheap targets, begin when their batch is waited for.\n";
  if (places == 1 || is_dealt_out_beforehand(evaluators)) return "";
  const std::int64_t least = evaluators.smallest_batch();
  std::string text = fmt::format("How busy {} would be with evaluations, {} batch{} in flight:\n", evaluators.name(),
                                 in_flight, in_flight == 1 ? "" : "es");
  text += line("the first batch", first_batch, evaluators);
  if (least < first_batch) text += line("the least, if all is reused", least, evaluators);
  if (evaluators.share_filled() < 1.0)
    text += fmt::format(
        "The smallest batches fill {} of {}. With evaluation.parallel: {} none is smaller than that: more evaluations, "
        "but fewer iterations.\n",
        in_percent(evaluators.share_filled()), evaluators.name(), evaluators.samples_to_fill());
  if (in_flight == 1 &&
      expected_utilization(places, tasks_of(std::max(least, first_batch), evaluators), 1, widely) < 0.8)
    text +=
        "Where evaluations differ in time, evaluation.batches_in_flight: 2 lets ranks go on while the last of a batch "
        "run; more than 2 make fits need far more evaluations.\n";
  return text;
}

std::string unfilled_text(const Evaluators& evaluators) {
  const double share = evaluators.share_filled();
  if (is_dealt_out_beforehand(evaluators) || share == 1.0) return "";
  return fmt::format(
      "The smallest batches can fill {} of {}; evaluation.parallel: {} would fill them all (`check` says more).",
      in_percent(share), evaluators.name(), evaluators.samples_to_fill());
}

}  // namespace gmmvi::runner
