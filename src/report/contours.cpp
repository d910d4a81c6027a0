#include "report/contours.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <map>
#include <memory>
#include <utility>
#include <variant>

namespace gmmvi::report {
namespace {

constexpr std::array masses = {0.5, 0.9};
constexpr Eigen::Index points_per_axis = 120;

/// Marching squares: in every cell of the grid lines are drawn between the edges that they cross, and then joined.
class Isolines {
 public:
  Isolines(const Grid& grid, double level) : grid_(grid), level_(level) {
    for (Eigen::Index j = 0; j + 1 < grid.y.size(); ++j)
      for (Eigen::Index i = 0; i + 1 < grid.x.size(); ++i) cross_cell(i, j);
  }

  std::vector<Eigen::Matrix2Xd> operator()() {
    std::vector<Edge> ends;
    for (const auto& [edge, neighbours] : neighbours_)
      if (neighbours.size() == 1) ends.push_back(edge);
    std::vector<Eigen::Matrix2Xd> lines;
    for (const Edge& end : ends)
      if (neighbours_.contains(end)) lines.push_back(line_from(end));
    while (!neighbours_.empty()) lines.push_back(line_from(neighbours_.begin()->first));
    return lines;
  }

 private:
  /// From the point (i, j) to its neighbour in x or y.
  struct Edge {
    Eigen::Index i, j;
    bool along_y;
    auto operator<=>(const Edge&) const = default;
  };

  bool above(Eigen::Index i, Eigen::Index j) const { return grid_.values(i, j) > level_; }

  void cross_cell(Eigen::Index i, Eigen::Index j) {
    const Edge bottom{i, j, false}, right{i + 1, j, true}, top{i, j + 1, false}, left{i, j, true};
    std::vector<Edge> crossed;
    if (above(i, j) != above(i + 1, j)) crossed.push_back(bottom);
    if (above(i + 1, j) != above(i + 1, j + 1)) crossed.push_back(right);
    if (above(i, j + 1) != above(i + 1, j + 1)) crossed.push_back(top);
    if (above(i, j) != above(i, j + 1)) crossed.push_back(left);
    if (crossed.size() == 2) join(crossed[0], crossed[1]);
    if (crossed.size() < 4) return;
    // A saddle: the middle belongs to one of the diagonals.
    const bool middle_above = grid_.values.block<2, 2>(i, j).mean() > level_;
    const bool cuts_off_first_corner = middle_above != above(i, j);
    join(bottom, cuts_off_first_corner ? left : right);
    join(top, cuts_off_first_corner ? right : left);
  }

  void join(const Edge& a, const Edge& b) {
    neighbours_[a].push_back(b);
    neighbours_[b].push_back(a);
  }

  /// Takes the edges of the line away.
  Eigen::Matrix2Xd line_from(Edge start) {
    const bool closed = neighbours_.at(start).size() == 2;
    std::vector<Eigen::Vector2d> points;
    for (auto at = neighbours_.find(start); at != neighbours_.end();) {
      points.push_back(crossing(at->first));
      const std::vector<Edge> neighbours = std::move(at->second);
      neighbours_.erase(at);
      at = neighbours_.end();
      for (const Edge& next : neighbours)
        if (at == neighbours_.end()) at = neighbours_.find(next);
    }
    if (closed) points.push_back(points.front());
    return Eigen::Map<const Eigen::Matrix2Xd>(points.front().data(), 2, static_cast<Eigen::Index>(points.size()));
  }

  Eigen::Vector2d crossing(const Edge& edge) const {
    const Eigen::Index i = edge.i + (edge.along_y ? 0 : 1), j = edge.j + (edge.along_y ? 1 : 0);
    const double from = grid_.values(edge.i, edge.j), to = grid_.values(i, j);
    const double t = (level_ - from) / (to - from);
    return {grid_.x[edge.i] + t * (grid_.x[i] - grid_.x[edge.i]), grid_.y[edge.j] + t * (grid_.y[j] - grid_.y[edge.j])};
  }

  const Grid& grid_;
  double level_;
  std::map<Edge, std::vector<Edge>> neighbours_;
};

/// [2 x 2] covariance of two coordinates.
Eigen::Matrix2d block_of(const FullCovariance& covariance, const Pair& pair) {
  Eigen::MatrixXd rows(2, covariance.dimension());
  rows << covariance.cholesky().row(pair.x), covariance.cholesky().row(pair.y);
  return rows * rows.transpose();
}

Eigen::Matrix2d block_of(const DiagonalCovariance& covariance, const Pair& pair) {
  const Eigen::VectorXd variances = covariance.variances();
  return Eigen::Vector2d(variances[pair.x], variances[pair.y]).asDiagonal();
}

/// One that is singular to rounding is a line, which has no area to draw.
FullCovariance covariance_of(const Eigen::Matrix2d& block) {
  if (auto covariance = FullCovariance::from_matrix(block)) return *covariance;
  return FullCovariance::from_variances(block.diagonal());
}

/// [2 x X·Y] with x running fastest.
Eigen::Matrix2Xd points_of(const Grid& grid) {
  Eigen::Matrix2Xd points(2, grid.x.size() * grid.y.size());
  for (Eigen::Index n = 0; n < points.cols(); ++n)
    points.col(n) << grid.x[n % grid.x.size()], grid.y[n / grid.x.size()];
  return points;
}

}  // namespace

std::vector<Eigen::Matrix2Xd> isolines(const Grid& grid, double level) {
  return Isolines(grid, level)();
}

Mixture<FullCovariance> marginal(const AnyMixture& mixture, const Pair& pair) {
  return std::visit(
      [&](const auto& m) {
        std::vector<GaussianPointer<FullCovariance>> gaussians;
        for (Eigen::Index k = 0; k < m.size(); ++k) {
          const Eigen::VectorXd& mean = m.gaussian(k).mean();
          gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(
              Eigen::Vector2d(mean[pair.x], mean[pair.y]), covariance_of(block_of(m.gaussian(k).covariance(), pair))));
        }
        return Mixture<FullCovariance>(std::move(gaussians), m.weights());
      },
      mixture);
}

std::vector<Contour> contours(const AnyMixture& mixture, const Marginals& marginals, const Pair& pair,
                              const Eigen::MatrixXd& samples) {
  const Mixture<FullCovariance> density = marginal(mixture, pair);
  Eigen::MatrixXd at_samples(2, samples.cols());
  at_samples << samples.row(pair.x), samples.row(pair.y);
  Eigen::VectorXd heights = density.log_density(at_samples);
  std::ranges::sort(heights);
  Grid grid{marginals.curve(pair.x, points_per_axis).x, marginals.curve(pair.y, points_per_axis).x, {}};
  grid.values = density.log_density(points_of(grid)).reshaped(grid.x.size(), grid.y.size());
  std::vector<Contour> contours;
  for (const double mass : masses) {
    const double level = heights[static_cast<Eigen::Index>((1.0 - mass) * static_cast<double>(heights.size()))];
    contours.push_back({mass, isolines({grid.x, grid.y, grid.values.cwiseMax(level - 50.0)}, level)});
  }
  return contours;
}

}  // namespace gmmvi::report
