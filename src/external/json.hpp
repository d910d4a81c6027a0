#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace gmmvi::external {

using Json = nlohmann::json;

/// What simulators write as JSON: as the standard has it, and also the bare words nan, inf and infinity in any case and
/// with a sign, which become the texts "NaN", "Infinity" and "-Infinity". Throws Error with what is wrong, where, and
/// the beginning of the text.
Json parse_json(std::string_view text);

/// The number that a value stands for: a number, null (NaN), or one of the texts above (also as strings in any case).
/// Throws Error that calls the value `what` where it is none.
double number_of(const Json& value, std::string_view what);

}  // namespace gmmvi::external
