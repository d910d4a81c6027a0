#include "runner/expected_utilization.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/random.hpp"

namespace gmmvi::runner {
namespace {

std::string in_percent(double share) {
  return fmt::format("{:.0f} %", 100.0 * share);
}

std::string several(int count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::int64_t tasks_of(std::int64_t samples, const Target& target) {
  return (samples + target.group_size() - 1) / target.group_size();
}

std::string line(const char* name, std::int64_t samples, const Target& target, int slots, int in_flight) {
  const std::int64_t tasks = tasks_of(samples, target);
  return fmt::format("  {:<28} {:>8} evaluations: {} of the time, or {} if their times differ widely\n", name, samples,
                     in_percent(expected_utilization(slots, tasks, in_flight, slightly)),
                     in_percent(expected_utilization(slots, tasks, in_flight, widely)));
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

std::string utilization_text(const Options& options, const Target& target, int ranks, std::int64_t first_batch) {
  const int slots = ranks * options.evaluation.slots, in_flight = options.evaluation.batches_in_flight;
  const bool dealt_out_beforehand =
      options.evaluation.scheduling == EvaluationOptions::Scheduling::fixed || target.cheap();
  if (dealt_out_beforehand && in_flight > 1)
    return "evaluation.batches_in_flight is more than 1, which brings nothing here: evaluations that are dealt out "
           "beforehand, as those of cheap targets, begin when their batch is waited for.\n";
  if (slots == 1 || dealt_out_beforehand) return "";
  const std::int64_t components = options.model_initialization.num_initial_components;
  std::string text =
      fmt::format("How busy {}{} would be with evaluations, {} batch{} in flight:\n", several(ranks, "rank"),
                  options.evaluation.slots > 1 ? fmt::format(" of {} slots", options.evaluation.slots) : "", in_flight,
                  in_flight == 1 ? "" : "es");
  text += line("the first batch", first_batch, target, slots, in_flight);
  if (components < first_batch) text += line("the least, if all is reused", components, target, slots, in_flight);
  if (expected_utilization(slots, tasks_of(components, target), in_flight, slightly) < 0.5)
    text +=
        "Where that is too little: evaluation.batches_in_flight: 2 (more than 2 make fits need far more evaluations), "
        "more samples a batch (desired_samples_per_component), or fewer ranks.\n";
  return text;
}

}  // namespace gmmvi::runner
