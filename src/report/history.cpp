#include "report/history.hpp"

#include <cstddef>

#include "io/metrics_reader.hpp"
#include "report/thinning.hpp"

namespace gmmvi::report {
namespace {

constexpr std::size_t most_iterations = 2000;
constexpr std::size_t most_elbos = 20000;
constexpr std::size_t most_metrics = 2000;
constexpr std::size_t most_weights = 200;
constexpr std::size_t most_bins = 200;

using Metrics = std::map<std::string, Thinned<History::Metric>>;

RankSeconds per_rank(RankSeconds seconds, int ranks) {
  for (const RankSecondsPart& part : rank_seconds_parts) seconds.*part.seconds /= ranks;
  return seconds;
}

/// Bins of the same number of iterations, the last one aside; twice that number when there are too many.
class Bins {
 public:
  void add_iteration(std::int64_t iteration, const RankSeconds& seconds) {
    if (bins_.empty() || bins_.back().count == width_) start_bin();
    History::Bin& bin = bins_.back();
    bin.iteration = iteration;
    ++bin.count;
    bin.seconds += seconds;
  }
  const std::vector<History::Bin>& bins() const { return bins_; }

 private:
  void start_bin() {
    if (bins_.size() == most_bins) merge_pairs();
    bins_.emplace_back();
  }
  void merge_pairs() {
    for (std::size_t i = 0; i < most_bins / 2; ++i) {
      History::Bin merged = bins_[2 * i + 1];
      merged.count += bins_[2 * i].count;
      merged.seconds += bins_[2 * i].seconds;
      bins_[i] = merged;
    }
    bins_.resize(most_bins / 2);
    width_ *= 2;
  }

  std::vector<History::Bin> bins_;
  std::int64_t width_ = 1;
};

class HistoryReader {
 public:
  void operator()(const io::MetricsRecord& record) {
    const io::MetricsLine& line = record.line;
    const Moment now{line.report.iteration, line.report.evaluations, line.wall_seconds};
    iterations_.add({now, line.report.components, line.report.elbo_estimate});
    if (line.elbo && line.elbo->source == ElboEstimate::Source::fresh)
      elbo_.add({now, line.elbo->value, line.elbo->standard_error});
    if (!record.weights.empty()) weights_.add({now, record.component_ids, record.weights});
    add_metrics(metrics_, now, record.metrics);
    add_metrics(target_metrics_, now, record.target_metrics);
    const RankSeconds seconds = per_rank(line.report.seconds, line.ranks);
    bins_.add_iteration(now.iteration, seconds);
    total_seconds_ += seconds;
  }

  History history() const {
    return {.iterations = iterations_.items(),
            .elbo = elbo_.items(),
            .weights = weights_.items(),
            .metrics = items(metrics_),
            .target_metrics = items(target_metrics_),
            .bins = bins_.bins(),
            .total_seconds = total_seconds_};
  }

 private:
  static void add_metrics(Metrics& metrics, const Moment& now, const std::map<std::string, double>& values) {
    for (const auto& [name, value] : values) metrics.try_emplace(name, most_metrics).first->second.add({now, value});
  }
  static std::map<std::string, std::vector<History::Metric>> items(const Metrics& metrics) {
    std::map<std::string, std::vector<History::Metric>> items;
    for (const auto& [name, values] : metrics) items[name] = values.items();
    return items;
  }

  Thinned<History::Iteration> iterations_{most_iterations};
  Thinned<History::Elbo> elbo_{most_elbos};
  Thinned<History::Weights> weights_{most_weights};
  Metrics metrics_, target_metrics_;
  Bins bins_;
  RankSeconds total_seconds_;
};

}  // namespace

History read_history(const std::string& path) {
  HistoryReader reader;
  io::for_each_metrics_line(path, [&](const io::MetricsRecord& record) { reader(record); });
  return reader.history();
}

}  // namespace gmmvi::report
