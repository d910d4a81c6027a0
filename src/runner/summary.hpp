#pragma once

#include <optional>
#include <string>

#include "io/model_file.hpp"
#include "io/status_file.hpp"

namespace gmmvi::runner {

/// What the status.json in `folder` says of the run, if it is one and of this model.
std::optional<io::Status> status_of(const std::string& folder, const io::Model& model);

/// Of which numbers a summary is.
enum class Scale {
  of_parameters,  ///< the parameters themselves
  unconstrained   ///< what the parameters of a Stan model are made of
};

/// What a model says, for people: where it comes from and how good it is (as its run's `status` says, where there is
/// one, else the file itself); mean, standard deviation and 5, 50 and 95 % quantiles of every parameter, exactly; the
/// heaviest components.
std::string summary_text(const io::Model& model, const std::optional<io::Status>& status = {},
                         Scale scale = Scale::of_parameters);

/// The same as JSON, with all components.
std::string summary_json(const io::Model& model, const std::optional<io::Status>& status = {},
                         Scale scale = Scale::of_parameters);

}  // namespace gmmvi::runner
