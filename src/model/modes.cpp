#include "model/modes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "core/contract.hpp"
#include "math/contact.hpp"
#include "math/log_sum_exp.hpp"

namespace gmmvi::model {
namespace {

struct Mode {
  std::vector<std::size_t> members;
  double log_mass;
};

std::vector<std::size_t> heaviest_first(const Eigen::VectorXd& log_masses) {
  std::vector<std::size_t> order(static_cast<std::size_t>(log_masses.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto mass = [&](std::size_t k) { return log_masses[static_cast<Eigen::Index>(k)]; };
  std::ranges::stable_sort(order, std::ranges::greater(), mass);
  return order;
}

/// Modes that grow by one component after another, the heaviest first: so what is between two of them comes after them.
template <class Covariance>
class Growing {
 public:
  Growing(const std::vector<GaussianPointer<Covariance>>& gaussians, const Eigen::VectorXd& log_masses)
      : gaussians_(gaussians), log_masses_(log_masses) {}

  void add(std::size_t component) {
    const double log_mass = log_masses_[static_cast<Eigen::Index>(component)];
    std::vector<std::size_t> bridged;  // all that touch it
    std::optional<std::size_t> nearest;
    double least = mode_radius;
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const double r = distance(component, modes[m]);
      if (!(r <= mode_radius)) continue;
      bridged.push_back(m);
      if (nearest && !(r < least)) continue;
      nearest = m;
      least = r;
    }
    if (!nearest) {
      modes.push_back({{component}, log_mass});
      return;
    }
    const double log_nearest = modes[*nearest].log_mass;
    modes[*nearest].members.push_back(component);
    std::erase_if(bridged, [&](std::size_t m) {
      return m != *nearest && log_mass < std::log(least_bridge) + std::min(modes[m].log_mass, log_nearest);
    });
    modes[*nearest].log_mass = log_sum(modes[*nearest].log_mass, log_mass);
    unite(bridged);
  }

  std::vector<Mode> modes;

 private:
  static double log_sum(double a, double b) { return math::log_sum_exp(Eigen::VectorXd{{a, b}}); }

  double distance(std::size_t component, const Mode& mode) const {
    double least = std::nextafter(mode_radius, 2.0 * mode_radius);
    for (const std::size_t member : mode.members)
      least = std::min(least, math::contact(*gaussians_[component], *gaussians_[member], least));
    return least;
  }

  void unite(const std::vector<std::size_t>& several) {
    Mode& first = modes[several.front()];
    for (std::size_t i = several.size() - 1; i > 0; --i) {
      const Mode& other = modes[several[i]];
      first.members.insert(first.members.end(), other.members.begin(), other.members.end());
      first.log_mass = log_sum(first.log_mass, other.log_mass);
      modes.erase(modes.begin() + static_cast<std::ptrdiff_t>(several[i]));
    }
  }

  const std::vector<GaussianPointer<Covariance>>& gaussians_;
  const Eigen::VectorXd& log_masses_;
};

}  // namespace

template <class Covariance>
std::vector<std::size_t> group_into_modes(const std::vector<GaussianPointer<Covariance>>& gaussians,
                                          const Eigen::VectorXd& log_masses) {
  GMMVI_EXPECT(static_cast<Eigen::Index>(gaussians.size()) == log_masses.size(), "one mass for every component");
  Growing<Covariance> growing(gaussians, log_masses);
  for (const std::size_t component : heaviest_first(log_masses)) growing.add(component);
  std::ranges::stable_sort(growing.modes, std::ranges::greater(), &Mode::log_mass);
  std::vector<std::size_t> modes(gaussians.size());
  for (std::size_t m = 0; m < growing.modes.size(); ++m)
    for (const std::size_t component : growing.modes[m].members) modes[component] = m;
  return modes;
}

template std::vector<std::size_t> group_into_modes(const std::vector<GaussianPointer<FullCovariance>>&,
                                                   const Eigen::VectorXd&);
template std::vector<std::size_t> group_into_modes(const std::vector<GaussianPointer<DiagonalCovariance>>&,
                                                   const Eigen::VectorXd&);

}  // namespace gmmvi::model
