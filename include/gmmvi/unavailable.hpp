#pragma once

#include <string>

#include "gmmvi/error.hpp"

namespace gmmvi {

/// Nothing can be evaluated for now, and that is no sample's fault: what a target throws to end the run, which can go
/// on later. Other exceptions fail the evaluation that throws them.
class Unavailable : public Error {
 public:
  explicit Unavailable(const std::string& why) : Error(why, ExitCode::unavailable) {}
};

}  // namespace gmmvi
