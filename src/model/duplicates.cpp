#include "model/duplicates.hpp"

#include <algorithm>
#include <compare>
#include <iterator>
#include <set>
#include <utility>

namespace gmmvi::model {
namespace {

struct Pair {
  double cost;  // for each unit of the lighter one's mass
  std::size_t a, b;
  auto operator<=>(const Pair&) const = default;
};

template <class Covariance>
class Merging {
 public:
  explicit Merging(std::vector<Sourced<Covariance>> components) : components_(std::move(components)) {
    for (std::size_t k = 0; k < components_.size(); ++k) find_partners(k);
  }

  std::vector<Sourced<Covariance>> merged() {
    while (!pairs_.empty()) {
      const Pair next = *pairs_.begin();
      pairs_.erase(pairs_.begin());
      if (!gone(next.a) && !gone(next.b)) replace(next.a, next.b);
    }
    std::erase_if(components_, [](const auto& component) { return component.fits.empty(); });
    return std::move(components_);
  }

 private:
  bool gone(std::size_t k) const { return components_[k].fits.empty(); }

  auto merge(std::size_t a, std::size_t b) const {
    const auto &first = components_[a].component, &second = components_[b].component;
    return math::merge(first, second, duplicate_cost * std::min(first.weight, second.weight));
  }

  bool share_a_fit(std::size_t a, std::size_t b) const {
    return std::ranges::find_first_of(components_[a].fits, components_[b].fits) != components_[a].fits.end();
  }

  void find_partners(std::size_t k) {
    for (std::size_t other = 0; other < k; ++other) {
      if (gone(other) || share_a_fit(other, k)) continue;
      if (const auto one = merge(other, k)) {
        const double lighter = std::min(components_[other].component.weight, components_[k].component.weight);
        pairs_.insert({one->cost / lighter, other, k});
      }
    }
  }

  void replace(std::size_t a, std::size_t b) {
    Sourced<Covariance> one{merge(a, b)->gaussian, {}};
    std::ranges::merge(components_[a].fits, components_[b].fits, std::back_inserter(one.fits));
    components_[a].fits.clear();
    components_[b].fits.clear();
    components_.push_back(std::move(one));
    find_partners(components_.size() - 1);
  }

  std::vector<Sourced<Covariance>> components_;  // without fits: gone
  std::set<Pair> pairs_;
};

}  // namespace

template <class Covariance>
std::vector<Sourced<Covariance>> merge_duplicates(std::vector<Sourced<Covariance>> components) {
  return Merging<Covariance>(std::move(components)).merged();
}

template std::vector<Sourced<FullCovariance>> merge_duplicates(std::vector<Sourced<FullCovariance>>);
template std::vector<Sourced<DiagonalCovariance>> merge_duplicates(std::vector<Sourced<DiagonalCovariance>>);

}  // namespace gmmvi::model
