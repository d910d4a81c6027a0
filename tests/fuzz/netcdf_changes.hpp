#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <netcdf.h>

namespace gmmvi::fuzz {

/// The description of a netCDF-4 file, which damage is done to before it is written: what such a file says may be wrong
/// in every way, while its bytes are HDF5's matter.
struct Netcdf {
  struct Attribute {
    std::string name;
    nc_type type = NC_DOUBLE;
    std::vector<double> numbers = {};
    std::vector<std::string> texts = {};
  };
  struct Dimension {
    std::string name;
    std::size_t length = 0;
    bool unlimited = false;
  };
  struct Variable {
    std::string name;
    std::vector<std::string> dimensions;
    std::vector<double> numbers = {};  ///< by rows, from the start again where they are too few; none: not written
    nc_type type = NC_DOUBLE;
    std::vector<std::string> texts = {};
    std::vector<Attribute> attributes = {};
    bool fill = true;
  };

  std::string name = {};  ///< of the group
  std::vector<Dimension> dimensions = {};
  std::vector<Variable> variables = {};
  std::vector<Attribute> attributes = {};
  std::vector<Netcdf> groups = {};
};

/// Does the changes that libFuzzer's bytes say, one after the other.
void change(Netcdf& file, const std::uint8_t* data, std::size_t size);

/// The bytes of such a file. What netCDF refuses to write is left out; none if it dies of it.
std::string bytes_of(const Netcdf& file);

}  // namespace gmmvi::fuzz
