#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gmmvi/evaluation_host.hpp"

namespace gmmvi::io {

/// failures.jsonl: one JSON object a line for every sample whose evaluation failed, with all digits of the sample, so
/// that it can be evaluated again by hand. There is no file before there is a failure.
class FailuresFile {
 public:
  explicit FailuresFile(std::string path) : path_(std::move(path)) {}

  /// For a run that goes on: drops the lines of batches that are `told_again`, and of metrics of iterations from
  /// `iteration` on. Throws Error (cannot_create), as append() does.
  void go_on_before(const std::function<bool(std::uint64_t batch)>& told_again, std::uint64_t iteration) const;
  void append(const std::vector<FailedSample>& failed) const;

 private:
  std::string path_;
};

/// The samples of a failures.jsonl [D each]. Throws Error (data) with file and line for a line that is none of
/// append().
std::vector<FailedSample> read_failures(const std::string& path, Eigen::Index dimension);

}  // namespace gmmvi::io
