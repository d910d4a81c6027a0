#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gmmvi::io {

/// An open netCDF-4 file. Every error of the library becomes an Error that says the path, what was being done, and the
/// library's reason.
class NetcdfFile {
 public:
  /// Reads the file at `path` (errors, then and later, have ExitCode::data), or starts a new one in memory, whose
  /// image() is to be written to `path` (ExitCode::cannot_create). In memory, because HDF5 crashes at the program's end
  /// after a write that failed, as on a full disk. The price: netCDF opens such a file for reading only.
  enum class Mode { read, create };
  NetcdfFile(std::string path, Mode mode);
  /// Reads the contents of the file at `path`, which somebody has read already.
  NetcdfFile(std::string path, std::string contents);
  ~NetcdfFile();
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;

  enum class Type { real, integer, text };
  /// Where in a variable: the first index and the number of values along each of its dimensions.
  struct Slab {
    std::vector<std::size_t> start, count;
  };

  void define_dimension(const std::string& name, std::size_t length);
  void put_attribute(const std::string& name, const std::string& text);
  void put_attribute(const std::string& name, double value);
  void put_attribute(const std::string& name, std::int64_t value);
  void put_attribute(const std::string& name, std::uint64_t value);
  void put_attribute_of(const std::string& variable, const std::string& name, const std::string& text);
  void define_variable(const std::string& name, Type type, const std::vector<std::string>& dimensions);
  void write(const std::string& variable, const Slab& slab, std::span<const double> values);
  void write(const std::string& variable, const Slab& slab, std::span<const std::int64_t> values);
  void write(const std::string& variable, const Slab& slab, std::span<const std::string> values);
  /// Closes a new file and gives its bytes.
  std::string image();

  std::size_t dimension(const std::string& name) const;
  /// Absent where there is no such attribute.
  template <class T>
  std::optional<T> attribute(const std::string& name) const {
    if (!has_attribute(name)) return std::nullopt;
    T value{};
    get_attribute(name, value);
    return value;
  }
  void read(const std::string& variable, const Slab& slab, std::span<double> values) const;
  void read(const std::string& variable, const Slab& slab, std::span<std::int64_t> values) const;
  void read(const std::string& variable, const Slab& slab, std::span<std::string> values) const;

 private:
  void check(int status, const std::string& doing) const;
  [[noreturn]] void fail(const std::string& doing, const std::string& reason) const;
  int variable(const std::string& name) const;
  /// Also checks that the variable has as many dimensions as the slab.
  int variable(const std::string& name, const Slab& slab) const;
  bool has_attribute(const std::string& name) const;
  void get_attribute(const std::string& name, std::string& value) const;
  void get_attribute(const std::string& name, double& value) const;
  void get_attribute(const std::string& name, std::int64_t& value) const;
  void get_attribute(const std::string& name, std::uint64_t& value) const;

  std::string path_;
  std::string contents_;  // that is read from memory
  Mode mode_;
  int handle_ = -1;
};

}  // namespace gmmvi::io
