#pragma once

#include <filesystem>

namespace gmmvi::config {

/// The folder of the files that come with the program: "data" or "experiments". The environment variable
/// GMMVI_DATA_DIR or GMMVI_EXPERIMENTS_DIR names another one.
std::filesystem::path shipped_folder(const char* name);

}  // namespace gmmvi::config
