#include "io/netcdf_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netcdf.h>
#include <netcdf_mem.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "io/atomic_file.hpp"

namespace gmmvi::io {

NetcdfGroup::NetcdfGroup(std::string path, Mode mode, int handle, std::uintmax_t file_size)
    : path_(std::move(path)), mode_(mode), handle_(handle), file_size_(file_size) {}

void NetcdfGroup::check(int status, const std::string& doing) const {
  if (status != NC_NOERR) fail(doing, nc_strerror(status));
}

void NetcdfGroup::fail(const std::string& doing, const std::string& reason) const {
  throw Error(
      fmt::format("Cannot {} {}: {} failed ({}).", mode_ == Mode::create ? "write" : "read", path_, doing, reason),
      mode_ == Mode::create ? ExitCode::cannot_create : ExitCode::data);
}

NetcdfGroup NetcdfGroup::define_group(const std::string& name) {
  int id = 0;
  check(nc_def_grp(handle_, name.c_str(), &id), "defining group " + name);
  return {path_, mode_, id};
}

void NetcdfGroup::define_dimension(const std::string& name, std::size_t length) {
  int id = 0;
  check(nc_def_dim(handle_, name.c_str(), length, &id), "defining dimension " + name);
}

void NetcdfGroup::put_attribute(const std::string& name, const std::string& text) {
  check(nc_put_att_text(handle_, NC_GLOBAL, name.c_str(), text.size(), text.c_str()), "writing attribute " + name);
}

void NetcdfGroup::put_attribute(const std::string& name, double value) {
  check(nc_put_att_double(handle_, NC_GLOBAL, name.c_str(), NC_DOUBLE, 1, &value), "writing attribute " + name);
}

void NetcdfGroup::put_attribute(const std::string& name, std::int64_t value) {
  const long long converted = value;
  check(nc_put_att_longlong(handle_, NC_GLOBAL, name.c_str(), NC_INT64, 1, &converted), "writing attribute " + name);
}

void NetcdfGroup::put_attribute(const std::string& name, std::uint64_t value) {
  const unsigned long long converted = value;
  check(nc_put_att_ulonglong(handle_, NC_GLOBAL, name.c_str(), NC_UINT64, 1, &converted), "writing attribute " + name);
}

void NetcdfGroup::put_attribute_of(const std::string& of, const std::string& name, const std::string& text) {
  check(nc_put_att_text(handle_, variable(of), name.c_str(), text.size(), text.c_str()), "writing attribute " + name);
}

void NetcdfGroup::define_variable(const std::string& name, Type type, const std::vector<std::string>& dimensions) {
  constexpr nc_type types[] = {NC_DOUBLE, NC_INT64, NC_STRING};
  std::vector<int> ids;
  for (const std::string& dimension : dimensions) {
    check(nc_inq_dimid(handle_, dimension.c_str(), &ids.emplace_back()), "finding dimension " + dimension);
  }
  int id = 0;
  check(nc_def_var(handle_, name.c_str(), types[static_cast<int>(type)], static_cast<int>(ids.size()), ids.data(), &id),
        "defining variable " + name);
}

void NetcdfGroup::write(const std::string& name, const Slab& slab, std::span<const double> values) {
  check(nc_put_vara_double(handle_, variable(name, slab, values.size()), slab.start.data(), slab.count.data(),
                           values.data()),
        "writing " + name);
}

void NetcdfGroup::write(const std::string& name, const Slab& slab, std::span<const std::int64_t> values) {
  const std::vector<long long> converted(values.begin(), values.end());
  check(nc_put_vara_longlong(handle_, variable(name, slab, values.size()), slab.start.data(), slab.count.data(),
                             converted.data()),
        "writing " + name);
}

void NetcdfGroup::write(const std::string& name, const Slab& slab, std::span<const std::string> values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  check(nc_put_vara_string(handle_, variable(name, slab, values.size()), slab.start.data(), slab.count.data(),
                           pointers.data()),
        "writing " + name);
}

bool NetcdfGroup::has_group(const std::string& name) const {
  int id = 0;
  return nc_inq_grp_ncid(handle_, name.c_str(), &id) == NC_NOERR;
}

NetcdfGroup NetcdfGroup::group(const std::string& name) const {
  int id = 0;
  check(nc_inq_grp_ncid(handle_, name.c_str(), &id), "finding group " + name);
  return {path_, mode_, id, file_size_};
}

std::size_t NetcdfGroup::dimension(const std::string& name) const {
  int id = 0;
  std::size_t length = 0;
  check(nc_inq_dimid(handle_, name.c_str(), &id), "finding dimension " + name);
  check(nc_inq_dimlen(handle_, id, &length), "reading dimension " + name);
  return length;
}

bool NetcdfGroup::has_variable(const std::string& name) const {
  int id = 0;
  return nc_inq_varid(handle_, name.c_str(), &id) == NC_NOERR;
}

bool NetcdfGroup::has_texts(const std::string& name) const {
  return has_variable(name) && type_of(variable(name)) == NC_STRING;
}

int NetcdfGroup::type_of(int variable) const {
  nc_type type = NC_NAT;
  check(nc_inq_vartype(handle_, variable, &type), "finding the type of a variable");
  return type;
}

void NetcdfGroup::require_numbers(const std::string& name) const {
  const nc_type type = type_of(variable(name));
  if (type == NC_CHAR || type < NC_BYTE || type > NC_UINT64) fail("reading " + name, "its values are no numbers");
}

std::vector<std::size_t> NetcdfGroup::shape(const std::string& name) const {
  const int id = variable(name);
  int count = 0;
  check(nc_inq_varndims(handle_, id, &count), "reading the shape of " + name);
  std::vector<int> dimensions(static_cast<std::size_t>(count));
  check(nc_inq_vardimid(handle_, id, dimensions.data()), "reading the shape of " + name);
  std::vector<std::size_t> lengths(dimensions.size());
  for (std::size_t i = 0; i < lengths.size(); ++i)
    check(nc_inq_dimlen(handle_, dimensions[i], &lengths[i]), "reading the shape of " + name);
  require_room(name, lengths);
  return lengths;
}

void NetcdfGroup::require_room(const std::string& name, const std::vector<std::size_t>& shape) const {
  constexpr std::uintmax_t most_per_byte = 1032;  // by deflate, of values of one byte
  std::uintmax_t count = 1;
  for (const std::size_t length : shape)
    if (__builtin_mul_overflow(count, length, &count) || count / most_per_byte > file_size_)
      fail("reading the shape of " + name,
           fmt::format("it is to have ({}) values, which a file of {} bytes does not hold: the file is damaged, or was "
                       "never filled",
                       fmt::join(shape, ", "), file_size_));
}

int NetcdfGroup::variable(const std::string& name) const {
  int id = 0;
  check(nc_inq_varid(handle_, name.c_str(), &id), "finding variable " + name);
  return id;
}

int NetcdfGroup::variable(const std::string& name, const Slab& slab, std::size_t count) const {
  GMMVI_GUARD(std::accumulate(slab.count.begin(), slab.count.end(), std::size_t{1}, std::multiplies<>()) == count,
              fmt::format("{} values for ({})", count, fmt::join(slab.count, ", ")));
  const int id = variable(name);
  int dimensions = 0;
  check(nc_inq_varndims(handle_, id, &dimensions), "reading the shape of " + name);
  if (static_cast<std::size_t>(dimensions) != slab.count.size()) {
    fail("using variable " + name, fmt::format("it has {} dimensions, not {}", dimensions, slab.count.size()));
  }
  return id;
}

bool NetcdfGroup::has_attribute(const std::string& name) const {
  const int status = nc_inq_att(handle_, NC_GLOBAL, name.c_str(), nullptr, nullptr);
  if (status == NC_ENOTATT) return false;
  check(status, "finding attribute " + name);
  return true;
}

void NetcdfGroup::require_single(const std::string& name) const {
  std::size_t length = 0;
  check(nc_inq_attlen(handle_, NC_GLOBAL, name.c_str(), &length), "reading attribute " + name);
  if (length != 1) fail("reading attribute " + name, fmt::format("it has {} values, not one", length));
}

void NetcdfGroup::get_attribute(const std::string& name, std::string& value) const {
  std::size_t length = 0;
  nc_type type = NC_NAT;
  check(nc_inq_att(handle_, NC_GLOBAL, name.c_str(), &type, &length), "reading attribute " + name);
  if (type == NC_STRING) {  // as other writers than this have it
    require_single(name);
    char* text = nullptr;
    check(nc_get_att_string(handle_, NC_GLOBAL, name.c_str(), &text), "reading attribute " + name);
    value = text != nullptr ? text : "";
    nc_free_string(1, &text);
    return;
  }
  value.resize(length);
  check(nc_get_att_text(handle_, NC_GLOBAL, name.c_str(), value.data()), "reading attribute " + name);
}

void NetcdfGroup::get_attribute(const std::string& name, double& value) const {
  require_single(name);
  check(nc_get_att_double(handle_, NC_GLOBAL, name.c_str(), &value), "reading attribute " + name);
}

void NetcdfGroup::get_attribute(const std::string& name, std::int64_t& value) const {
  require_single(name);
  long long converted = 0;
  check(nc_get_att_longlong(handle_, NC_GLOBAL, name.c_str(), &converted), "reading attribute " + name);
  value = converted;
}

void NetcdfGroup::get_attribute(const std::string& name, std::uint64_t& value) const {
  require_single(name);
  unsigned long long converted = 0;
  check(nc_get_att_ulonglong(handle_, NC_GLOBAL, name.c_str(), &converted), "reading attribute " + name);
  value = converted;
}

void NetcdfGroup::read(const std::string& name, const Slab& slab, std::span<double> values) const {
  const int id = variable(name, slab, values.size());
  require_numbers(name);
  check(nc_get_vara_double(handle_, id, slab.start.data(), slab.count.data(), values.data()), "reading " + name);
  mask_and_unpack(id, values);
}

std::vector<double> NetcdfGroup::numbers_of(int variable, const char* attribute) const {
  std::size_t length = 0;
  nc_type type = NC_NAT;
  if (nc_inq_att(handle_, variable, attribute, &type, &length) != NC_NOERR || type == NC_CHAR || type == NC_STRING)
    return {};
  std::vector<double> numbers(length);
  check(nc_get_att_double(handle_, variable, attribute, numbers.data()),
        fmt::format("reading attribute {}", attribute));
  return numbers;
}

namespace {

/// What a type's values are where nothing was written; NaN for bytes, all of whose values are in use.
double default_fill(nc_type type) {
  switch (type) {
    case NC_DOUBLE:
      return NC_FILL_DOUBLE;
    case NC_FLOAT:
      return static_cast<double>(NC_FILL_FLOAT);
    case NC_SHORT:
      return NC_FILL_SHORT;
    case NC_USHORT:
      return NC_FILL_USHORT;
    case NC_INT:
      return NC_FILL_INT;
    case NC_UINT:
      return NC_FILL_UINT;
    case NC_INT64:
      return static_cast<double>(NC_FILL_INT64);
    case NC_UINT64:
      return static_cast<double>(NC_FILL_UINT64);
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

void NetcdfGroup::mask_and_unpack(int variable, std::span<double> values) const {
  std::vector<double> missing = numbers_of(variable, "_FillValue");
  if (missing.empty()) missing.push_back(default_fill(type_of(variable)));
  const std::vector<double> others = numbers_of(variable, "missing_value");
  missing.insert(missing.end(), others.begin(), others.end());
  const auto first_or = [&](const char* attribute, double otherwise) {
    const std::vector<double> numbers = numbers_of(variable, attribute);
    return numbers.empty() ? otherwise : numbers.front();
  };
  double lowest = first_or("valid_min", -std::numeric_limits<double>::infinity()),
         highest = first_or("valid_max", std::numeric_limits<double>::infinity());
  if (const auto range = numbers_of(variable, "valid_range"); range.size() == 2) {
    lowest = range[0];
    highest = range[1];
  }
  const double scale = first_or("scale_factor", 1.0), offset = first_or("add_offset", 0.0);
  const bool packed = scale != 1.0 || offset != 0.0;
  for (double& value : values) {
    const bool masked = std::ranges::find(missing, value) != missing.end() || value < lowest || value > highest;
    if (masked) value = std::numeric_limits<double>::quiet_NaN();
    if (packed) value = value * scale + offset;
  }
}

void NetcdfGroup::read(const std::string& name, const Slab& slab, std::span<std::int64_t> values) const {
  require_numbers(name);
  std::vector<long long> converted(values.size());
  check(nc_get_vara_longlong(handle_, variable(name, slab, values.size()), slab.start.data(), slab.count.data(),
                             converted.data()),
        "reading " + name);
  std::copy(converted.begin(), converted.end(), values.begin());
}

void NetcdfGroup::read(const std::string& name, const Slab& slab, std::span<std::string> values) const {
  if (type_of(variable(name)) != NC_STRING) fail("reading " + name, "its values are no texts");
  std::vector<char*> pointers(values.size());
  check(nc_get_vara_string(handle_, variable(name, slab, values.size()), slab.start.data(), slab.count.data(),
                           pointers.data()),
        "reading " + name);
  std::ranges::transform(pointers, values.begin(), [](const char* text) { return text != nullptr ? text : ""; });
  nc_free_string(pointers.size(), pointers.data());
}

namespace {

/// Cluster file systems without locks make HDF5 refuse to open files. Files of ours are complete when they appear, so
/// nobody needs a lock.
void need_no_locks() {
  ::setenv("HDF5_USE_FILE_LOCKING", "BEST_EFFORT", 0);
}

}  // namespace

NetcdfFile::NetcdfFile(std::string path, Mode mode) : NetcdfGroup(std::move(path), mode) {
  need_no_locks();
  if (mode == Mode::read) {
    check(nc_open(path_.c_str(), NC_NOWRITE, &handle_), "opening it");
    std::error_code error;
    file_size_ = std::filesystem::file_size(path_, error);  // the greatest number where it cannot be known
    return;
  }
  check(nc_create_mem(path_.c_str(), NC_NETCDF4, 0, &handle_), "starting it");
}

NetcdfFile::NetcdfFile(std::string path, std::string contents)
    : NetcdfGroup(std::move(path), Mode::read), contents_(std::move(contents)) {
  file_size_ = contents_.size();
  check(nc_open_mem(path_.c_str(), NC_NOWRITE, contents_.size(), contents_.data(), &handle_), "opening it");
}

NetcdfFile::NetcdfFile(AtomicFile& place) : NetcdfGroup(place.path(), Mode::create), place_(&place) {
  need_no_locks();
  check(nc_create(place.temporary_path().c_str(), NC_NETCDF4, &handle_), "starting it");
  int before = 0;
  check(nc_set_fill(handle_, NC_NOFILL, &before), "starting it");  // else all of it is written twice
}

NetcdfFile::~NetcdfFile() {
  if (handle_ < 0) return;
  if (place_ != nullptr) place_->empty();
  nc_close(handle_);
}

void NetcdfFile::close() {
  check(nc_sync(handle_), "writing the rest");  // which may fail, and closing must not
  check(nc_close(std::exchange(handle_, -1)), "closing it");
}

NetcdfImage NetcdfFile::image() {
  NC_memio memory{};
  check(nc_close_memio(std::exchange(handle_, -1), &memory), "closing it");
  return {memory.memory, memory.size};
}

}  // namespace gmmvi::io
