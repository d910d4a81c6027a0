#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gmmvi::io {

/// A group of an open netCDF-4 file, with dimensions, attributes and variables of its own; valid as long as the file is
/// open. Every error of the library becomes an Error that says the path, what was being done, and the library's reason.
class NetcdfGroup {
 public:
  /// Whether the file is read (errors have ExitCode::data) or made (ExitCode::cannot_create).
  enum class Mode { read, create };
  enum class Type { real, integer, text };
  /// Where in a variable: the first index and the number of values along each of its dimensions.
  struct Slab {
    std::vector<std::size_t> start, count;
  };

  NetcdfGroup define_group(const std::string& name);
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

  bool has_group(const std::string& name) const;
  NetcdfGroup group(const std::string& name) const;
  std::size_t dimension(const std::string& name) const;
  bool has_variable(const std::string& name) const;
  /// Whether there is such a variable, of strings.
  bool has_texts(const std::string& name) const;
  /// The length of each of a variable's dimensions. Throws where the file is too small for so many values.
  std::vector<std::size_t> shape(const std::string& variable) const;
  /// Absent where there is no such attribute. Throws where it is not one number, or not a text.
  template <class T>
  std::optional<T> attribute(const std::string& name) const {
    if (!has_attribute(name)) return std::nullopt;
    T value{};
    get_attribute(name, value);
    return value;
  }
  /// What the file says is missing is NaN: the fill value, declared or the library's own, missing_value, and what is
  /// out of the valid range. Packed values (scale_factor, add_offset) are unpacked.
  void read(const std::string& variable, const Slab& slab, std::span<double> values) const;
  void read(const std::string& variable, const Slab& slab, std::span<std::int64_t> values) const;
  void read(const std::string& variable, const Slab& slab, std::span<std::string> values) const;

 protected:
  NetcdfGroup(std::string path, Mode mode, int handle = -1,
              std::uintmax_t file_size = std::numeric_limits<std::uintmax_t>::max());
  void check(int status, const std::string& doing) const;

  std::string path_;  // of the file
  Mode mode_;
  int handle_;
  std::uintmax_t file_size_;  // in bytes, of a file that is read

 private:
  [[noreturn]] void fail(const std::string& doing, const std::string& reason) const;
  int variable(const std::string& name) const;
  /// Also checks that the variable has as many dimensions as the slab, and that this has `count` values.
  int variable(const std::string& name, const Slab& slab, std::size_t count) const;
  /// Nobody is to ask for memory that a damaged dimension says.
  void require_room(const std::string& name, const std::vector<std::size_t>& shape) const;
  /// netCDF's number of it.
  int type_of(int variable) const;
  /// netCDF itself would read texts, and lose the memory of them, before it says that they are none.
  void require_numbers(const std::string& name) const;
  bool has_attribute(const std::string& name) const;
  void require_single(const std::string& name) const;
  /// All numbers of a variable's attribute; none where it has no such attribute, or a text.
  std::vector<double> numbers_of(int variable, const char* attribute) const;
  void mask_and_unpack(int variable, std::span<double> values) const;
  void get_attribute(const std::string& name, std::string& value) const;
  void get_attribute(const std::string& name, double& value) const;
  void get_attribute(const std::string& name, std::int64_t& value) const;
  void get_attribute(const std::string& name, std::uint64_t& value) const;
};

/// The bytes of a file, which may be more than there is memory for twice.
class NetcdfImage {
 public:
  /// `bytes` are free()d in the end.
  NetcdfImage(void* bytes, std::size_t size) : bytes_(bytes, &std::free), size_(size) {}
  operator std::string_view() const {  // NOLINT(google-explicit-constructor): it is its bytes
    return {static_cast<const char*>(bytes_.get()), size_};
  }

 private:
  std::unique_ptr<void, decltype(&std::free)> bytes_;
  std::size_t size_;
};

class AtomicFile;

/// An open netCDF-4 file, which is its root group.
class NetcdfFile : public NetcdfGroup {
 public:
  /// Reads the file at `path`, or starts a new one in memory, whose image() is to be written to `path`. In memory,
  /// because HDF5 crashes at the program's end after a write that failed, as on a full disk. The price: netCDF opens
  /// such a file for reading only.
  NetcdfFile(std::string path, Mode mode);
  /// Starts a new file on the disk, in `place` until that is committed, for more than memory should hold. Every value
  /// of its variables has to be written. Destroyed before it was closed it leaves `place` empty, which gives HDF5 the
  /// room to close it on a full disk; there has to be room for its size from the first.
  explicit NetcdfFile(AtomicFile& place);
  /// Reads the contents of the file at `path`, which somebody has read already.
  NetcdfFile(std::string path, std::string contents);
  ~NetcdfFile();
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;

  /// Closes a new file and gives its bytes.
  NetcdfImage image();
  /// Closes a new file on the disk.
  void close();

 private:
  std::string contents_;         // that is read from memory
  AtomicFile* place_ = nullptr;  // of a new file on the disk
};

}  // namespace gmmvi::io
