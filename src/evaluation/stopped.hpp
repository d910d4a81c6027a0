#pragma once

#include "comm/guard.hpp"

namespace gmmvi::evaluation {

/// Every rank was asked to stop before a batch was complete: the mixture is still that of the last iteration.
class Stopped : public comm::CollectiveError {
 public:
  Stopped() : CollectiveError("stopped before the evaluations of an iteration were complete", ExitCode::resume_me) {}
};

}  // namespace gmmvi::evaluation
