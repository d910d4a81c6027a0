// A target whose evaluations several ranks make together:
// field defaults > my.yml && mpirun -n 4 field run my.yml --set evaluation.ranks_per_evaluation=2

#include <algorithm>
#include <numeric>
#include <vector>

#include <mpi.h>

#include "gmmvi/main.hpp"

/// log p̃(x) = −xᵀAx/2, a Gaussian field at 12 points of a line: A = I + 4 L with the second differences L. Every rank
/// of a team has some rows of A, as for a matrix that is too large for one. log Z = −0.4924.
class Field : public gmmvi::Target {
 public:
  Field() { take_rows(0, 1); }
  Eigen::Index dimension() const override { return points; }
  bool has_gradients() const override { return true; }

  bool works_in_teams() const override { return true; }
  void join(const gmmvi::Team& team) override {
    team_ = MPI_Comm_f2c(team.communicator);
    take_rows(team.rank, team.size);
  }

  /// On every rank of the team, with the same samples.
  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId>,
                             bool want_gradients) override {
    const Eigen::VectorXd x = samples.col(0), product = times(x);
    auto result = gmmvi::Evaluation::of_size(points, 1, want_gradients);
    result.log_densities[0] = -std::inner_product(x.begin(), x.end(), product.begin(), 0.0) / 2;
    if (want_gradients) result.gradients.col(0) = -product;
    return result;
  }

 private:
  static constexpr int points = 12;

  void take_rows(int rank, int ranks) {
    firsts_.clear();
    counts_.clear();
    for (int r = 0; r < ranks; ++r) {
      firsts_.push_back(points * r / ranks);
      counts_.push_back(points * (r + 1) / ranks - firsts_.back());
    }
    const int first = firsts_[static_cast<std::size_t>(rank)], count = counts_[static_cast<std::size_t>(rank)];
    rows_ = Eigen::MatrixXd::Zero(count, points);
    for (int i = 0; i < count; ++i) {
      rows_(i, first + i) = 1 + 4 * 2;
      if (first + i > 0) rows_(i, first + i - 1) = -4;
      if (first + i < points - 1) rows_(i, first + i + 1) = -4;
    }
  }

  /// A x. A row's product is one rank's, so that it has the same bits in a team of any size.
  Eigen::VectorXd times(const Eigen::VectorXd& x) const {
    Eigen::VectorXd own(rows_.rows()), all(points);
    for (Eigen::Index i = 0; i < rows_.rows(); ++i)
      own[i] = std::inner_product(x.begin(), x.end(), rows_.row(i).begin(), 0.0);
    MPI_Allgatherv(own.data(), static_cast<int>(own.size()), MPI_DOUBLE, all.data(), counts_.data(), firsts_.data(),
                   MPI_DOUBLE, team_);
    return all;
  }

  MPI_Comm team_ = MPI_COMM_SELF;
  std::vector<int> firsts_, counts_;  // rows of every rank of the team
  Eigen::MatrixXd rows_;              // this rank's
};

int main(int argc, char** argv) {
  return gmmvi::main(argc, argv, [] { return std::make_unique<Field>(); });
}
