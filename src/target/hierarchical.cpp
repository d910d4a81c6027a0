#include "target/hierarchical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/contract.hpp"

namespace gmmvi::target {
namespace {

constexpr double farthest = 300.0;  // |log τ|: squares of τ and their inverses are doubles
constexpr int mu = 0, log_tau = 1, first_group = 2;

/// log(1 + exp(z)).
LaneArray softplus(const LaneArray& z) {
  return z.max(0.0) + (-z.abs()).exp().log1p();
}

}  // namespace

Hierarchical::Hierarchical(Eigen::VectorXd effects, Eigen::VectorXd standard_errors, const HierarchicalOptions& options)
    : effects_(std::move(effects)),
      standard_errors_(std::move(standard_errors)),
      centred_(options.centred),
      mean_std_(options.mean_std),
      spread_scale_(options.spread_scale) {
  GMMVI_GUARD(effects_.size() == standard_errors_.size() && effects_.size() > 0, "a standard error an effect");
  GMMVI_EXPECT(standard_errors_.minCoeff() > 0.0, "standard errors are positive");
  const auto normals = static_cast<double>(1 + 2 * effects_.size());  // μ, and an effect and its measurement each
  log_constant_ = -0.5 * normals * std::log(2.0 * std::numbers::pi) - std::log(mean_std_) -
                  standard_errors_.array().log().sum() + std::log(2.0 * std::numbers::inv_pi) - std::log(spread_scale_);
}

std::vector<std::string> Hierarchical::parameter_names() const {
  std::vector<std::string> names = {"mu", "log_tau"};
  for (Eigen::Index j = 1; j <= effects_.size(); ++j)
    names.push_back(fmt::format("{}{}", centred_ ? "theta" : "eta", j));
  return names;
}

LaneArray Hierarchical::log_density(const Block& x, Block* gradient) {
  const auto groups = static_cast<double>(effects_.size());
  const Eigen::Array<bool, lanes, 1> inside = x.col(log_tau).abs() <= farthest;
  const LaneArray mean = x.col(mu), log_spread = inside.select(x.col(log_tau), 0.0), spread = log_spread.exp();
  // Of τ half-Cauchy: 1 + τ²/s²; and log τ for dτ/dlog τ.
  const LaneArray z = 2.0 * (log_spread - std::log(spread_scale_));
  LaneArray density = log_constant_ - 0.5 * (mean / mean_std_).square() + log_spread - softplus(z);
  if (centred_) density -= groups * log_spread;
  LaneArray by_mean = -mean / (mean_std_ * mean_std_), by_log_spread = 1.0 - 2.0 / (1.0 + (-z).exp());
  if (centred_) by_log_spread -= groups;
  for (Eigen::Index j = 0; j < effects_.size(); ++j) {
    const LaneArray own = x.col(first_group + j);
    const double error = standard_errors_[j];
    const LaneArray standardized = centred_ ? LaneArray((own - mean) / spread) : own;
    const LaneArray effect = centred_ ? own : LaneArray(mean + spread * own);
    const LaneArray residual = (effects_[j] - effect) / error;
    density -= 0.5 * (standardized.square() + residual.square());
    if (gradient == nullptr) continue;
    const LaneArray pull = residual / error;  // by the effect
    if (centred_) {
      gradient->col(first_group + j) = pull - standardized / spread;
      by_mean += standardized / spread;
      by_log_spread += standardized.square();
    } else {
      gradient->col(first_group + j) = spread * pull - standardized;
      by_mean += pull;
      by_log_spread += spread * own * pull;
    }
  }
  if (gradient != nullptr) {
    gradient->col(mu) = by_mean;
    gradient->col(log_tau) = by_log_spread;
    for (Eigen::Index d = 0; d < dimension(); ++d) gradient->col(d) = inside.select(gradient->col(d), 0.0);
  }
  return inside.select(density, -std::numeric_limits<double>::infinity());
}

// y_j ~ N(μ, s_j² + τ²), so that μ is normal; given μ and τ, η_j is normal with mean τ (y_j − μ) / (s_j² + τ²) and
// variance s_j² / (s_j² + τ²), and θ_j = μ + τ η_j.
Hierarchical::Conditional Hierarchical::given(double log_spread) const {
  const double spread = std::exp(log_spread);
  const Eigen::ArrayXd own = standard_errors_.array().square(), variances = own + spread * spread;
  const double precision = 1.0 / (mean_std_ * mean_std_) + variances.inverse().sum();
  const double mean = (effects_.array() / variances).sum() / precision, variance = 1.0 / precision;
  const double z = 2.0 * (log_spread - std::log(spread_scale_));
  Conditional result{.log_density = log_spread - std::max(z, 0.0) - std::log1p(std::exp(-std::abs(z))),
                     .mean = Eigen::ArrayXd(dimension()),
                     .variance = Eigen::ArrayXd(dimension())};
  result.log_density -= 0.5 * (variances.log().sum() + std::log(precision) +
                               (effects_.array() - mean).square().cwiseQuotient(variances).sum() +
                               (mean / mean_std_) * (mean / mean_std_));
  const Eigen::ArrayXd share = own / variances;  // of error in the variance of a measurement
  result.mean[mu] = mean;
  result.variance[mu] = variance;
  result.mean[log_tau] = log_spread;
  result.variance[log_tau] = 0.0;
  if (centred_) {
    result.mean.tail(own.size()) = share * mean + (1.0 - share) * effects_.array();
    result.variance.tail(own.size()) = (1.0 - share) * own + share.square() * variance;
  } else {
    const Eigen::ArrayXd slope = spread / variances;
    result.mean.tail(own.size()) = slope * (effects_.array() - mean);
    result.variance.tail(own.size()) = share + slope.square() * variance;
  }
  return result;
}

// The integrand is smooth, falls off as τ where τ is small, and faster than 1/τ where it is large: the rectangle rule
// is exact but for rounding.
std::optional<ReferenceMoments> Hierarchical::reference_moments() const {
  constexpr double tails = 45.0, step = 0.01;
  const double smallest = std::min(spread_scale_, standard_errors_.minCoeff());
  const double largest = std::max({spread_scale_, standard_errors_.maxCoeff(), effects_.cwiseAbs().maxCoeff()});
  const double from = std::max(-farthest, std::log(smallest) - tails);
  const double to = std::min(farthest, std::log(largest) + tails);
  const auto points = static_cast<int>((to - from) / step) + 1;
  std::vector<Conditional> at;
  double greatest = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < points; ++i) {
    at.push_back(given(from + step * i));
    greatest = std::max(greatest, at.back().log_density);
  }
  double mass = 0.0;
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(dimension()), variance = Eigen::ArrayXd::Zero(dimension());
  for (const Conditional& one : at) {
    const double weight = std::exp(one.log_density - greatest);
    mass += weight;
    mean += weight * one.mean;
  }
  mean /= mass;
  for (const Conditional& one : at)
    variance += std::exp(one.log_density - greatest) / mass * (one.variance + (one.mean - mean).square());
  return ReferenceMoments{.means = mean.matrix(), .standard_deviations = variance.sqrt().matrix()};
}

Eigen::MatrixX2d eight_schools() {
  return Eigen::MatrixX2d{{28.0, 15.0}, {8.0, 10.0}, {-3.0, 16.0}, {7.0, 11.0},
                          {-1.0, 9.0},  {1.0, 11.0}, {18.0, 10.0}, {12.0, 18.0}};
}

}  // namespace gmmvi::target
