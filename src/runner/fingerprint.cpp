#include "runner/fingerprint.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "config/configuration.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
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

std::string change_text(const io::Fingerprint::DataFile& was, const io::Fingerprint::DataFile& is) {
  return fmt::format("{}: before {} bytes with checksum {}, now {} with {}", is.path, was.bytes, was.checksum, is.bytes,
                     is.checksum);
}

bool is_same(const io::Fingerprint::DataFile& was, const io::Fingerprint::DataFile& is) {
  return was.checksum == is.checksum && was.bytes == is.bytes;
}

std::vector<std::string> differing_data(const io::Fingerprint& before, const io::Fingerprint& now) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(before.data.size(), now.data.size()); ++i) {
    const auto &was = before.data[i], &is = now.data[i];
    if (!is_same(was, is)) lines.push_back(change_text(was, is));
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
  throw Error(fmt::format("{} belongs to another {}, so nothing can go on with it: the mixtures would be of "
                          "neither. What differs is\n  {}\nPut back what was there before, or start a "
                          "new run.",
                          place, same_config ? "state of the data" : "config", fmt::join(lines, "\n  ")),
              same_config ? ExitCode::data : ExitCode::configuration);
}

std::string fingerprint_path(const std::string& folder) {
  return folder + "/fingerprint.json";
}

std::optional<io::Fingerprint> fingerprint_in(const std::string& folder) {
  const std::string path = fingerprint_path(folder);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  return io::parse_fingerprint(core::read_text(path), path);
}

std::vector<std::string> differences_of_simulators(const io::Fingerprint& before, const io::Fingerprint& now) {
  if (before.simulator.empty() || now.simulator.empty()) return {};
  using File = io::Fingerprint::DataFile;
  std::vector<std::string> lines;
  for (const File& is : now.simulator) {
    const auto was = std::ranges::find(before.simulator, is.path, &File::path);
    if (was == before.simulator.end())
      lines.push_back(is.path + ": was not there before");
    else if (!is_same(*was, is))
      lines.push_back(change_text(*was, is));
  }
  for (const File& was : before.simulator)
    if (std::ranges::find(now.simulator, was.path, &File::path) == now.simulator.end())
      lines.push_back(was.path + ": is there no more");
  return lines;
}

std::vector<std::string> differences_of_simulators(const std::string& folder, const io::Fingerprint& now) {
  const auto before = fingerprint_in(folder);
  return before ? differences_of_simulators(*before, now) : std::vector<std::string>();
}

void require_same_data(const std::vector<io::Fingerprint::DataFile>& files, const std::string& folder) {
  const auto before = fingerprint_in(folder);
  if (!before) return;
  std::vector<std::string> lines;
  for (const auto& is : files) {
    const auto was = std::ranges::find(before->data, is.path, &io::Fingerprint::DataFile::path);
    if (was != before->data.end() && !is_same(*was, is)) lines.push_back(change_text(*was, is));
  }
  if (lines.empty()) return;
  throw Error(
      fmt::format("The run in {} was fitted to other data, so that what it says cannot be set beside these. What "
                  "differs is\n  {}\nPut back what was there before, or start a new run.",
                  folder, fmt::join(lines, "\n  ")),
      ExitCode::data);
}

bool require_same_run(const io::Fingerprint& now, const std::string& folder, bool simulator_may_differ) {
  const auto before = fingerprint_in(folder);
  if (!before) return false;
  require_same(*before, now, "The run in " + folder);
  const std::vector<std::string> lines = differences_of_simulators(*before, now);
  if (lines.empty() || simulator_may_differ) return true;
  throw Error(
      fmt::format(
          "The run in {} was made with another simulator and cannot go on with this one: its mixtures would be of "
          "neither. What differs is\n  {}\nPut back what was there before, or start a new run. Only if the "
          "change leaves all numbers as they were, and mends what failed, go on with:{}",
          folder, fmt::join(lines, "\n  "),
          core::call_line("run --resume " + core::shell_word(folder) + " --changed-simulator")),
      ExitCode::data);
}

}  // namespace gmmvi::runner
