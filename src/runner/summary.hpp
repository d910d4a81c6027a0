#pragma once

#include <string>

#include "io/model_file.hpp"

namespace gmmvi::runner {

/// What a model says, for people: where it comes from and how good it is; mean, standard deviation and 5, 50 and 95 %
/// quantiles of every parameter, exactly; the heaviest components.
std::string summary_text(const io::Model& model);

/// The same as JSON, with all components.
std::string summary_json(const io::Model& model);

}  // namespace gmmvi::runner
