#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/transforms.hpp"

#include "io/atomic_file.hpp"
#include "io/netcdf_file.hpp"

namespace gmmvi::io {

/// What a file of outputs is of.
struct OutputsTitle {
  std::string gmmvi_version, target, codename;
  std::uint64_t seed = 0;
  std::vector<std::string> parameter_names;  ///< [D]
  Transforms transforms = {};                ///< of the samples, which are the solver's
  // the state of the run that it is of
  std::int64_t iterations = 0, evaluations = 0;
  std::string model_hash = {};        ///< of its mixture
  std::int64_t samples_left_out = 0;  ///< of those that the run had
};

/// Samples that were evaluated, with what the simulator returned.
struct SamplesWithOutputs {
  Eigen::MatrixXd samples;        ///< [D x n] the solver's
  Eigen::VectorXd log_densities;  ///< [n] log p̃, of the solver's parameters
  Eigen::VectorXd log_weights;    ///< [n] log importance weights, up to a constant
  Eigen::MatrixXd outputs;        ///< [M x n] NaN where they are not known
};

/// A netCDF-4 file of N samples in the making: x over `sample` and `dim`, with the parameters' names as coordinates, lp
/// = log p̃ and log_weight over `sample`, outputs over `sample` and `output`. x and lp are of the user's parameters.
/// What is appended goes to the disk, and the file appears with write(). Members throw Error (cannot_create).
class OutputsWriter {
 public:
  /// Throws where there is no room for them all.
  OutputsWriter(const std::string& path, OutputsTitle title, std::int64_t samples, Eigen::Index outputs);
  /// The next samples.
  void append(const SamplesWithOutputs& next);
  /// Atomically, when there are N of them.
  void write();

 private:
  void put(const SamplesWithOutputs& next);
  void attempt(const std::function<void()>& body);

  OutputsTitle title_;
  std::size_t size_, written_ = 0;
  std::uintmax_t bytes_;  // at most
  AtomicFile place_;
  NetcdfFile file_;
};

/// Such a file, of which as much is read as is asked for. Members throw Error (data).
class OutputsReader {
 public:
  explicit OutputsReader(const std::string& path);

  /// N.
  Eigen::Index size() const { return samples_; }
  /// M.
  Eigen::Index outputs() const { return outputs_; }
  /// Of the title; absent in files of earlier versions.
  std::optional<std::int64_t> iterations() const { return file_.attribute<std::int64_t>("iterations"); }
  std::optional<std::string> model_hash() const { return file_.attribute<std::string>("model_hash"); }
  std::optional<std::int64_t> samples_left_out() const { return file_.attribute<std::int64_t>("samples_left_out"); }
  /// [N]
  Eigen::VectorXd log_weights() const;
  /// [D] the names, and [D x N] the values that the user's parameters have.
  std::vector<std::string> parameter_names() const;
  Eigen::MatrixXd parameters() const;
  /// [`count` x N] outputs of all samples, from the output `first` on.
  Eigen::MatrixXd outputs(Eigen::Index first, Eigen::Index count) const;

 private:
  NetcdfFile file_;
  Eigen::Index samples_, outputs_, dimension_;
};

}  // namespace gmmvi::io
