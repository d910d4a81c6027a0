#include "runner/fingerprint.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "config/configuration.hpp"
#include "core/text_file.hpp"

namespace gmmvi::runner {
namespace {

void replace_all(std::string& text, const std::string& part, const std::string& by) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size()))
    text.replace(at, part.size(), by);
}

/// The config of `before` with the data where they are now: not where they are decides, but what they say.
std::string config_with_data_of(const io::Fingerprint& now, const io::Fingerprint& before) {
  std::string config = before.config;
  for (std::size_t i = 0; i < std::min(before.data.size(), now.data.size()); ++i)
    if (before.data[i].path != now.data[i].path) replace_all(config, before.data[i].path, now.data[i].path);
  return config;
}

/// Read by this program, so that keys which it has beyond an older one's have their defaults.
config::Configuration config_of(const std::string& yaml, const std::string& place) {
  try {
    return config::parse(yaml, place);
  } catch (const Error& error) {
    throw Error(fmt::format("{} was written by another version of gmmvi, with a config that this one does not know "
                            "({}). Go on with that version, or start a new run.",
                            place, error.what()),
                ExitCode::configuration);
  }
}

std::vector<std::string> differing_data(const io::Fingerprint& before, const io::Fingerprint& now) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(before.data.size(), now.data.size()); ++i) {
    const auto &was = before.data[i], &is = now.data[i];
    if (was.checksum != is.checksum || was.bytes != is.bytes)
      lines.push_back(fmt::format("{}: before {} bytes with checksum {}, now {} with {}", is.path, was.bytes,
                                  was.checksum, is.bytes, is.checksum));
  }
  if (before.target != now.target)
    lines.push_back(fmt::format("what the target says of its data: before {:.60}, now {:.60}",
                                before.target.empty() ? "nothing" : before.target,
                                now.target.empty() ? "nothing" : now.target));
  return lines;
}

}  // namespace

void require_same(const io::Fingerprint& before, const io::Fingerprint& now, const std::string& place) {
  if (before.config.empty() || now.config.empty()) return;
  std::vector<std::string> lines =
      config::differences(config_of(config_with_data_of(now, before), place), config_of(now.config, "the config"));
  const bool same_config = lines.empty();
  std::ranges::copy(differing_data(before, now), std::back_inserter(lines));
  if (lines.empty()) return;
  throw Error(fmt::format("{} belongs to another {}, so nothing can go on with it: its mixtures would be neither the "
                          "one's nor the other's. What differs is\n  {}\nPut back what was there before, or start a "
                          "new run.",
                          place, same_config ? "state of the data" : "config", fmt::join(lines, "\n  ")),
              same_config ? ExitCode::data : ExitCode::configuration);
}

std::string fingerprint_path(const std::string& folder) {
  return folder + "/fingerprint.json";
}

bool require_same_run(const io::Fingerprint& now, const std::string& folder) {
  const std::string path = fingerprint_path(folder);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return false;
  require_same(io::parse_fingerprint(core::read_text(path), path), now, "The run in " + folder);
  return true;
}

}  // namespace gmmvi::runner
