#include "gmmvi/sample_db.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_set>

#include "core/contract.hpp"
#include "core/random.hpp"
#include "math/mixture_density.hpp"
#include "samples/gather.hpp"

namespace gmmvi {
namespace {

void append(std::vector<double>& to, const Eigen::MatrixXd& matrix) {
  to.insert(to.end(), matrix.data(), matrix.data() + matrix.size());
}

void append(std::vector<double>& to, const Eigen::MatrixXd& matrix, const std::vector<Eigen::Index>& columns) {
  to.reserve(to.size() + static_cast<std::size_t>(matrix.rows()) * columns.size());
  for (const Eigen::Index column : columns)
    to.insert(to.end(), matrix.col(column).data(), matrix.col(column).data() + matrix.rows());
}

// Those at every second index, from the first on.
std::vector<std::int32_t> halved(const std::vector<std::int32_t>& values) {
  std::vector<std::int32_t> half;
  for (std::size_t i = 0; i < values.size(); i += 2) half.push_back(values[i]);
  return half;
}

// Keeps the entries (of `width` numbers) at `places`.
template <class Number>
void keep(std::vector<Number>& values, Eigen::Index width, const std::vector<std::size_t>& places) {
  auto next = values.begin();
  for (const std::size_t place : places)
    next = std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(place) * width, width, next);
  values.erase(next, values.end());
}

/// The log density of a mixture of nothing.
Eigen::VectorXd nothing_mixed(Eigen::Index samples) {
  return Eigen::VectorXd::Constant(samples, -std::numeric_limits<double>::infinity());
}

/// Another Gaussian into the mixture whose log density at the samples is `mixed`.
template <class Covariance>
void mix_in(Eigen::VectorXd& mixed, double weight, const GaussianPointer<Covariance>& gaussian,
            const Eigen::Ref<const Eigen::MatrixXd>& samples) {
  Eigen::MatrixXd terms(samples.cols(), 2);
  terms.col(0) = mixed;
  terms.col(1) = math::component_log_densities<Covariance>({gaussian}, samples);
  mixed = math::mix(terms, Eigen::Vector2d(0.0, std::log(weight)));
}

}  // namespace

std::int64_t Window::size() const {
  return std::accumulate(slices.begin(), slices.end(), std::int64_t{0},
                         [](std::int64_t sum, const BatchSlice& slice) { return sum + slice.count; });
}

template <class Covariance>
SampleDB<Covariance>::SampleDB(const Settings& settings, Eigen::Index dimension, bool gradients,
                               Communicator communicator)
    : settings_(settings), dimension_(dimension), with_gradients_(gradients), communicator_(std::move(communicator)) {}

template <class Covariance>
SampleDB<Covariance> SampleDB<Covariance>::build_from_config(const Settings& settings, Eigen::Index dimension,
                                                             bool gradients, Communicator communicator) {
  return SampleDB(settings, dimension, gradients, std::move(communicator));
}

template <class Covariance>
void SampleDB<Covariance>::keep_outputs(Eigen::Index outputs, Eigen::Index numbers) {
  outputs_per_sample_ = outputs;
  if (numbers == numbers_per_sample_) return;
  numbers_per_sample_ = numbers;
  outputs_.assign(indices_.size() * static_cast<std::size_t>(numbers), std::numeric_limits<double>::quiet_NaN());
}

template <class Covariance>
void SampleDB<Covariance>::append_outputs(const Evaluations& added) {
  if (added.outputs.rows() == numbers_per_sample_) return append(outputs_, added.outputs);
  outputs_.resize(indices_.size() * static_cast<std::size_t>(numbers_per_sample_),
                  std::numeric_limits<double>::quiet_NaN());
}

template <class Covariance>
void SampleDB<Covariance>::add_samples(const NewSamples& added) {
  GMMVI_GUARD(added.own_positions.size() == static_cast<std::size_t>(added.size()), "a position a sample");
  GMMVI_GUARD(added.size() == 0 || added.dimension() == dimension_, "samples are [D x n]");
  GMMVI_GUARD(added.log_densities.size() == added.size(), "a log density a sample");
  GMMVI_GUARD(added.gradients.cols() == (with_gradients_ ? added.size() : 0), "gradients as declared");
  GMMVI_GUARD(added.gradients.cols() == 0 || added.gradients.rows() == dimension_, "gradients are [D x n]");
  GMMVI_GUARD(!added.has_outputs() || added.outputs.cols() == added.size(), "outputs of every sample, or of none");
  const auto count = static_cast<std::int64_t>(added.mapping.size());
  if (settings_.keep_only_newest && added.reusable) clear();
  make_room(count);
  std::vector<std::int32_t> stored(added.gaussians.size(), -1);
  const std::int64_t first = size();
  for (const std::int32_t m : added.mapping) {
    GMMVI_GUARD(m >= 0 && static_cast<std::size_t>(m) < added.gaussians.size(), "Gaussians that are given");
    std::int32_t& index = stored[static_cast<std::size_t>(m)];
    if (index < 0) index = store(added.gaussians[static_cast<std::size_t>(m)]);
    mapping_.push_back(index);
  }
  GMMVI_GUARD(added.evaluated_as.empty() || added.evaluated_as.size() == added.mapping.size(), "a position a sample");
  for (std::size_t n = 0; n < added.mapping.size(); ++n)
    positions_.push_back(added.evaluated_as.empty() ? static_cast<std::int32_t>(n) : added.evaluated_as[n]);
  const auto holders = samples::holders_of(added.own_positions, count, communicator_);
  holders_.insert(holders_.end(), holders.begin(), holders.end());
  batches_.push_back({added.number ? *added.number : batches_written_++, first, count, added.reusable});
  samples_written_ += count;
  GMMVI_GUARD(added.components.empty() || added.components.size() == added.gaussians.size(), "a component a Gaussian");
  for (const Eigen::Index position : added.own_positions) {
    indices_.push_back(first + position);
    const auto origin = static_cast<std::size_t>(added.mapping[static_cast<std::size_t>(position)]);
    nearest_.push_back(added.components.empty() ? no_component : static_cast<std::uint32_t>(added.components[origin]));
  }
  append(samples_, added.samples);
  append(gradients_, added.gradients);
  append_outputs(added);
  log_densities_.insert(log_densities_.end(), added.log_densities.begin(), added.log_densities.end());
}

template <class Covariance>
void SampleDB<Covariance>::make_room(std::int64_t count) {
  while (settings_.max_samples && size() > 1 && size() + count > *settings_.max_samples) thin();
}

// A Gaussian that was handed in before is stored once.
template <class Covariance>
std::int32_t SampleDB<Covariance>::store(const GaussianPointer<Covariance>& gaussian) {
  const auto [known, is_new] = live_.try_emplace(gaussian.get());
  if (!is_new && gaussians_[static_cast<std::size_t>(known->second)].live.lock() == gaussian) return known->second;
  known->second = static_cast<std::int32_t>(gaussians_.size());  // of an earlier one at that address nothing is left
  StoredGaussian& stored = gaussians_.emplace_back();
  stored.live = gaussian;
  stored.mean = gaussian->mean();
  stored.covariance.resize(static_cast<std::size_t>(Covariance::packed_size(dimension_)));
  gaussian->covariance().pack(stored.covariance);
  return known->second;
}

template <class Covariance>
GaussianPointer<Covariance> SampleDB<Covariance>::gaussian(std::int32_t index) const {
  const StoredGaussian& stored = gaussians_[static_cast<std::size_t>(index)];
  if (auto live = stored.live.lock()) return live;
  return std::make_shared<const Gaussian<Covariance>>(stored.mean, Covariance::unpack(dimension_, stored.covariance));
}

template <class Covariance>
void SampleDB<Covariance>::clear() {
  batches_.clear();
  mapping_.clear();
  positions_.clear();
  holders_.clear();
  gaussians_.clear();
  live_.clear();
  indices_.clear();
  nearest_.clear();
  samples_.clear();
  log_densities_.clear();
  gradients_.clear();
  outputs_.clear();
  ++generation_;
}

// Deletes the samples at odd canonical indices; what was at index 2i is then at i.
template <class Covariance>
void SampleDB<Covariance>::thin() {
  const auto before = [](std::int64_t index) { return (index + 1) / 2; };  // kept samples before that index
  for (SampleBatch& batch : batches_) {
    const std::int64_t last = before(batch.first + batch.count);
    batch.first = before(batch.first);
    batch.count = last - batch.first;
  }
  std::erase_if(batches_, [](const SampleBatch& batch) { return batch.count == 0; });
  mapping_ = halved(mapping_);
  positions_ = halved(positions_);
  holders_ = halved(holders_);

  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < indices_.size(); ++place)
    if (indices_[place] % 2 == 0) places.push_back(place);
  keep(samples_, dimension_, places);
  keep(log_densities_, 1, places);
  keep(nearest_, 1, places);
  if (with_gradients_) keep(gradients_, dimension_, places);
  keep(outputs_, numbers_per_sample_, places);
  for (std::size_t i = 0; i < places.size(); ++i) indices_[i] = indices_[places[i]] / 2;
  indices_.resize(places.size());
  drop_unused_gaussians();
  ++generation_;
}

template <class Covariance>
void SampleDB<Covariance>::drop_unused_gaussians() {
  std::vector<std::int32_t> moved(gaussians_.size(), -1);
  for (const std::int32_t index : mapping_) moved[static_cast<std::size_t>(index)] = 0;
  std::int32_t kept = 0;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    if (moved[i] < 0) continue;
    moved[i] = kept++;
    if (static_cast<std::size_t>(moved[i]) != i)
      gaussians_[static_cast<std::size_t>(moved[i])] = std::move(gaussians_[i]);
  }
  gaussians_.resize(static_cast<std::size_t>(kept));
  for (std::int32_t& index : mapping_) index = moved[static_cast<std::size_t>(index)];
  live_.clear();
  for (std::size_t i = 0; i < gaussians_.size(); ++i)
    if (const auto gaussian = gaussians_[i].live.lock()) live_[gaussian.get()] = static_cast<std::int32_t>(i);
}

template <class Covariance>
Window SampleDB<Covariance>::newest(std::int64_t count) const {
  Window window;
  for (auto batch = batches_.rbegin(); batch != batches_.rend() && count > 0; ++batch) {
    if (!batch->reusable || batch->count == 0) continue;
    const std::int64_t taken = std::min(count, batch->count);
    window.slices.push_back({batch->number, batch->first + batch->count - taken, taken});
    count -= taken;
  }
  std::ranges::reverse(window.slices);
  return window;
}

template <class Covariance>
Window SampleDB<Covariance>::newest_known(double operations) const {
  const auto d = static_cast<double>(dimension_);
  const double per_density = 2.0 * static_cast<double>(Covariance::packed_size(dimension_)) + 4.0 * d + 50.0;
  Window window;
  std::unordered_set<std::int32_t> gaussians;
  double samples = 0.0;
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
    if ((batch->number & SampleBatch::imported) != 0 || batch->count == 0) continue;
    gaussians.insert(mapping_.begin() + batch->first, mapping_.begin() + batch->first + batch->count);
    samples += static_cast<double>(batch->count);
    if (!window.slices.empty() && samples * static_cast<double>(gaussians.size()) * per_density > operations) break;
    window.slices.push_back({batch->number, batch->first, batch->count});
  }
  std::ranges::reverse(window.slices);
  return window;
}

template <class Covariance>
Eigen::VectorXd SampleDB<Covariance>::background_of(const Window& window,
                                                    const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  std::map<std::int32_t, std::int64_t> counts;  // by Gaussian
  for (const BatchSlice& slice : window.slices)
    for (std::int64_t index = slice.first; index < slice.first + slice.count; ++index)
      ++counts[mapping_[static_cast<std::size_t>(index)]];
  const auto size = static_cast<double>(window.size());
  Eigen::VectorXd mixed = nothing_mixed(samples.cols());
  for (const auto& [index, count] : counts) mix_in(mixed, static_cast<double>(count) / size, gaussian(index), samples);
  return mixed;
}

template <class Covariance>
typename SampleDB<Covariance>::Background SampleDB<Covariance>::background(const BatchSlice& slice) const {
  std::vector<std::int32_t> of_slice(mapping_.begin() + slice.first, mapping_.begin() + slice.first + slice.count);
  std::ranges::sort(of_slice);
  Background background;
  std::vector<double> counts;
  for (auto next = of_slice.begin(); next != of_slice.end();) {
    const auto end = std::upper_bound(next, of_slice.end(), *next);
    background.gaussians.push_back(gaussian(*next));
    counts.push_back(static_cast<double>(end - next));
    next = end;
  }
  background.counts = Eigen::Map<const Eigen::VectorXd>(counts.data(), static_cast<Eigen::Index>(counts.size()));
  return background;
}

template <class Covariance>
typename SampleDB<Covariance>::OwnSamples SampleDB<Covariance>::own_at(const std::vector<std::size_t>& places,
                                                                       bool with_gradients, bool with_outputs) const {
  const auto n = static_cast<Eigen::Index>(places.size());
  OwnSamples own{Evaluations::of_size(dimension_, n, with_gradients, with_outputs ? numbers_per_sample_ : 0), {}};
  own.indices.reserve(places.size());
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t place = places[static_cast<std::size_t>(i)];
    const auto offset = place * static_cast<std::size_t>(dimension_);
    own.indices.push_back(indices_[place]);
    own.samples.col(i) = Eigen::Map<const Eigen::VectorXd>(samples_.data() + offset, dimension_);
    own.log_densities[i] = log_densities_[place];
    if (with_gradients)
      own.gradients.col(i) = Eigen::Map<const Eigen::VectorXd>(gradients_.data() + offset, dimension_);
    if (own.has_outputs())
      own.outputs.col(i) = Eigen::Map<const Eigen::VectorXd>(
          outputs_.data() + place * static_cast<std::size_t>(numbers_per_sample_), numbers_per_sample_);
  }
  return own;
}

template <class Covariance>
typename SampleDB<Covariance>::OwnSamples SampleDB<Covariance>::own_samples(const Window& window,
                                                                            bool with_outputs) const {
  std::vector<std::size_t> places;
  for (const BatchSlice& slice : window.slices) {
    const auto begin = std::ranges::lower_bound(indices_, slice.first) - indices_.begin();
    const auto end = std::ranges::lower_bound(indices_, slice.first + slice.count) - indices_.begin();
    for (auto place = begin; place < end; ++place) places.push_back(static_cast<std::size_t>(place));
  }
  return own_at(places, with_gradients_, with_outputs);
}

template <class Covariance>
typename SampleDB<Covariance>::OwnSamples SampleDB<Covariance>::own_samples(const std::vector<std::int64_t>& indices,
                                                                            bool with_gradients) const {
  return own_at(places_of(indices), with_gradients && with_gradients_, false);
}

// Of those that are kept here.
template <class Covariance>
std::vector<std::size_t> SampleDB<Covariance>::places_of(const std::vector<std::int64_t>& indices) const {
  if (indices_.size() == mapping_.size()) return {indices.begin(), indices.end()};  // all are
  std::vector<std::size_t> places;
  places.reserve(indices.size());
  auto begin = indices_.begin();
  for (const std::int64_t index : indices) {
    // No place is before that of the last one, nor further behind it than the index: steps that double, then halves.
    auto end = begin;
    for (std::ptrdiff_t step = 1; end != indices_.end() && *end < index; step *= 2) {
      begin = end + 1;
      end += std::min(step, indices_.end() - end);
    }
    begin = std::lower_bound(begin, end, index);
    if (begin != indices_.end() && *begin == index)
      places.push_back(static_cast<std::size_t>(begin - indices_.begin()));
  }
  return places;
}

template <class Covariance>
std::vector<std::uint32_t> SampleDB<Covariance>::nearest(const std::vector<std::int64_t>& indices) const {
  std::vector<std::uint32_t> components;
  components.reserve(indices.size());
  for (const std::size_t place : places_of(indices)) components.push_back(nearest_[place]);
  return components;
}

template <class Covariance>
void SampleDB<Covariance>::note_nearest(const std::vector<std::int64_t>& indices,
                                        std::span<const std::uint32_t> components) {
  const std::vector<std::size_t> places = places_of(indices);
  GMMVI_GUARD(places.size() == components.size(), "a component for each sample that is kept here");
  for (std::size_t i = 0; i < places.size(); ++i) nearest_[places[i]] = components[i];
}

template <class Covariance>
std::vector<std::int32_t> SampleDB<Covariance>::holders(const Window& window) const {
  std::vector<std::int32_t> holders;
  for (const BatchSlice& slice : window.slices)
    holders.insert(holders.end(), holders_.begin() + slice.first, holders_.begin() + slice.first + slice.count);
  return holders;
}

template <class Covariance>
std::vector<std::int32_t> SampleDB<Covariance>::holders(const std::vector<std::int64_t>& indices) const {
  std::vector<std::int32_t> holders;
  holders.reserve(indices.size());
  for (const std::int64_t index : indices) holders.push_back(holders_[static_cast<std::size_t>(index)]);
  return holders;
}

// All ranks' `own`, in canonical order.
template <class Covariance>
Evaluations SampleDB<Covariance>::gathered(const Evaluations& own, const std::vector<std::int32_t>& holders,
                                           bool gradients) const {
  const samples::CanonicalGather gather(communicator_, holders);
  return {.samples = gather(own.samples),
          .log_densities = gather(own.log_densities.transpose()).transpose(),
          .gradients = gradients ? gather(own.gradients) : Eigen::MatrixXd(dimension_, 0)};
}

template <class Covariance>
typename SampleDB<Covariance>::NewestSamples SampleDB<Covariance>::get_newest_samples(std::int64_t count) const {
  const Window window = newest(count);
  std::vector<std::int32_t> mapping;
  for (const BatchSlice& slice : window.slices)
    mapping.insert(mapping.end(), mapping_.begin() + slice.first, mapping_.begin() + slice.first + slice.count);
  NewestSamples newest{gathered(own_samples(window), holders(window), with_gradients_), nothing_mixed(window.size()),
                       std::move(mapping)};
  if (window.slices.empty()) return newest;
  Background all;
  std::vector<double> weights;
  for (const BatchSlice& slice : window.slices) {
    Background part = background(slice);
    all.gaussians.insert(all.gaussians.end(), part.gaussians.begin(), part.gaussians.end());
    for (const double c : part.counts) weights.push_back(c / static_cast<double>(window.size()));
  }
  newest.background_log_densities =
      evaluate_background(Eigen::Map<const Eigen::VectorXd>(weights.data(), static_cast<Eigen::Index>(weights.size())),
                          all.gaussians, newest.samples);
  return newest;
}

template <class Covariance>
Evaluations SampleDB<Covariance>::get_random_sample(std::int64_t count, std::uint64_t seed) const {
  core::Stream stream(seed, core::Purpose::random_samples);
  const std::vector<std::int64_t> indices = core::different_numbers(count, size(), stream);
  return gathered(own_samples(indices), holders(indices), false);
}

template <class Covariance>
Eigen::VectorXd SampleDB<Covariance>::evaluate_background(const Eigen::VectorXd& weights,
                                                          const std::vector<GaussianPointer<Covariance>>& gaussians,
                                                          const Eigen::Ref<const Eigen::MatrixXd>& samples) {
  GMMVI_GUARD(static_cast<std::size_t>(weights.size()) == gaussians.size(), "one weight for every Gaussian");
  Eigen::VectorXd mixed = nothing_mixed(samples.cols());
  for (std::size_t m = 0; m < gaussians.size(); ++m)
    mix_in(mixed, weights[static_cast<Eigen::Index>(m)], gaussians[m], samples);
  return mixed;
}

// --------------------------------------------------------------------------------------------- stopping and going on

template <class Covariance>
SampleDBState SampleDB<Covariance>::state() const {
  SampleDBState state{.batches = batches_,
                      .mapping = mapping_,
                      .positions = positions_,
                      .gaussians = {},
                      .samples_written = samples_written_,
                      .batches_written = batches_written_,
                      .generation = generation_};
  for (const StoredGaussian& stored : gaussians_) {
    state.gaussians.insert(state.gaussians.end(), stored.mean.begin(), stored.mean.end());
    state.gaussians.insert(state.gaussians.end(), stored.covariance.begin(), stored.covariance.end());
  }
  return state;
}

template <class Covariance>
SampleDB<Covariance> SampleDB<Covariance>::restored(
    const Settings& settings, Eigen::Index dimension, bool gradients, Communicator communicator,
    const SampleDBState& state, const std::vector<std::pair<std::int32_t, GaussianPointer<Covariance>>>& live) {
  SampleDB database(settings, dimension, gradients, std::move(communicator));
  database.batches_ = state.batches;
  database.mapping_ = state.mapping;
  database.positions_ = state.positions;
  database.samples_written_ = state.samples_written;
  database.batches_written_ = state.batches_written;
  database.generation_ = state.generation;
  const Eigen::Index packed = Covariance::packed_size(dimension);
  const double* const end = state.gaussians.data() + state.gaussians.size();
  for (const double* next = state.gaussians.data(); next != end; next += dimension + packed)
    database.gaussians_.push_back({.live = {},
                                   .mean = Eigen::Map<const Eigen::VectorXd>(next, dimension),
                                   .covariance = {next + dimension, next + dimension + packed}});
  for (const auto& [index, gaussian] : live) {
    database.gaussians_[static_cast<std::size_t>(index)].live = gaussian;
    database.live_[gaussian.get()] = index;
  }
  return database;
}

template <class Covariance>
std::int32_t SampleDB<Covariance>::index_of(const Gaussian<Covariance>& gaussian) const {
  const auto known = live_.find(&gaussian);
  const bool is_stored =
      known != live_.end() && gaussians_[static_cast<std::size_t>(known->second)].live.lock().get() == &gaussian;
  return is_stored ? known->second : -1;
}

template <class Covariance>
std::optional<std::int64_t> SampleDB<Covariance>::index_of(const SampleBatch& batch, std::int64_t position) const {
  const auto begin = positions_.begin() + batch.first, end = begin + batch.count;
  const auto place = std::lower_bound(begin, end, position);
  if (place == end || *place != position) return std::nullopt;
  return place - positions_.begin();
}

template <class Covariance>
std::vector<std::int32_t> SampleDB<Covariance>::evaluated_as(const std::vector<std::int64_t>& indices) const {
  std::vector<std::int32_t> positions;
  positions.reserve(indices.size());
  for (const std::int64_t index : indices) positions.push_back(positions_[static_cast<std::size_t>(index)]);
  return positions;
}

template <class Covariance>
std::int64_t SampleDB<Covariance>::adopt(OwnSamples own) {
  holders_.assign(mapping_.size(), -1);
  const auto counts = communicator_.all_gather(own.indices.size());
  const auto all = communicator_.all_gather(std::span<const std::int64_t>(own.indices), counts);
  auto next = all.begin();
  for (std::size_t rank = 0; rank < counts.size(); ++rank)
    for (std::size_t i = 0; i < counts[rank]; ++i)
      if (std::int32_t& holder = holders_[static_cast<std::size_t>(*next++)]; holder < 0)
        holder = static_cast<std::int32_t>(rank);
  take_own(std::move(own));
  return std::ranges::count(holders_, -1);
}

// In canonical order, each once, those that this rank is to keep.
template <class Covariance>
void SampleDB<Covariance>::take_own(OwnSamples own) {
  std::vector<Eigen::Index> order(own.indices.size());
  std::iota(order.begin(), order.end(), 0);
  const auto index = [&](Eigen::Index n) { return own.indices[static_cast<std::size_t>(n)]; };
  std::ranges::stable_sort(order, {}, index);
  const auto same = [&](Eigen::Index a, Eigen::Index b) { return index(a) == index(b); };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  std::erase_if(order,
                [&](Eigen::Index n) { return holders_[static_cast<std::size_t>(index(n))] != communicator_.rank(); });
  indices_.clear();
  for (const Eigen::Index n : order) indices_.push_back(index(n));
  nearest_.assign(indices_.size(), no_component);
  samples_.clear();
  log_densities_.clear();
  gradients_.clear();
  outputs_.clear();
  append(samples_, own.samples, order);
  append(log_densities_, own.log_densities.transpose(), order);
  if (own.has_gradients()) append(gradients_, own.gradients, order);
  if (own.has_outputs() && own.outputs.rows() == numbers_per_sample_)
    append(outputs_, own.outputs, order);
  else
    append_outputs({});  // not known
}

template class SampleDB<FullCovariance>;
template class SampleDB<DiagonalCovariance>;

}  // namespace gmmvi
