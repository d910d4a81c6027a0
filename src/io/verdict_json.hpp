#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "gmmvi/gmmvi.hpp"

#include "io/verdict.hpp"

namespace gmmvi::io {

/// Adds what is known of an ELBO to an object: `elbo`, `elbo_standard_error`, `log_evidence` and so on.
void add_elbo(nlohmann::ordered_json& json, const ElboEstimate& elbo);
/// The same from an object, if it has an ELBO.
std::optional<ElboEstimate> elbo_of(const nlohmann::ordered_json& json);

nlohmann::ordered_json verdict_json(const Verdict& verdict);
Verdict verdict_of(const nlohmann::ordered_json& json);

}  // namespace gmmvi::io
