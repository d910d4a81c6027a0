#pragma once

#include "gmmvi/target.hpp"

#include "evaluation/team_channel.hpp"

namespace gmmvi::evaluation {

/// What the ranks of a team do that do not lead it: takes part in its evaluations until the leader says that there is
/// nothing more to do, and returns the exit code that it gave.
int serve(TeamChannel& channel, Target& own);

}  // namespace gmmvi::evaluation
