#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

#include "io/model_file.hpp"
#include "io/predictive_file.hpp"
#include "io/status_file.hpp"
#include "report/history.hpp"

namespace gmmvi::report {

/// What the mean of a component describes.
struct WeightedDrawing {
  double weight = 0.0;
  Drawing drawing;
};

/// Of one parameter, the others integrated out; empty where the prior is improper.
using PriorDensity = std::function<double(double x)>;

/// What a report knows of a run. A run that did not come far has only some of it.
struct RunData {
  std::string name = {};    ///< in legends
  std::string folder = {};  ///< as the user called it
  std::optional<io::DatedStatus> status = {};
  std::optional<io::Model> model = {};
  History history = {};
  std::string config = {};                           ///< the text of config.yml
  std::vector<std::string> warnings = {};            ///< of the log, and about what could not be read for the report
  std::optional<Eigen::MatrixXd> true_samples = {};  ///< [D x N] of the target, where they are known
  std::vector<WeightedDrawing> drawings = {};
  std::vector<PriorDensity> priors = {};          ///< [D] that the posterior has, or none, where they are not known
  std::optional<io::Predictive> predictive = {};  ///< of the simulator's outputs, if somebody has asked for it
};

/// Reads what there is in the folder of a run. Throws Error (data) where there is no folder of a run, or a file in it
/// is damaged.
RunData read_run(const std::string& folder);

/// What `target` draws of the components of largest weight.
std::vector<WeightedDrawing> drawings(const AnyMixture& mixture, const Target& target);

}  // namespace gmmvi::report
