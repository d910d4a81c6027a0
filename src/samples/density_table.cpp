#include "samples/density_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/contract.hpp"

namespace gmmvi::samples {
namespace {

// For every index of `now` its place in `before` (both ascending), or −1.
std::vector<Eigen::Index> places(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& now) {
  std::vector<Eigen::Index> found;
  auto next = before.begin();
  for (const std::int64_t index : now) {
    next = std::lower_bound(next, before.end(), index);
    found.push_back(next != before.end() && *next == index ? next - before.begin() : -1);
  }
  return found;
}

// The rows of `values` that moved; rows that are new stay undefined.
template <class Matrix>
Matrix moved(const Matrix& values, const std::vector<Eigen::Index>& from) {
  Matrix result(static_cast<Eigen::Index>(from.size()), values.cols());
  for (Eigen::Index k = 0; k < values.cols(); ++k)
    for (std::size_t n = 0; n < from.size(); ++n)
      if (from[n] >= 0) result(static_cast<Eigen::Index>(n), k) = values(from[n], k);
  return result;
}

// The places in the new order that were not there before, or were not known there.
std::vector<Eigen::Index> fresh(const std::vector<Eigen::Index>& from, const std::vector<Eigen::Index>& unknown) {
  std::vector<Eigen::Index> result;
  for (std::size_t n = 0; n < from.size(); ++n)
    if (from[n] < 0 || std::ranges::binary_search(unknown, from[n])) result.push_back(static_cast<Eigen::Index>(n));
  return result;
}

}  // namespace

template <class Covariance>
void DensityTable<Covariance>::move_to(std::uint64_t generation, const std::vector<BatchSlice>& slices,
                                       typename SampleDB<Covariance>::OwnSamples own) {
  if (generation != generation_) forget();
  generation_ = generation;
  const std::vector<Eigen::Index> from = places(own_.indices, own.indices);
  fresh_components_ = fresh(from, fresh_components_);
  fresh_slices_ = fresh(from, fresh_slices_);
  components_ = moved(components_, from);
  std::erase_if(slices_,
                [&](const SliceDensity& known) { return std::ranges::find(slices, known.slice) == slices.end(); });
  for (SliceDensity& known : slices_) known.log_density = moved(known.log_density, from);
  own_ = std::move(own);
}

template <class Covariance>
void DensityTable<Covariance>::forget() {
  *this = DensityTable();
}

template <class Covariance>
typename DensityTable<Covariance>::Positions DensityTable<Covariance>::all() const {
  Positions positions(own_.indices.size());
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

template <class Covariance>
Eigen::MatrixXd DensityTable<Covariance>::densities(const math::Gaussians<Covariance>& gaussians,
                                                    const Positions& at) const {
  return math::component_log_densities<Covariance>(gaussians, own_.samples(Eigen::all, at));
}

template <class Covariance>
const Eigen::MatrixXd& DensityTable<Covariance>::components(const math::Gaussians<Covariance>& gaussians) {
  if (gaussians == gaussians_ && fresh_components_.empty()) return components_;
  const auto is_known_one = [this](const auto& gaussian) {
    return std::ranges::find(gaussians_, gaussian) != gaussians_.end();
  };
  if (std::ranges::none_of(gaussians, is_known_one)) {
    adopt(gaussians, math::component_log_densities<Covariance>(gaussians, own_.samples));
    return components_;
  }
  // Known Gaussians lack the fresh samples, new ones lack all.
  Eigen::MatrixXd result(static_cast<Eigen::Index>(own_.indices.size()), static_cast<Eigen::Index>(gaussians.size()));
  math::Gaussians<Covariance> known, added;
  Positions known_columns, added_columns;
  for (std::size_t k = 0; k < gaussians.size(); ++k) {
    const auto before = std::ranges::find(gaussians_, gaussians[k]);
    const auto column = static_cast<Eigen::Index>(k);
    const bool is_known = before != gaussians_.end();
    (is_known ? known : added).push_back(gaussians[k]);
    (is_known ? known_columns : added_columns).push_back(column);
    if (is_known) result.col(column) = components_.col(before - gaussians_.begin());
  }
  if (!known.empty() && !fresh_components_.empty())
    result(fresh_components_, known_columns) = densities(known, fresh_components_);
  if (!added.empty()) result(Eigen::all, added_columns) = densities(added, all());
  adopt(gaussians, std::move(result));
  return components_;
}

template <class Covariance>
void DensityTable<Covariance>::adopt(const math::Gaussians<Covariance>& gaussians, Eigen::MatrixXd densities) {
  GMMVI_GUARD(densities.rows() == own_.samples.cols(), "all own samples");
  gaussians_ = gaussians;
  components_ = std::move(densities);
  fresh_components_.clear();
}

template <class Covariance>
Eigen::VectorXd DensityTable<Covariance>::slice_density(const Background& background, const Positions& at) const {
  // A slice drawn from the present components needs no new densities.
  Positions columns;
  for (const auto& gaussian : background.gaussians) {
    const auto known = std::ranges::find(gaussians_, gaussian);
    if (known == gaussians_.end() || !fresh_components_.empty()) break;
    columns.push_back(known - gaussians_.begin());
  }
  const Eigen::VectorXd log_counts = background.counts.array().log();
  if (columns.size() == background.gaussians.size()) {
    const bool all_in_order = at.size() == own_.indices.size() && background.gaussians == gaussians_;
    return all_in_order ? math::mix(components_, log_counts) : math::mix(components_(at, columns), log_counts);
  }
  return math::mix(densities(background.gaussians, at), log_counts);
}

template <class Covariance>
Eigen::VectorXd DensityTable<Covariance>::background(const std::vector<BatchSlice>& slices, const BackgroundOf& of) {
  for (SliceDensity& known : slices_)
    if (!fresh_slices_.empty()) known.log_density(fresh_slices_) = slice_density(known.background, fresh_slices_);
  fresh_slices_.clear();
  Eigen::MatrixXd terms(static_cast<Eigen::Index>(own_.indices.size()), static_cast<Eigen::Index>(slices.size()));
  std::int64_t size = 0;
  for (std::size_t s = 0; s < slices.size(); ++s) {
    auto known = std::ranges::find(slices_, slices[s], &SliceDensity::slice);
    if (known == slices_.end()) {
      Background slice_background = of(slices[s]);
      Eigen::VectorXd log_density = slice_density(slice_background, all());
      slices_.push_back({slices[s], std::move(slice_background), std::move(log_density)});
      known = slices_.end() - 1;
    }
    terms.col(static_cast<Eigen::Index>(s)) = known->log_density;
    size += slices[s].count;
  }
  return math::mix(terms, Eigen::VectorXd::Constant(terms.cols(), -std::log(static_cast<double>(size))));
}

template class DensityTable<FullCovariance>;
template class DensityTable<DiagonalCovariance>;

}  // namespace gmmvi::samples
