#pragma once

#include <optional>

#include "gmmvi/gmmvi.hpp"

#include "io/json.hpp"
#include "io/verdict.hpp"

namespace gmmvi::io {

/// Adds what is known of an ELBO to an object: `elbo`, `elbo_standard_error`, `log_evidence` and so on.
void add_elbo(Json& json, const ElboEstimate& elbo);
/// The same from an object, if it has an ELBO.
std::optional<ElboEstimate> elbo_of(const Json& json);

Json verdict_json(const Verdict& verdict);
Verdict verdict_of(const Json& json);

}  // namespace gmmvi::io
