#include "target/given_mixture.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::target {
namespace {

template <class... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> complaint, Arguments&&... arguments) {
  throw Error("target: " + fmt::format(complaint, std::forward<Arguments>(arguments)...), ExitCode::configuration);
}

void require_count(std::size_t count, Eigen::Index components, const char* what) {
  if (static_cast<Eigen::Index>(count) != components)
    refuse("there are {} {}, but {} means: one is needed for every component", count, what, components);
}

Eigen::VectorXd row(const std::vector<double>& numbers, Eigen::Index size, const char* what, std::size_t k) {
  if (static_cast<Eigen::Index>(numbers.size()) != size)
    refuse("the {} of component {} have {} numbers, but there are {} dimensions", what, k + 1, numbers.size(), size);
  return Eigen::Map<const Eigen::VectorXd>(numbers.data(), size);
}

}  // namespace

Eigen::MatrixXd given_means(const Rows& means) {
  if (means.empty() || means.front().empty()) refuse("a mixture needs at least one mean");
  const auto dimension = static_cast<Eigen::Index>(means.front().size());
  Eigen::MatrixXd matrix(dimension, static_cast<Eigen::Index>(means.size()));
  for (std::size_t k = 0; k < means.size(); ++k)
    matrix.col(static_cast<Eigen::Index>(k)) = row(means[k], dimension, "means", k);
  return matrix;
}

Eigen::VectorXd given_weights(const std::vector<double>& weights, Eigen::Index components) {
  if (weights.empty()) return Eigen::VectorXd::Ones(components);
  require_count(weights.size(), components, "weights");
  if (std::ranges::any_of(weights, [](double weight) { return weight <= 0.0; }))
    refuse("all weights have to be greater than 0");
  return Eigen::Map<const Eigen::VectorXd>(weights.data(), components);
}

std::vector<FullCovariance> given_covariances(const std::vector<Rows>& matrices, const Eigen::MatrixXd& means,
                                              const char* what) {
  require_count(matrices.size(), means.cols(), what);
  std::vector<FullCovariance> covariances;
  for (std::size_t k = 0; k < matrices.size(); ++k) {
    if (static_cast<Eigen::Index>(matrices[k].size()) != means.rows())
      refuse("the {} of component {} have {} rows, but there are {} dimensions", what, k + 1, matrices[k].size(),
             means.rows());
    Eigen::MatrixXd matrix(means.rows(), means.rows());
    for (Eigen::Index d = 0; d < means.rows(); ++d)
      matrix.row(d) = row(matrices[k][static_cast<std::size_t>(d)], means.rows(), what, k);
    const auto covariance = matrix.isApprox(matrix.transpose(), 1e-12) ? FullCovariance::from_matrix(matrix)
                                                                       : std::optional<FullCovariance>();
    if (!covariance) refuse("the {} of component {} are not symmetric and positive definite", what, k + 1);
    covariances.push_back(*covariance);
  }
  return covariances;
}

std::vector<DiagonalCovariance> given_variances(const Rows& variances, const Eigen::MatrixXd& means) {
  require_count(variances.size(), means.cols(), "variances");
  std::vector<DiagonalCovariance> covariances;
  for (std::size_t k = 0; k < variances.size(); ++k) {
    const Eigen::VectorXd each = row(variances[k], means.rows(), "variances", k);
    if (each.minCoeff() <= 0.0) refuse("the variances of component {} are not all greater than 0", k + 1);
    covariances.push_back(DiagonalCovariance::from_variances(each));
  }
  return covariances;
}

}  // namespace gmmvi::target
