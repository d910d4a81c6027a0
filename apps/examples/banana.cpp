// All of `gmmvi` for a target of one's own: banana defaults > my.yml && mpirun -n 2 banana run my.yml

#include "gmmvi/main.hpp"

/// log p̃(x, y) = −(1 − x)²/2 − 10 (y − x²)²/2, with log Z = log(2π/√10) = 0.6866.
class Banana : public gmmvi::Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }

  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId>,
                             bool want_gradients) override {
    auto result = gmmvi::Evaluation::of_size(2, 1, want_gradients);  // one sample at a time: group_size() is 1
    const double x = samples(0, 0), slope = 1 - x, bend = samples(1, 0) - x * x;
    result.log_densities[0] = -slope * slope / 2 - 10 * bend * bend / 2;
    if (want_gradients) result.gradients.col(0) << slope + 20 * x * bend, -10 * bend;
    return result;
  }
};

int main(int argc, char** argv) {
  return gmmvi::main(argc, argv, [] { return std::make_unique<Banana>(); });
}
