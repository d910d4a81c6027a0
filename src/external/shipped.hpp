#pragma once

#include <string>
#include <vector>

namespace gmmvi::external {

/// A file that comes with this program, and where it may lie.
struct Shipped {
  std::string what;                 ///< its name, and what it is good for
  std::string variable;             ///< of the environment, which has its path, or that of a folder:
  std::string within;               ///< … where it lies in that; empty: it is the path
  std::vector<std::string> places;  ///< as seen from the folder of the program, or of our library
  std::string built;                ///< for programs that are not installed
};

/// The absolute path of the first place that has it. Throws Error (unavailable) that names them all if none has.
std::string shipped(const Shipped& file);

}  // namespace gmmvi::external
