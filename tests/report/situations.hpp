#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/model_file.hpp"
#include "io/status_file.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::report {

/// Components at (1, 1) and (−1, −1) with weights 3/4 and 1/4.
inline io::Model model(std::vector<std::string> parameter_names = {"a", "b"}, std::string target = "a test") {
  const auto at = [](double mean) {
    return std::make_shared<const Gaussian<FullCovariance>>(Eigen::Vector2d::Constant(mean),
                                                            FullCovariance::from_variances(Eigen::Vector2d(1.0, 2.0)));
  };
  io::ModelAttributes attributes;
  attributes.target = std::move(target);
  attributes.codename = "SAMTRON";
  attributes.preset = "expensive";
  attributes.seed = 7;
  return {Mixture<FullCovariance>({at(1.0), at(-1.0)}, Eigen::Vector2d(0.75, 0.25)), std::move(parameter_names),
          std::move(attributes)};
}

inline io::Status status() {
  io::Status status;
  status.state = io::Status::State::finished;
  status.ranks = 2;
  status.iteration = 3;
  status.evaluations = 300;
  status.components = 2;
  status.elbo = ElboEstimate{.value = -1.25, .standard_error = 0.5, .samples = 10};
  return status;
}

inline void write(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
}

/// A folder as a run of three iterations leaves it.
inline void write_run(const std::string& folder, const io::Model& fitted = model()) {
  std::filesystem::create_directories(folder);
  write(folder + "/config.yml", "seed: 7\n");
  write(folder + "/log.txt", "2026-01-31 12:00:00.123 info: warning: no\n2026-01-31 12:00:00.123 warning: careful\n");
  write(folder + "/metrics.jsonl", R"({"iteration":1,"evaluations":100,"components":1,"elbo_estimate":-9.0}
{"iteration":2,"evaluations":200,"components":2,"elbo_estimate":null}
{"iteration":3,"evaluations":300,"components":2,"elbo_estimate":-1.5,"elbo":-1.25,"elbo_standard_error":0.5}
)");
  io::write_status(folder + "/status.json", status());
  io::write_model(folder + "/model.nc", fitted);
}

}  // namespace gmmvi::report
