#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/gaussian.hpp"

// What samples outside the support tell: where log p̃ = −∞ there is neither a gradient nor a value to learn from, only
// that this is outside.

namespace gmmvi::strategy {

/// c, by how much log p̃ is taken to fall at the rim of the support, in nats: the more, the more of the `samples` lie
/// outside, and the more dimensions there are. Measured on half-lines, boxes and discs: with less a mixture in five
/// dimensions leaks, with more the mean of a half-normal is driven away from the rim. 0 where none lies outside.
double jump_at_rim(Eigen::Index outside, Eigen::Index samples, Eigen::Index dimension);

/// The least share inside of a component that is told from others: log of it is taken.
constexpr double least_share_inside = 0.01;

/// The share of the importance weights v [N] that the samples inside have; 0 where nothing has weight.
double share_inside(const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& inside);

/// The effective sample size as far as samples can be learned from: of those inside, and the less the more of the
/// estimate is about the rim, whose score-function estimate has c² (1 − share) / share times the variance. Without
/// samples outside it is the effective sample size.
double learnable_sample_size(const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& inside, double jump);

/// What a component knows of the support.
struct Footing {
  double share_inside = 1.0;
  double effective_sample_size = 0.0;  ///< of all its samples, inside or not
};

/// For every component the sample that it is to be moved to, if it lies outside the support: so little of it is inside
/// that its samples cannot show it the way. Those of the greatest `scores` [N], each taken once; only samples `inside`.
std::vector<std::optional<Eigen::Index>> seats(const std::vector<Footing>& footings,
                                               const std::vector<Eigen::Index>& inside, const Eigen::VectorXd& scores);

/// The component moved to a sample inside the support, and shrunk so that it has about the volume of the part of it
/// that was inside.
template <class Covariance>
Gaussian<Covariance> seated(const Gaussian<Covariance>& gaussian, const Footing& footing,
                            const Eigen::Ref<const Eigen::VectorXd>& sample);

/// How wide a first mixture is sampled in an iteration (1, 2, …) while no sample is inside the support: as it is in
/// every other iteration, and between them narrower and narrower about its mean, down to 1/32. Priors are too wide more
/// often than they are beside the point: of one ten times too wide, one sample in 10^D may be inside.
double search_width(std::int64_t iteration);

/// The component of a mixture with its mean at `center` [D] when the mixture is made narrower to `width` of what it
/// was.
template <class Covariance>
Gaussian<Covariance> narrowed(const Gaussian<Covariance>& gaussian, const Eigen::VectorXd& center, double width);

}  // namespace gmmvi::strategy
