#pragma once

#include <filesystem>
#include <optional>
#include <regex>
#include <string>

#include <Eigen/Core>

#include "external/json.hpp"
#include "external/options.hpp"

namespace gmmvi::external {

/// Where a program that runs once leaves its answer.
class ResultFile {
 public:
  /// Throws Error (configuration) where the pattern is none, or has no group, or options contradict each other.
  explicit ResultFile(const ResultOptions& options);

  /// Whether it is JSON, which may have gradients.
  bool is_json() const { return options_.pattern.empty() && options_.column.empty(); }
  /// What it says, in the form of results.json. Of a pattern or a column: `outputs`, all its matches or rows, or of
  /// several matches the last one as `log_density`, since programs write as they go on. Throws Error where the file is
  /// not there, or is wrong.
  Json read(const std::filesystem::path& folder, bool returns_outputs) const;

 private:
  Json matches(const std::string& text) const;
  Json column(const std::string& path, const std::string& text) const;

  ResultOptions options_;
  std::optional<std::regex> pattern_;
};

}  // namespace gmmvi::external
