#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "config/configuration.hpp"

namespace gmmvi::config {

/// A folder for one test's files, gone at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("gmmvi-config-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  /// Writes a file and returns its path; folders in `name` are made.
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path(name);
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// An environment variable for as long as this lives.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~EnvironmentVariable() { unsetenv(name_); }

 private:
  const char* name_;
};

inline const std::string mixture_target = "target: {type: random_gaussian_mixture, num_dimensions: 3}\n";

inline const std::string samtron =
    "ng_estimator_type: Stein\n"
    "num_component_adapter_type: adaptive\n"
    "sample_selector_type: component-based\n"
    "ng_based_updater_type: trust-region\n"
    "component_stepsize_adapter_type: improvement-based\n"
    "weight_updater_type: trust-region\n"
    "weight_stepsize_adapter_type: improvement_based\n";

/// SAMTRON on a random mixture: seven lines of types, one of the target, then `more` from line 9 on.
inline std::string complete(const std::string& more = "") {
  return samtron + mixture_target + more;
}

/// The message of the configuration error that `action` ends with.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

inline std::string error_of_text(const std::string& text) {
  return error_of([&] { parse(text, "run.yml"); });
}

inline std::string error_of_file(const std::string& path, const Overrides& overrides = {}) {
  return error_of([&] { load(path, overrides); });
}

inline void expect_parts(const std::string& message, const std::vector<std::string_view>& parts) {
  for (const std::string_view part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
  }
  for (const char c : message) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << message;
}

}  // namespace gmmvi::config
