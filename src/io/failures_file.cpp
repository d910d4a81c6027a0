#include "io/failures_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "gmmvi/error.hpp"
#include "gmmvi/target.hpp"

#include "core/text_file.hpp"
#include "io/atomic_file.hpp"
#include "io/json.hpp"
#include "io/json_number.hpp"

namespace gmmvi::io {
namespace {

bool is_of_metrics(std::uint64_t batch) {
  return (batch & SampleId::metrics_batch) != 0;
}

}  // namespace

void FailuresFile::append(const std::vector<FailedSample>& failed) const {
  std::ofstream file(path_, std::ios::app);
  for (const FailedSample& one : failed) {
    const bool of_metrics = is_of_metrics(one.batch);
    const Eigen::VectorXd x = transforms_.to_user(one.sample);
    Json line = {{of_metrics ? "metrics_of_iteration" : "batch", one.batch & ~SampleId::metrics_batch},
                 {"position", one.position},
                 {"rank", one.rank},
                 {"reason", one.reason},
                 {"x", std::vector<double>(x.begin(), x.end())}};
    for (std::size_t d = 0; d < names_.size(); ++d) line["parameters"][names_[d]] = x[static_cast<Eigen::Index>(d)];
    file << text_of(line) << '\n';
  }
  file.flush();
  if (!file) throw Error(fmt::format("Cannot write {}: {}.", path_, std::strerror(errno)), ExitCode::cannot_create);
}

void FailuresFile::go_on_before(const std::function<bool(std::uint64_t batch)>& told_again,
                                std::uint64_t iteration) const {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return;
  std::string kept;
  std::ifstream before(path_);
  for (std::string text; std::getline(before, text);) {
    const Json line = json_or_discarded(text);
    if (!line.is_object()) continue;
    const auto number = [&](const char* key) -> std::optional<std::uint64_t> {
      const auto found = line.find(key);
      if (found == line.end() || !found->is_number_unsigned()) return std::nullopt;
      return found->get<std::uint64_t>();
    };
    const auto batch = number("batch"), metrics = number("metrics_of_iteration");
    const bool stays = batch ? !told_again(*batch) : metrics && *metrics < iteration;
    if (stays) kept += text + '\n';
  }
  write_atomically(path_, kept);
}

namespace {

FailedSample failed_sample_of(const Json& line) {
  const auto x = line.at("x").get<std::vector<double>>();
  const bool of_metrics = !line.contains("batch");
  const char* key = of_metrics ? "metrics_of_iteration" : "batch";
  const auto batch = value_of<std::uint64_t>(line.at(key), key);
  return {.batch = of_metrics ? batch | SampleId::metrics_batch : batch,
          .position = value_of<std::int64_t>(line.at("position"), "position"),
          .rank = value_or(line, "rank", 0),
          .sample = Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size())),
          .reason = value_or(line, "reason", std::string())};
}

FailedSample parsed(const std::string& text, const std::string& place) {
  try {
    return failed_sample_of(parse_json(text));
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: no line of a failures.jsonl, which are objects with x, batch and position ({}).",
                            place, error.what()),
                ExitCode::data);
  }
}

}  // namespace

std::vector<FailedSample> read_failures(const std::string& path, Eigen::Index dimension) {
  std::vector<FailedSample> failed;
  std::istringstream file(core::read_text(path));
  std::int64_t number = 0;
  for (std::string text; std::getline(file, text);) {
    const std::string place = fmt::format("{}:{}", path, ++number);
    failed.push_back(parsed(text, place));
    if (const auto size = failed.back().sample.size(); size != dimension)
      throw Error(fmt::format("{}: x has {} numbers, but the target {} parameters.", place, size, dimension),
                  ExitCode::data);
  }
  return failed;
}

}  // namespace gmmvi::io
