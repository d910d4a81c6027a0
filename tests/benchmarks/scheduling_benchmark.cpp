// How busy evaluations that are dealt out on demand keep the ranks, under mpirun with as many ranks as one likes (they
// sleep). Printed for every situation: evaluations a second; the utilisation, seconds in evaluations over ranks times
// wall-clock seconds; that of list scheduling, which gives the next evaluation to the rank that is free first and knows
// no messages; and the ratio of the two. Medians over batches. Then the utilisation with several batches in flight.

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "gmmvi/with_mpi.hpp"

#include "evaluation/evaluator.hpp"
#include "target/sleeping_target.hpp"

namespace {

using namespace gmmvi;

/// Costs nothing.
class Flat : public Target {
 public:
  Eigen::Index dimension() const override { return 20; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>, bool) override {
    Evaluation evaluation = Evaluation::of_size(dimension(), samples.cols(), false);
    evaluation.log_densities.setZero();
    return evaluation;
  }
};

struct Situation {
  std::string name;
  target::SleepingOptions sleeping;
};

std::vector<Situation> situations() {
  target::SleepingOptions uniform, tailed;
  uniform.seconds = 0.02;
  uniform.spread = 0.5;
  tailed.seconds = 0.05;
  tailed.sigma = 1.0;
  return {{"20 ms ± 50 %", uniform}, {"50 ms, log-normal", tailed}};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

evaluation::EvaluationRequest request(std::uint64_t batch, Eigen::Index size) {
  return {.batch = batch, .size = size, .draw = [](Eigen::Index, Eigen::Ref<Eigen::MatrixXd> out) { out.setZero(); }};
}

/// Seconds of a batch of `size` samples, of the slowest rank.
double timed_batch(evaluation::Evaluator& evaluator, std::uint64_t batch, Eigen::Index size,
                   const Communicator& world) {
  world.barrier();
  const auto start = std::chrono::steady_clock::now();
  evaluator.evaluate(request(batch, size));
  return std::ranges::max(world.all_gather(seconds_since(start)));
}

/// Seconds of list scheduling on `ranks`.
double list_schedule(const std::vector<double>& seconds, int ranks) {
  std::vector<double> free_at(static_cast<std::size_t>(ranks), 0.0);
  for (const double duration : seconds) *std::ranges::min_element(free_at) += duration;
  return std::ranges::max(free_at);
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

void print(const std::string& name, Eigen::Index size, int ranks, double rate, double utilisation, double bound) {
  fmt::print("{:<20} {:>5} ranks  batches of {:>6}  {:>9.0f} evaluations/s", name, ranks, size, rate);
  if (bound > 0)
    fmt::print("  utilisation {:.3f}, list scheduling {:.3f}, ratio {:.3f}", utilisation, bound, utilisation / bound);
  fmt::print("\n");
}

void measure(const Situation& situation, Eigen::Index size, int batches, const Communicator& world) {
  target::SleepingTarget target(std::make_unique<Flat>(), situation.sleeping, 1);
  evaluation::Evaluator evaluator(target, {}, world);
  std::vector<double> rates, utilisations, bounds;
  for (int batch = 0; batch < batches; ++batch) {
    const auto number = static_cast<std::uint64_t>(batch);
    const double wall = timed_batch(evaluator, number, size, world);
    std::vector<double> seconds;
    double sum = 0;
    for (Eigen::Index n = 0; n < size; ++n)
      sum += seconds.emplace_back(target.fate({number, static_cast<std::uint64_t>(n)}, 0.0).seconds);
    rates.push_back(static_cast<double>(size) / wall);
    utilisations.push_back(sum / world.size() / wall);
    bounds.push_back(sum / world.size() / list_schedule(seconds, world.size()));
  }
  if (world.is_root()) print(situation.name, size, world.size(), median(rates), median(utilisations), median(bounds));
}

/// As a run does it: the next batch is asked for when one has been collected. The first and the last batches, when
/// there are fewer in flight, do not count.
void measure_in_flight(const Situation& situation, Eigen::Index size, int batches, int in_flight,
                       const Communicator& world) {
  target::SleepingTarget target(std::make_unique<Flat>(), situation.sleeping, 1);
  evaluation::Evaluator evaluator(target, {}, world);
  const auto busy = [&] { return evaluator.busy(evaluation::BusyClock::Kind::iteration); };
  const auto ahead = static_cast<std::uint64_t>(in_flight), last = ahead + static_cast<std::uint64_t>(batches);
  for (std::uint64_t batch = 0; batch < ahead; ++batch) evaluator.submit(request(batch, size));
  auto start = std::chrono::steady_clock::now();
  double busy_before = 0.0;
  for (std::uint64_t batch = 0; batch < last; ++batch) {
    evaluator.collect(batch);
    world.barrier();  // algebra
    if (batch + 1 == ahead) {
      start = std::chrono::steady_clock::now();
      busy_before = busy();
    }
    evaluator.submit(request(batch + ahead, size));
  }
  const double wall = seconds_since(start), spent = busy() - busy_before;
  const std::vector<double> all = world.all_gather(spent);
  evaluator.end_all();
  double sum = 0.0;
  for (const double seconds : all) sum += seconds;
  if (world.is_root())
    fmt::print("{:<20} {:>5} ranks  batches of {:>6}  {} in flight  utilisation {:.3f}\n", situation.name, world.size(),
               size, in_flight, sum / world.size() / wall);
}

void measure_rate(Eigen::Index size, int batches, const Communicator& world) {
  Flat target;
  evaluation::Evaluator evaluator(target, {.scheduling = EvaluationOptions::Scheduling::on_demand}, world);
  std::vector<double> rates;
  rates.reserve(static_cast<std::size_t>(batches));
  for (int batch = 0; batch < batches; ++batch)
    rates.push_back(static_cast<double>(size) / timed_batch(evaluator, static_cast<std::uint64_t>(batch), size, world));
  if (world.is_root()) print("nothing to compute", size, world.size(), median(rates), 0.0, 0.0);
}

}  // namespace

int main(int argc, char** argv) {
  const MpiScope mpi(argc, argv);
  const Communicator world = mpi_communicator(MPI_COMM_WORLD);
  CLI::App app("Utilisation of ranks by evaluations that are dealt out on demand");
  Eigen::Index size = 400;
  int batches = 20;
  std::vector<int> in_flight = {1, 2, 4};
  app.add_option("--size", size, "Evaluations of a batch")->capture_default_str();
  app.add_option("--batches", batches, "Batches of each situation")->capture_default_str();
  app.add_option("--in-flight", in_flight, "Batches in flight")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  for (const Situation& situation : situations()) {
    measure(situation, size, batches, world);
    for (const int several : in_flight) measure_in_flight(situation, size, batches, several, world);
  }
  measure_rate(size, batches, world);
  measure_rate(100 * size, batches, world);
}
