// What an iteration costs: its collectives, the bytes that a rank receives, its floating-point operations and its
// milliseconds, as counted or measured, and as the model of docs/scaling.md has them. Run under mpirun with as many
// ranks as there are cores. The rates of the machine are measured first; the model has no other constants. At the end,
// what it predicts for many ranks.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>
#include <fmt/format.h>

#include "gmmvi/gmmvi.hpp"
#include "gmmvi/with_mpi.hpp"

#include "comm/backend.hpp"

namespace {

using namespace gmmvi;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// ------------------------------------------------------------------------------------------------------ the counting

struct Traffic {
  std::int64_t collectives = 0;
  double bytes = 0.0;  // that this rank received
};

/// Another communicator that counts what goes through it.
class Counting : public Communicator::Backend {
 public:
  Counting(Communicator inner, std::shared_ptr<Traffic> traffic)
      : inner_(std::move(inner)), traffic_(std::move(traffic)) {}
  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  void barrier() const override {
    count(0);
    inner_.barrier();
  }
  std::shared_ptr<const Backend> split(int color) const override {
    return std::make_shared<Counting>(inner_.split(color), traffic_);
  }
  void broadcast(std::span<std::byte> values, int root) const override {
    count(rank() == root ? 0 : values.size());
    inner_.broadcast(values, root);
  }
  void all_gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const override {
    count(all.size() - own.size());
    inner_.all_gather(own, counts, all);
  }
  void all_gather_to(const Runs& runs, std::size_t record, std::span<const std::byte> own,
                     std::span<std::byte> all) const override {
    count(all.size() - own.size());
    inner_.all_gather_to(runs, record, own, all);
  }
  void gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const override {
    const std::vector<std::byte> gathered = inner_.gather(own, counts);
    count(inner_.is_root() ? all.size() - own.size() : 0);
    std::ranges::copy(gathered, all.begin());
  }
  void all_to_all(std::span<const std::byte> send, const Counts& send_counts, std::span<std::byte> received,
                  const Counts& receive_counts) const override {
    count(received.size() - receive_counts[static_cast<std::size_t>(rank())]);
    const std::vector<std::byte> all = inner_.all_to_all(send, send_counts, receive_counts);
    std::ranges::copy(all, received.begin());
  }
  int fortran_handle() const override { return inner_.fortran_handle(); }
  std::unique_ptr<comm::Courier> courier() const override { return inner_.courier(); }

 private:
  void count(std::size_t bytes) const {
    ++traffic_->collectives;
    traffic_->bytes += static_cast<double>(bytes);
  }
  Communicator inner_;
  std::shared_ptr<Traffic> traffic_;
};

// --------------------------------------------------------------------------------------------------------- the model

/// An iteration: K components in D dimensions, N active samples of which `fresh` are new, on P ranks.
struct Size {
  double components, dimension, samples, fresh, ranks;
};

struct Cost {
  double collectives, exchanges, bytes;  // exchanges: collectives in which every rank sends to every other
  double pairs;                          // of a sample and a component
  double e_flops, m_flops, owned;        // owned: components of a rank, as part of all
};

/// Of SAMTRON with full covariances, as docs/scaling.md derives it.
Cost model(const Size& s) {
  const double k = s.components, d = s.dimension, n = s.samples, f = s.fresh, p = s.ranks, owned = std::ceil(k / p);
  const double others = 1.0 - 1.0 / p, gaussian = 1.0 + d + d * (d + 1.0) / 2.0, old = n - f;
  const bool reuses = old > 0.0;
  const double gathered = 8.0 * (f + f * (d + 1.0) + n * (d + 2.0) + n + k * gaussian + k + (reuses ? k + 1.0 : 0.0));
  const double transposed = 8.0 * (2.0 * n * owned + old * std::ceil((k + 1.0) / p));
  return {.collectives = reuses ? 22.0 : 20.0,
          .exchanges = reuses ? 6.0 : 5.0,
          .bytes = others * (gathered + transposed),
          .pairs = n * k,
          .e_flops = (3.0 * n + old) * k * d * d,
          .m_flops = 2.0 * n * k * d * d + 10.0 * k * d * d * d,
          .owned = owned / k};
}

/// What the machine does, in seconds.
struct Machine {
  double pair, flop, collective, byte;
  double algebra(const Cost& cost, double ranks) const {
    return (cost.pairs * pair + cost.e_flops * flop) / ranks + cost.m_flops * flop * cost.owned;
  }
  double seconds(const Cost& cost, double ranks) const {
    return algebra(cost, ranks) + cost.collectives * collective + cost.bytes * byte;
  }
};

// -------------------------------------------------------------------------------------------------- the measurements

/// A normal target in any dimension, so that the solver's own work is all there is.
class Normal : public Target {
 public:
  explicit Normal(Eigen::Index dimension) : dimension_(dimension) {}
  Eigen::Index dimension() const override { return dimension_; }
  bool has_gradients() const override { return true; }
  bool cheap() const override { return true; }
  Eigen::Index group_size() const override { return 32; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool want_gradients) override {
    Evaluation evaluation = Evaluation::of_size(dimension_, samples.cols(), want_gradients);
    evaluation.log_densities = -0.5 * samples.colwise().squaredNorm().transpose();
    if (want_gradients) evaluation.gradients = -samples;
    return evaluation;
  }

 private:
  Eigen::Index dimension_;
};

struct Situation {
  int components, dimension, samples;  // per component
  double reuse;
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

struct Measured {
  Size size;
  double collectives, bytes, seconds;
};

/// Medians of an iteration, of the slowest rank.
Measured measure(const Situation& situation, const Communicator& ranks, int warm_up, int timed) {
  Options options;
  options.seed = 1;
  options.model_initialization = {.num_initial_components = situation.components, .prior_scale = {3.0}};
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = situation.samples,
                                                           .ratio_reused_samples_to_desired = situation.reuse};
  const auto traffic = std::make_shared<Traffic>();
  Normal target(situation.dimension);
  Gmmvi solver = Gmmvi::build_from_config(options, target, Communicator(std::make_shared<Counting>(ranks, traffic)));
  for (int i = 0; i < warm_up; ++i) solver.train_iter();
  std::vector<double> seconds, collectives, bytes, samples, fresh;
  for (int i = 0; i < timed; ++i) {
    ranks.barrier();
    *traffic = {};
    const auto start = Clock::now();
    const IterationReport report = solver.train_iter();
    seconds.push_back(std::ranges::max(ranks.all_gather(seconds_since(start))));
    collectives.push_back(static_cast<double>(traffic->collectives));
    bytes.push_back(std::ranges::max(ranks.all_gather(traffic->bytes)));
    samples.push_back(static_cast<double>(report.new_samples + report.reused_samples));
    fresh.push_back(static_cast<double>(report.new_samples));
  }
  return {.size = {.components = static_cast<double>(situation.components),
                   .dimension = static_cast<double>(situation.dimension),
                   .samples = median(samples),
                   .fresh = median(fresh),
                   .ranks = static_cast<double>(ranks.size())},
          .collectives = median(collectives),
          .bytes = median(bytes),
          .seconds = median(seconds)};
}

/// Seconds of an all-gather in which every rank gives so many bytes.
double all_gather_seconds(const Communicator& ranks, std::size_t bytes) {
  const std::vector<std::byte> own(bytes);
  const std::vector<std::size_t> counts(static_cast<std::size_t>(ranks.size()), bytes);
  std::vector<double> seconds;
  for (int i = 0; i < 200; ++i) {
    const auto start = Clock::now();
    ranks.all_gather(std::span<const std::byte>(own), counts);
    seconds.push_back(seconds_since(start));
  }
  return median(seconds);
}

Machine measure_machine(const Communicator& ranks) {
  // Two situations on one rank, in which one and the other count.
  const Measured few = measure({50, 10, 100, 0.0}, Communicator(), 3, 11);
  const Measured many = measure({20, 100, 100, 0.0}, Communicator(), 3, 11);
  const Cost a = model(few.size), b = model(many.size);
  Eigen::Matrix2d costs;
  costs << a.pairs, a.e_flops + a.m_flops, b.pairs, b.e_flops + b.m_flops;
  const Eigen::Vector2d rates = costs.inverse() * Eigen::Vector2d(few.seconds, many.seconds);
  const double small = all_gather_seconds(ranks, 8);
  constexpr std::size_t large = std::size_t{1} << 22;
  const double received = static_cast<double>(large) * (ranks.size() - 1);
  return {.pair = rates[0],
          .flop = rates[1],
          .collective = ranks.size() > 1 ? small : 0.0,
          .byte = received > 0.0 ? (all_gather_seconds(ranks, large) - small) / received : 0.0};
}

void print(const Measured& m, const Machine& machine) {
  const Cost cost = model(m.size);
  const double seconds = machine.seconds(cost, m.size.ranks);
  fmt::print(
      "{:>5.0f} {:>5.0f} {:>6.0f} {:>6.0f} {:>5.0f}  {:>5.0f} {:>5.0f}  {:>9.3f} {:>9.3f}  {:>9.1f}  {:>8.2f} {:>8.2f} "
      " "
      "{:>5.2f}\n",
      m.size.ranks, m.size.dimension, m.size.components, m.size.samples, m.size.fresh, m.collectives, cost.collectives,
      1e-6 * m.bytes, 1e-6 * cost.bytes, 1e-6 * (cost.e_flops + cost.m_flops), 1e3 * m.seconds, 1e3 * seconds,
      seconds / m.seconds);
}

/// Seconds of an iteration of expensive evaluations by parts, for a cluster whose network has the given latency (of a
/// step of a collective, of which there are log₂ P), seconds for a message more to every other rank, and bandwidth. Of
/// evaluations that take 0.5 to 1.5 times their mean a rank makes its share; then it waits for half of the longest.
void predict(const Machine& machine, double latency, double message, double byte) {
  constexpr double longest = 1.5;
  fmt::print("\n{:>5} {:>5} {:>6}  {:>10} {:>10} {:>10}   {}\n", "ranks", "D", "new", "algebra ms", "latency ms",
             "bytes ms", "utilisation of evaluations of 0.1 s, 1 s, 60 s");
  for (const double dimension : {20.0, 100.0})
    for (const double fresh : {2000.0, 10000.0})
      for (const double ranks : {10.0, 100.0, 1000.0}) {
        const Size size{100.0, dimension, 20000.0, fresh, ranks};
        const Cost cost = model(size);
        const double algebra = machine.algebra(cost, ranks);
        const double waits =
            cost.collectives * latency * std::ceil(std::log2(ranks)) + cost.exchanges * message * (ranks - 1.0);
        const double moved = cost.bytes * byte;
        fmt::print("{:>5.0f} {:>5.0f} {:>6.0f}  {:>10.2f} {:>10.2f} {:>10.2f}  ", ranks, dimension, fresh,
                   1e3 * algebra, 1e3 * waits, 1e3 * moved);
        for (const double seconds : {0.1, 1.0, 60.0}) {
          const double busy = fresh * seconds / ranks;
          fmt::print(" {:.3f}", busy / (busy + longest * seconds / 2.0 + algebra + waits + moved));
        }
        fmt::print("\n");
      }
}

}  // namespace

int main(int argc, char** argv) {
  const MpiScope mpi(argc, argv);
  const Communicator world = mpi_communicator(MPI_COMM_WORLD);
  const Machine machine = measure_machine(world);
  if (world.is_root()) {
    fmt::print("{:.0f} ns a sample and component, {:.2f} Gflop/s, {:.1f} µs a collective, {:.2f} GB/s into a rank\n\n",
               1e9 * machine.pair, 1e-9 / machine.flop, 1e6 * machine.collective,
               machine.byte > 0.0 ? 1e-9 / machine.byte : 0.0);
    fmt::print("{:>5} {:>5} {:>6} {:>6} {:>5}  {:>11}  {:>19}  {:>9}  {:>17}  {:>5}\n", "ranks", "D", "K", "N", "new",
               "collectives", "MB received", "Mflop", "ms", "ratio");
    fmt::print("{:>31}  {:>5} {:>5}  {:>9} {:>9}  {:>9}  {:>8} {:>8}\n", "", "count", "model", "count", "model",
               "model", "measured", "model");
  }
  for (const Situation& situation : {Situation{10, 10, 100, 0.0},
                                     {10, 10, 100, 2.0},
                                     {20, 20, 100, 0.0},
                                     {50, 20, 200, 0.0},
                                     {50, 20, 100, 2.0},
                                     {20, 50, 100, 0.0},
                                     {10, 50, 400, 2.0},
                                     {20, 100, 50, 2.0},
                                     {10, 200, 100, 0.0}}) {
    const Measured measured = measure(situation, world, 5, 11);
    if (world.is_root()) print(measured, machine);
  }
  if (world.is_root()) predict(machine, 5e-6, 1e-6, 1e-10);
}
