#pragma once

#include <string>

#include <nlohmann/json.hpp>

// What writing and reading JSON needs is compiled once, in json.cpp: it is much.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace gmmvi::io {

using Json = nlohmann::ordered_json;

/// In one line, or indented by `indent` blanks. What is not UTF-8 is replaced: paths and names need not be.
std::string text_of(const Json& json, int indent = -1);
/// The same, with no character but those of ASCII.
std::string ascii_text_of(const Json& json);

/// Throws nlohmann::json::exception where `text` is not JSON.
Json parse_json(const std::string& text);
/// A discarded value where `text` is not JSON.
Json json_or_discarded(const std::string& text);

}  // namespace gmmvi::io
