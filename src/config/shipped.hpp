#pragma once

#include <filesystem>
#include <string>

namespace gmmvi::config {

/// The folder of the files that come with the program: "data", "experiments", "presets" or "published". An
/// environment variable names another one: GMMVI_DATA_DIR, GMMVI_EXPERIMENTS_DIR, ….
std::filesystem::path shipped_folder(const std::string& name);

/// The path of the config that `option` of the command line names: a file with a '/', .yml or .yaml in its name, or one
/// in the folder `folder`, without its .yml. Throws Error that lists those there are.
std::string shipped_file(const std::string& folder, const std::string& name, const std::string& option);

}  // namespace gmmvi::config
