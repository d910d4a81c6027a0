#include "io/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/fnv1a.hpp"
#include "io/json.hpp"

namespace gmmvi::io {
namespace {

std::string text_of(const core::Fnv1a& hash) {
  return fmt::format("{:016x}", hash.value());
}

std::string checksum(const std::string& text) {
  core::Fnv1a hash;
  hash.add(std::span<const char>(text));
  return text_of(hash);
}

Json to_json(const std::vector<Fingerprint::DataFile>& files) {
  Json list = Json::array();
  for (const auto& file : files)
    list.push_back({{"path", file.path}, {"bytes", file.bytes}, {"checksum", file.checksum}});
  return list;
}

std::vector<Fingerprint::DataFile> files_of(const Json& list) {
  std::vector<Fingerprint::DataFile> files;
  for (const Json& file : list)
    files.push_back({.path = file.at("path"), .bytes = file.at("bytes"), .checksum = file.at("checksum")});
  return files;
}

}  // namespace

Fingerprint::DataFile data_file(const std::string& path, const std::string& content) {
  return {.path = path, .bytes = content.size(), .checksum = checksum(content)};
}

Fingerprint::DataFile data_file(const std::string& path) {
  constexpr std::uint64_t block_bytes = 1 << 16, most_blocks = 1024;
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  const auto cannot_read = [&](const std::string& why) {
    return Error(fmt::format("Cannot read {}: {}.", path, why), ExitCode::data);
  };
  if (error) throw cannot_read(error.message());
  std::ifstream stream(path, std::ios::binary);
  core::Fnv1a hash;
  std::array<char, block_bytes> block{};
  const std::uint64_t blocks = (bytes + block_bytes - 1) / block_bytes, read = std::min(blocks, most_blocks);
  for (std::uint64_t i = 0; i < read; ++i) {
    // From the first to the last, evenly.
    const std::uint64_t place = read < 2 ? 0 : i * (blocks - 1) / (read - 1);
    stream.seekg(static_cast<std::streamoff>(place * block_bytes));
    stream.read(block.data(), static_cast<std::streamsize>(std::min(block_bytes, bytes - place * block_bytes)));
    if (!stream) throw cannot_read(std::strerror(errno));
    hash.add(std::span<const char>(block.data(), static_cast<std::size_t>(stream.gcount())));
  }
  return {.path = path, .bytes = bytes, .checksum = text_of(hash)};
}

std::string to_text(const Fingerprint& fingerprint) {
  Json json = {{"config", fingerprint.config}, {"data", to_json(fingerprint.data)}, {"target", fingerprint.target}};
  if (!fingerprint.simulator.empty()) json["simulator"] = to_json(fingerprint.simulator);
  return text_of(json);
}

Fingerprint parse_fingerprint(const std::string& text, const std::string& name) {
  try {
    const Json json = parse_json(text);
    return {.config = json.at("config"),
            .data = files_of(json.at("data")),
            .target = json.at("target"),
            .simulator = files_of(json.value("simulator", Json::array()))};
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
