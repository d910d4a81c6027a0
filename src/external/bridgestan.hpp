#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "external/options.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// A Stan model that BridgeStan has compiled to a library, called in this process. Its parameters are Stan's
/// unconstrained ones, and its log density that of these: normalised where Stan's statements are, with the Jacobian of
/// the transformation.
class Bridgestan : public Simulator {
 public:
  /// Throws Error (unavailable) where the library is none or Stan refuses the data, (data) if those cannot be read,
  /// (configuration) where parameters are named otherwise than the model's.
  Bridgestan(const BridgestanOptions& options, const Start& start);
  ~Bridgestan() override;

  Eigen::Index dimension() const override;
  Eigen::Index outputs() const override { return 1; }
  bool has_gradients() const override { return true; }
  /// Throws Error with Stan's words where its code throws.
  Answer evaluate(const Call& call) override;
  bool runs_outside() const override { return false; }
  bool interruptible() const override { return false; }

  /// [D] of the unconstrained parameters, as Stan has them: `b.2.3` is the element (2, 3) of b.
  std::vector<std::string> parameter_names() const override;

  /// What is written of a draw besides the constrained parameters.
  struct Columns {
    bool transformed_parameters = false, generated_quantities = false;
  };
  std::vector<std::string> constrained_names(const Columns& columns) const;
  /// What belongs to these names, of unconstrained parameters [D]. Generated quantities draw their random numbers from
  /// `seed`. Throws Error with Stan's words.
  Eigen::VectorXd constrain(const Eigen::VectorXd& unconstrained, const Columns& columns, std::uint32_t seed) const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace gmmvi::external
