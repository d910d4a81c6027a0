#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gmmvi/evaluation_host.hpp"
#include "gmmvi/transforms.hpp"

namespace gmmvi::io {

/// failures.jsonl: one JSON object a line for every sample whose evaluation failed, with all digits of the sample in
/// the user's space, so that it can be evaluated again by hand. There is no file before there is a failure.
class FailuresFile {
 public:
  /// `names` [D] of the parameters, and how they come from the solver's.
  explicit FailuresFile(std::string path, std::vector<std::string> names = {}, Transforms transforms = {})
      : path_(std::move(path)), names_(std::move(names)), transforms_(std::move(transforms)) {}

  /// For a run that goes on: drops the lines of batches that are `told_again`, and of metrics of iterations from
  /// `iteration` on. Throws Error (cannot_create), as append() does.
  void go_on_before(const std::function<bool(std::uint64_t batch)>& told_again, std::uint64_t iteration) const;
  void append(const std::vector<FailedSample>& failed) const;

 private:
  std::string path_;
  std::vector<std::string> names_;
  Transforms transforms_;
};

/// The samples of a failures.jsonl [D each], in the user's space as they stand there. Throws Error (data) with file and
/// line for a line that is none of append().
std::vector<FailedSample> read_failures(const std::string& path, Eigen::Index dimension);

}  // namespace gmmvi::io
