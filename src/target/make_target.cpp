#include "target/make_target.hpp"

#include "core/overloaded.hpp"
#include "target/gaussian_mixture.hpp"
#include "target/logistic_regression.hpp"

namespace gmmvi::target {

std::unique_ptr<Target> make_target(const TargetOptions& options, std::uint64_t seed, const TableSource& table) {
  using Made = std::unique_ptr<Target>;
  return std::visit(core::Overloaded{
                        [&](const LogisticRegressionOptions& o) -> Made {
                          return std::make_unique<LogisticRegression>(table(o.data), o.prior_std);
                        },
                        [&](const RandomGaussianMixtureOptions& o) -> Made {
                          return std::make_unique<GaussianMixture>(random_gaussian_mixture(o, seed));
                        },
                    },
                    options);
}

}  // namespace gmmvi::target
