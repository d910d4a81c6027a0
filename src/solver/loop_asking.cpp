#include <algorithm>
#include <memory>

#include "math/mixture_density.hpp"
#include "solver/at.hpp"
#include "solver/exchange.hpp"
#include "solver/loop.hpp"
#include "strategy/boundary.hpp"

// Asking for batches: how many samples each component needs, by those that there are and those in flight.

namespace gmmvi::solver {

// Without a database the new batch replaces the last one, which then cannot be used again.
template <class Covariance>
std::int64_t Loop<Covariance>::wanted_for_reuse() const {
  return database().keeps_only_newest() ? 0 : strategies_.sample_selector->reused_samples(model().size());
}

// Rank 0 decides how many samples every component needs, by those of the newest samples that will be used again. Those
// in flight are among them: where they are and what they are drawn from is known.
template <class Covariance>
void Loop<Covariance>::ask_for_batches() {
  if (batches_.in_flight().size() >= most_in_flight_) plan_ = decisions_.plan(model().size());  // after a stop
  while (batches_.in_flight().size() < most_in_flight_) {
    const std::int64_t iteration = current() + static_cast<std::int64_t>(batches_.in_flight().size());
    plan_ = decisions_.plan(effective_sample_sizes(), model().weights(), iteration);
    const double width = search_width(iteration);
    batches_.ask_for({.number = database().take_number(), .draw = draw_of(iteration, width), .narrowed = width < 1.0});
  }
}

// But for those that the run will not come to.
template <class Covariance>
void Loop<Covariance>::begin_batches() {
  std::int64_t iteration = iteration_;
  for (const InFlight& batch : batches_.in_flight()) {
    ++iteration;
    if (batch.begun) continue;
    const bool in_time = iteration <= limits_.iterations;
    const bool affordable = batches_.counts().evaluations + batches_.begun() < limits_.evaluations;
    if (iteration > current() && !(in_time && affordable)) return;
    batches_.begin_next();
  }
}

template <class Covariance>
std::optional<strategy::EffectiveSampleSizes> Loop<Covariance>::effective_sample_sizes() {
  const std::int64_t wanted = wanted_for_reuse();
  const std::vector<BatchSlice> flying = in_flight_slices(wanted);
  const Window stored = database().newest(wanted - Window{flying}.size());
  std::vector<BatchSlice> slices = stored.slices;
  slices.insert(slices.end(), flying.begin(), flying.end());
  table_.move_to(database().generation(), slices, database().own_samples(stored));
  flight_table_.move_to(database().generation(), slices, own_in_flight(flying));
  if (slices.empty()) return std::nullopt;
  Eigen::MatrixXd log_weights = log_weights_of_components(table_, slices);
  std::vector<std::int32_t> holders = database().holders(stored);
  std::vector<Eigen::Index> inside = model::inside_support(log_densities_of(stored));
  const double jump = strategy::jump_at_rim(stored.size() - static_cast<Eigen::Index>(inside.size()), stored.size(),
                                            target_.dimension());
  if (!flying.empty()) {
    const Eigen::MatrixXd in_flight = log_weights_of_components(flight_table_, slices);
    Eigen::MatrixXd both(log_weights.rows() + in_flight.rows(), log_weights.cols());
    both << log_weights, in_flight;
    log_weights = std::move(both);
    const auto others = holders_in_flight(flying);
    holders.insert(holders.end(), others.begin(), others.end());
    for (std::int64_t n = stored.size(); n < std::ssize(holders); ++n) inside.push_back(n);  // nobody knows better
  }
  const Eigen::MatrixXd own = to_component_owners(samples::CanonicalGather(communicator_, holders), log_weights);
  Eigen::VectorXd own_sizes(own.cols());
  for (Eigen::Index k = 0; k < own.cols(); ++k)
    own_sizes[k] = strategy::learnable_sample_size(own.col(k), inside, jump);
  const Eigen::Index components = model().size();
  const Eigen::VectorXd sizes = from_component_owners(communicator_, own_sizes, components + 1);
  return strategy::EffectiveSampleSizes{sizes.head(components), sizes[components]};
}

// [n x K + 1] v of the table's samples under the components, and under the mixture as one component more.
template <class Covariance>
Eigen::MatrixXd Loop<Covariance>::log_weights_of_components(samples::DensityTable<Covariance>& table,
                                                            const std::vector<BatchSlice>& slices) const {
  const Eigen::Index components = model().size();
  Eigen::MatrixXd densities(table.own().size(), components + 1);
  densities << table.components(model().gaussians()), Eigen::VectorXd::Zero(densities.rows());
  densities.col(components) = math::mix(densities.leftCols(components), model().log_weights());
  densities.colwise() -= table.background(slices, [this](const BatchSlice& slice) { return background_of(slice); });
  return densities;
}

// Of the samples of a window: as a rule all ranks have them since the last iteration.
template <class Covariance>
Eigen::VectorXd Loop<Covariance>::log_densities_of(const Window& window) const {
  if (window.size() <= batch_.size() && database().generation() == batch_generation_)
    return batch_.log_densities().tail(window.size());
  const samples::CanonicalGather gather(communicator_, database().holders(window));
  return gather(table_.own().log_densities.transpose()).transpose();
}

// ------------------------------------------------------------------------------------------------ samples in flight

// The newest `count` of them, oldest first. A slice of a batch in flight ends where the batch does, and its `first` is
// counted from there, and so negative.
template <class Covariance>
std::vector<BatchSlice> Loop<Covariance>::in_flight_slices(std::int64_t count) const {
  std::vector<BatchSlice> slices;
  for (auto batch = batches_.in_flight().rbegin(); batch != batches_.in_flight().rend() && count > 0; ++batch) {
    const std::int64_t taken = std::min<std::int64_t>(count, batch->draw.size());
    if (taken > 0) slices.push_back({batch->number, -taken, taken});
    count -= taken;
  }
  std::ranges::reverse(slices);
  return slices;
}

template <class Covariance>
const typename Loop<Covariance>::InFlight& Loop<Covariance>::in_flight(const BatchSlice& slice) const {
  return *std::ranges::find(batches_.in_flight(), slice.batch, &InFlight::number);
}

// Nobody keeps them yet. Every rank looks after an equal share of each batch.
template <class Covariance>
typename SampleDB<Covariance>::OwnSamples Loop<Covariance>::own_in_flight(const std::vector<BatchSlice>& slices) const {
  typename SampleDB<Covariance>::OwnSamples own;
  own.samples.resize(target_.dimension(), 0);
  own.gradients.resize(target_.dimension(), 0);
  for (const BatchSlice& slice : slices) {
    const Draw& draw = in_flight(slice).draw;
    const Eigen::Index size = draw.size(), ranks = communicator_.size();
    const Eigen::Index first = std::max(size - slice.count, size * communicator_.rank() / ranks),
                       end = size * (communicator_.rank() + 1) / ranks;
    if (first >= end) continue;
    Evaluations part = Evaluations::of_size(target_.dimension(), end - first, false);
    draw.samples(first, part.samples);
    part.log_densities.setZero();  // which nobody looks at
    own.append(part);
    for (Eigen::Index n = first; n < end; ++n)
      own.indices.push_back((static_cast<std::int64_t>(draw.iteration()) << 32) + n);
  }
  return own;
}

template <class Covariance>
std::vector<std::int32_t> Loop<Covariance>::holders_in_flight(const std::vector<BatchSlice>& slices) const {
  std::vector<std::int32_t> holders;
  for (const BatchSlice& slice : slices) {
    const Eigen::Index size = in_flight(slice).draw.size(), ranks = communicator_.size();
    for (Eigen::Index rank = 0; rank < ranks; ++rank) {
      const Eigen::Index first = std::max(size - slice.count, size * rank / ranks), end = size * (rank + 1) / ranks;
      if (first < end) holders.insert(holders.end(), at(end - first), static_cast<std::int32_t>(rank));
    }
  }
  return holders;
}

template <class Covariance>
typename SampleDB<Covariance>::Background Loop<Covariance>::background_of(const BatchSlice& slice) const {
  if (slice.first >= 0) return database().background(slice);
  const Draw& draw = in_flight(slice).draw;
  typename SampleDB<Covariance>::Background background;
  std::vector<double> counts;
  std::int64_t before = slice.count - draw.size();  // of the slice, as many as it leaves out are negative
  for (const auto& source : draw.sources()) {
    const std::int64_t last = before + source.count;
    const std::int64_t count = std::max<std::int64_t>(0, last) - std::max<std::int64_t>(0, before);
    before = last;
    if (count == 0) continue;
    background.gaussians.push_back(source.gaussian);
    counts.push_back(static_cast<double>(count));
  }
  background.counts = Eigen::Map<const Eigen::VectorXd>(counts.data(), static_cast<Eigen::Index>(counts.size()));
  return background;
}

template <class Covariance>
FlightReport Loop<Covariance>::flight() const {
  const auto& batches = batches_.in_flight();
  if (!batches_.evaluator().runs_ahead()) return {};
  return {.batches = std::ranges::count(batches, true, &InFlight::begun),
          .evaluations = batches_.begun(),
          .oldest_seconds = batches_.evaluator().oldest_seconds()};
}

template <class Covariance>
void Loop<Covariance>::end_evaluations() {
  batches_.end_all();
}

// So many samples of each component as are planned; of components that are narrower about the mixture's mean where
// `width` is less than 1.
template <class Covariance>
model::Draw<Covariance> Loop<Covariance>::draw_of(std::int64_t iteration, double width) const {
  std::vector<typename model::Draw<Covariance>::Source> sources;
  for (std::size_t k = 0; k < plan_.size(); ++k)
    if (const auto& component = model().components()[k]; !plan_[k].asleep)
      sources.push_back({component.gaussian, component.id, plan_[k].new_samples});
  if (width < 1.0) {
    const Eigen::VectorXd center = model().mean();
    for (auto& source : sources)
      source.gaussian =
          std::make_shared<const Gaussian<Covariance>>(strategy::narrowed(*source.gaussian, center, width));
  }
  return {seed_, core::Purpose::samples, static_cast<std::uint64_t>(iteration), std::move(sources)};
}

// Less than 1 while it is known that none of the run's own samples was inside the support. Estimators that take samples
// to be the component's own cannot have others.
template <class Covariance>
double Loop<Covariance>::search_width(std::int64_t iteration) const {
  if (iteration_ == 0 || updates_ > 0 || strategies_.natural_gradient->only_own_samples()) return 1.0;
  return strategy::search_width(iteration);
}

template std::int64_t Loop<FullCovariance>::wanted_for_reuse() const;
template void Loop<FullCovariance>::ask_for_batches();
template void Loop<FullCovariance>::begin_batches();
template SampleDB<FullCovariance>::Background Loop<FullCovariance>::background_of(const BatchSlice& slice) const;
template FlightReport Loop<FullCovariance>::flight() const;
template void Loop<FullCovariance>::end_evaluations();
template std::int64_t Loop<DiagonalCovariance>::wanted_for_reuse() const;
template void Loop<DiagonalCovariance>::ask_for_batches();
template void Loop<DiagonalCovariance>::begin_batches();
template SampleDB<DiagonalCovariance>::Background Loop<DiagonalCovariance>::background_of(
    const BatchSlice& slice) const;
template FlightReport Loop<DiagonalCovariance>::flight() const;
template void Loop<DiagonalCovariance>::end_evaluations();

}  // namespace gmmvi::solver
