#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include "external/json.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// What the programs that speak JSON are told and say, one sample at a time. Parameters go as {"a": 1.5, …}; answers
/// have `log_density` (and `gradient`), or `outputs` (and `jacobian`), or `error`.
class JsonProtocol {
 public:
  /// `outputs`: M, 1 for log densities. Throws Error (configuration) where the parameters have no names.
  JsonProtocol(const Start& start, Eigen::Index outputs);

  Eigen::Index dimension() const { return static_cast<Eigen::Index>(keys_.size()); }
  Eigen::Index outputs() const { return outputs_; }
  bool returns_outputs() const { return returns_outputs_; }
  void set_outputs(Eigen::Index outputs) { outputs_ = outputs; }

  /// Appends an object with the parameters of a sample [D], each with 17 significant digits. Throws Error where one is
  /// not finite.
  void write_parameters(std::string& text, const Eigen::Ref<const Eigen::VectorXd>& sample) const;
  /// An answer for n samples that nobody has given yet.
  Answer no_answer(const Call& call) const;
  /// Takes what was said of one sample: log density −∞, or null with `"outside": true`, means outside of the support.
  /// Throws Error with the program's own `error`, or with the field that is absent, of another length, or no number.
  void read(const Json& said, const Call& call, Eigen::Index column, Answer& answer) const;

 private:
  void read_numbers(const Json& said, const Call& call, Eigen::Index column, Answer& answer) const;
  Eigen::VectorXd numbers(const Json& values, const std::string& name, Eigen::Index count,
                          const Counted& finite = {}) const;
  Eigen::MatrixXd jacobian_of(const Json& rows) const;
  void read_log_density(const Json& said, bool want_gradient, Eigen::Index column, Answer& answer) const;
  void read_outputs(const Json& said, const Call& call, Eigen::Index column, Answer& answer) const;

  std::vector<std::string> keys_;  // [D] with quotes, colon and blank
  bool returns_outputs_;
  Counted counted_;
  Eigen::Index outputs_;
};

}  // namespace gmmvi::external
