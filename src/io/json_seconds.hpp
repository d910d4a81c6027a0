#pragma once

#include <optional>

#include "gmmvi/rank_seconds.hpp"

#include "core/distribution.hpp"
#include "io/json.hpp"

namespace gmmvi::io {

/// An object with a key for every part.
inline Json by_part(const RankSeconds& seconds) {
  auto json = Json::object();
  for (const RankSecondsPart& part : rank_seconds_parts) json[part.name] = seconds.*part.seconds;
  return json;
}

/// Null for none.
inline Json distribution_or_null(const std::optional<core::Distribution>& numbers) {
  if (!numbers) return nullptr;
  return {{"mean", numbers->mean}, {"median", numbers->median}, {"p95", numbers->p95}, {"max", numbers->max}};
}

}  // namespace gmmvi::io
