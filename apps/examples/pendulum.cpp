// The pendulum of plugin/README.md as a program of one's own, priors and likelihood included:
// pendulum run simulators/own.yml

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "gmmvi/error.hpp"
#include "gmmvi/main.hpp"

namespace {

constexpr double step = 0.01;      // seconds
constexpr double creeping = 0.01;  // rad/s, below which friction is less than it is in motion

/// Angles at `count` times, a quarter of a second apart, by the classical Runge-Kutta method.
std::vector<double> angles(double amplitude, double damping, double friction, double frequency, std::size_t count) {
  const auto acceleration = [&](double angle, double velocity) {
    return -damping * velocity - friction * std::tanh(velocity / creeping) - frequency * frequency * std::sin(angle);
  };
  double angle = amplitude, velocity = 0.0;
  std::vector<double> all;
  while (all.size() < count) {
    for (int s = 0; s < 25; ++s) {
      const double a1 = velocity, v1 = acceleration(angle, velocity);
      const double a2 = velocity + 0.5 * step * v1, v2 = acceleration(angle + 0.5 * step * a1, a2);
      const double a3 = velocity + 0.5 * step * v2, v3 = acceleration(angle + 0.5 * step * a2, a3);
      const double a4 = velocity + step * v3, v4 = acceleration(angle + step * a3, a4);
      angle += step / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4);
      velocity += step / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4);
    }
    all.push_back(angle);
  }
  return all;
}

double log_normal_density(double x, double mean, double sd) {
  const double z = (x - mean) / sd;
  return -0.5 * z * z - std::log(sd) - 0.5 * std::log(2.0 * std::numbers::pi);
}

double normal_probability(double below, double mean, double sd) {
  return 0.5 * std::erfc(-(below - mean) / (sd * std::numbers::sqrt2));
}

class Pendulum : public gmmvi::Target {
 public:
  explicit Pendulum(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    for (std::getline(file, line); std::getline(file, line);)
      measured_.push_back(std::stod(line.substr(line.find(',') + 1)));
    if (measured_.empty()) throw gmmvi::Error(path + " has no measurements", gmmvi::ExitCode::data);
  }

  Eigen::Index dimension() const override { return 5; }
  bool has_gradients() const override { return false; }
  bool cheap() const override { return true; }

  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId>,
                             bool) override {
    auto result = gmmvi::Evaluation::of_size(5, 1, false);
    const Eigen::VectorXd x = samples.col(0);
    result.log_densities[0] = log_prior(x);
    if (std::isfinite(result.log_densities[0])) result.log_densities[0] += log_likelihood(x);
    return result;
  }

 private:
  static double log_prior(const Eigen::VectorXd& x) {
    const double damping = x[1], friction = x[2], frequency = x[3], sigma = x[4];
    if (damping <= 0.0 || friction <= 0.0 || frequency < 0.1 || frequency > 10.0 || sigma <= 0.0)
      return -std::numeric_limits<double>::infinity();
    const double within = normal_probability(10.0, 2.5, 0.5) - normal_probability(0.1, 2.5, 0.5);
    return log_normal_density(x[0], 1.0, 0.5) +                                    //
           log_normal_density(std::log(damping), -2.0, 1.0) - std::log(damping) +  // lognormal
           std::numbers::ln2 + log_normal_density(friction, 0.0, 0.5) +            // half normal
           log_normal_density(frequency, 2.5, 0.5) - std::log(within) +            // truncated
           std::numbers::ln2 + log_normal_density(sigma, 0.0, 0.2);
  }
  double log_likelihood(const Eigen::VectorXd& x) const {
    const auto simulated = angles(x[0], x[1], x[2], x[3], measured_.size());
    double sum = 0.0;
    for (std::size_t n = 0; n < measured_.size(); ++n) sum += log_normal_density(measured_[n], simulated[n], x[4]);
    return sum;
  }

  std::vector<double> measured_;  // angles [rad]
};

}  // namespace

int main(int argc, char** argv) {
  return gmmvi::main(argc, argv, [] { return std::make_unique<Pendulum>(PENDULUM_DATA); });
}
