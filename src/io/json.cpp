#include "io/json.hpp"

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace gmmvi::io {

std::string text_of(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string ascii_text_of(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json parse_json(const std::string& text) {
  return Json::parse(text);
}

Json json_or_discarded(const std::string& text) {
  return Json::parse(text, nullptr, false);
}

}  // namespace gmmvi::io
