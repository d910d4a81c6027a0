#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "external/child.hpp"
#include "external/json_protocol.hpp"
#include "external/options.hpp"
#include "external/result_file.hpp"
#include "external/simulator.hpp"
#include "external/template_folder.hpp"

namespace gmmvi::external {

/// A program that is started for each evaluation, in a work directory of its own: a copy of the template, with
/// `parameters.json`, {"a": 1.5, …}. GMMVI_SEED and GMMVI_EVALUATION are set: batch.position,
/// metrics-iteration.position of metrics' samples, and behind it .point of points beside a sample. Its answer is in
/// `results.json`, as JsonProtocol has it, or where ResultOptions says.
class ProcessOnce : public Simulator {
 public:
  /// Starts nothing, but looks whether all that is needed is there. `options.work_directory` is an absolute path.
  ProcessOnce(const ProcessOptions& options, const Start& start);
  ~ProcessOnce() override;

  Eigen::Index dimension() const override { return protocol_.dimension(); }
  Eigen::Index outputs() const override { return protocol_.outputs(); }
  bool has_gradients() const override { return options_.gradients; }
  bool gives_jacobians() const override { return options_.gradients && protocol_.returns_outputs(); }
  std::vector<std::string> remarks() const override { return template_.remarks(); }
  Answer evaluate(const Call& call) override;
  void interrupt() override { interruption_.raise(); }

 private:
  class WorkDirectory;

  void check_program() const;
  const std::filesystem::path& place_for_work();
  Answer run_in(const std::filesystem::path& folder, const Call& call);

  ProcessOptions options_;
  bool returns_outputs_;
  JsonProtocol protocol_;
  ResultFile result_;
  TemplateFolder template_;
  Launch launch_;
  std::filesystem::path work_;  // where the work directories are; empty before the first evaluation
  bool work_is_ours_ = false;   // and goes with us
  Interruption interruption_;
};

}  // namespace gmmvi::external
