#include "io/failures_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "gmmvi/error.hpp"
#include "gmmvi/target.hpp"

#include "core/text_file.hpp"
#include "io/atomic_file.hpp"
#include "io/json.hpp"

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
    const Json line = {{of_metrics ? "metrics_of_iteration" : "batch", one.batch & ~SampleId::metrics_batch},
                       {"position", one.position},
                       {"rank", one.rank},
                       {"reason", one.reason},
                       {"x", std::vector<double>(one.sample.begin(), one.sample.end())}};
    file << text_of(line) << '\n';
  }
  file.flush();
  if (!file) throw Error(fmt::format("Cannot write {}: {}.", path_, std::strerror(errno)), ExitCode::cannot_create);
}

void FailuresFile::go_on_before(std::uint64_t batch, std::uint64_t iteration) const {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return;
  std::string kept;
  std::ifstream before(path_);
  for (std::string text; std::getline(before, text);) {
    const Json line = json_or_discarded(text);
    if (!line.is_object()) continue;
    const auto number = [&](const char* key, std::uint64_t otherwise) {
      const auto found = line.find(key);
      return found != line.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : otherwise;
    };
    const bool stays =
        line.contains("batch") ? number("batch", batch) < batch : number("metrics_of_iteration", iteration) < iteration;
    if (stays) kept += text + '\n';
  }
  write_atomically(path_, kept);
}

std::vector<FailedSample> read_failures(const std::string& path, Eigen::Index dimension) {
  std::vector<FailedSample> failed;
  std::istringstream file(core::read_text(path));
  std::int64_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    try {
      const Json line = parse_json(text);
      const auto x = line.at("x").get<std::vector<double>>();
      if (static_cast<Eigen::Index>(x.size()) != dimension)
        throw Error(
            fmt::format("{}:{}: x has {} numbers, but the target {} parameters.", path, number, x.size(), dimension),
            ExitCode::data);
      const std::uint64_t batch = line.contains("batch")
                                      ? line.at("batch").get<std::uint64_t>()
                                      : line.at("metrics_of_iteration").get<std::uint64_t>() | SampleId::metrics_batch;
      failed.push_back({.batch = batch,
                        .position = line.at("position").get<std::int64_t>(),
                        .rank = line.value("rank", 0),
                        .sample = Eigen::Map<const Eigen::VectorXd>(x.data(), dimension),
                        .reason = line.value("reason", "")});
    } catch (const Json::exception&) {
      throw Error(fmt::format("{}:{}: no line of a failures.jsonl, which are objects with x, batch and position.", path,
                              number),
                  ExitCode::data);
    }
  }
  return failed;
}

}  // namespace gmmvi::io
