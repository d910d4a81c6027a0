#pragma once

#include <filesystem>
#include <vector>

namespace gmmvi::core {

/// The folders beside which what comes with this code is installed: that of the program, and that of the shared library
/// in which this code is, if it is in one.
std::vector<std::filesystem::path> homes();

/// `name` in share/gmmvi of the installation of which a home is a part (PREFIX/bin, PREFIX/lib, PREFIX/lib/MULTIARCH);
/// the paths that it may have, the nearest first.
std::vector<std::filesystem::path> places_in_share(const std::filesystem::path& name);

}  // namespace gmmvi::core
