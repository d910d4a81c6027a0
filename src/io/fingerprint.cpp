#include "io/fingerprint.hpp"

#include <span>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/fnv1a.hpp"
#include "io/json.hpp"

namespace gmmvi::io {
namespace {

std::string checksum(const std::string& text) {
  core::Fnv1a hash;
  hash.add(std::span<const char>(text));
  return fmt::format("{:016x}", hash.value());
}

}  // namespace

Fingerprint::DataFile data_file(const std::string& path, const std::string& content) {
  return {.path = path, .bytes = content.size(), .checksum = checksum(content)};
}

std::string to_text(const Fingerprint& fingerprint) {
  Json data = Json::array();
  for (const auto& file : fingerprint.data)
    data.push_back({{"path", file.path}, {"bytes", file.bytes}, {"checksum", file.checksum}});
  const Json json = {{"config", fingerprint.config}, {"data", data}, {"target", fingerprint.target}};
  return text_of(json);
}

Fingerprint parse_fingerprint(const std::string& text, const std::string& name) {
  try {
    const Json json = parse_json(text);
    Fingerprint fingerprint{.config = json.at("config"), .data = {}, .target = json.at("target")};
    for (const Json& file : json.at("data"))
      fingerprint.data.push_back({.path = file.at("path"), .bytes = file.at("bytes"), .checksum = file.at("checksum")});
    return fingerprint;
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("What {} says of the config and the data it belongs to cannot be read: {}.", name, error.what()),
        ExitCode::data);
  }
}

std::string digest(const Fingerprint& fingerprint) {
  std::string all = fingerprint.config + '\0' + fingerprint.target;
  for (const auto& file : fingerprint.data) {
    for (auto at = all.find(file.path); !file.path.empty() && at != std::string::npos; at = all.find(file.path, at))
      all.erase(at, file.path.size());
    all += '\0' + file.checksum;
  }
  return checksum(all);
}

}  // namespace gmmvi::io
