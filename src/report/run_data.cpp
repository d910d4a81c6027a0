#include "report/run_data.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"
#include "io/log_file.hpp"
#include "io/model_hash.hpp"

namespace gmmvi::report {
namespace {

namespace fs = std::filesystem;

constexpr const char* status_file = "status.json";
constexpr const char* metrics_file = "metrics.jsonl";
constexpr const char* predictive_file = "predictive.nc";

bool has(const fs::path& folder, const char* file) {
  std::error_code ignored;
  return fs::exists(folder / file, ignored);
}

void require_run_folder(const fs::path& folder) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(folder, ignored);
  if (is_folder && (has(folder, status_file) || has(folder, metrics_file))) return;
  throw Error(fmt::format("{}: {}. Name the folder that `gmmvi run` wrote.", folder.string(),
                          !fs::exists(folder, ignored) ? "there is no such folder"
                          : is_folder ? "this is not the folder of a run: it has neither status.json nor metrics.jsonl"
                                      : "this is not a folder"),
              ExitCode::data);
}

/// `runs/a` and `runs/a/` alike.
std::string name_of(const fs::path& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

/// One of an earlier model than the run has by now is none.
void add_predictive(RunData& run, const std::string& path) {
  io::Predictive predictive = io::read_predictive(path);
  if (run.model && predictive.model_hash == io::to_hex(io::model_hash(run.model->mixture)))
    run.predictive = std::move(predictive);
  else
    run.warnings.push_back(fmt::format(
        "This report is without {}, which is of another model than the run has now: `gmmvi predict` makes a new one.",
        path));
}

}  // namespace

RunData read_run(const std::string& folder) {
  require_run_folder(folder);
  const auto path = [&](const char* file) { return (fs::path(folder) / file).string(); };
  RunData run{.name = name_of(folder), .folder = folder};
  if (has(folder, status_file)) run.status = io::read_status(path(status_file));
  if (has(folder, "model.nc")) run.model = io::read_model(path("model.nc"));
  if (has(folder, metrics_file)) run.history = read_history(path(metrics_file));
  if (has(folder, "config.yml")) run.config = core::read_text(path("config.yml"));
  run.warnings = io::read_warnings(path("log.txt"));
  if (has(folder, predictive_file)) add_predictive(run, path(predictive_file));
  return run;
}

std::vector<WeightedDrawing> drawings(const AnyMixture& mixture, const Target& target) {
  constexpr std::size_t most = 100;
  std::vector<WeightedDrawing> drawings;
  std::visit(
      [&](const auto& m) {
        const Eigen::VectorXd weights = m.weights();
        for (Eigen::Index k = 0; k < m.size(); ++k)
          if (auto drawing = target.draw(m.gaussian(k).mean())) drawings.push_back({weights[k], std::move(*drawing)});
      },
      mixture);
  std::ranges::stable_sort(drawings, [](const auto& a, const auto& b) { return a.weight > b.weight; });
  if (drawings.size() > most) drawings.resize(most);
  return drawings;
}

}  // namespace gmmvi::report
