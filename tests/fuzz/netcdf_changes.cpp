#include "netcdf_changes.hpp"

#include <algorithm>
#include <bit>
#include <csignal>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>
#include <limits>
#include <sys/wait.h>
#include <unistd.h>

#include <netcdf_mem.h>

namespace gmmvi::fuzz {
namespace {

// --------------------------------------------------------------------------------------------------------- damage

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
/// Of netCDF's own, and of the types that define_types() gives to a file.
constexpr nc_type types[] = {NC_BYTE,
                             NC_CHAR,
                             NC_SHORT,
                             NC_INT,
                             NC_FLOAT,
                             NC_DOUBLE,
                             NC_UBYTE,
                             NC_USHORT,
                             NC_UINT,
                             NC_INT64,
                             NC_UINT64,
                             NC_STRING,
                             NC_FIRSTUSERTYPEID,
                             NC_FIRSTUSERTYPEID + 1,
                             NC_FIRSTUSERTYPEID + 2,
                             NC_FIRSTUSERTYPEID + 3};
constexpr double numbers[] = {0.0,
                              1.0,
                              -1.0,
                              2.0,
                              0.5,
                              nan,
                              infinity,
                              -infinity,
                              1e300,
                              -1e300,
                              1e-310,
                              1e19,
                              -1e19,
                              NC_FILL_DOUBLE,
                              static_cast<double>(NC_FILL_FLOAT),
                              NC_FILL_INT};
constexpr std::size_t lengths[] = {
    0,         1,         2,         3,         4,         5,         50,        1000,
    1UL << 31, 1UL << 32, 1UL << 33, 1UL << 40, 1UL << 59, 1UL << 61, 1UL << 62, (1UL << 63) - 1};
/// That mean something to netCDF or to a reader, wherever they stand.
constexpr const char* names[] = {"_FillValue",  "missing_value", "valid_min",  "valid_max",
                                 "valid_range", "scale_factor",  "add_offset", "x",
                                 "dim",         "log_density",   "gradient",   "lp",
                                 "covariances", "variances",     "weights",    "covariance_shape"};

/// Reads off libFuzzer's bytes what is to be done.
class Changes {
 public:
  Changes(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  void apply(Netcdf& file) {
    constexpr int most_changes = 20;
    for (int i = 0; i < most_changes && bytes_.remaining_bytes() > 0; ++i) change_one(any_group(file));
  }

 private:
  std::size_t below(std::size_t end) { return bytes_.ConsumeIntegralInRange<std::size_t>(0, end - 1); }
  template <class T>
  T& any(std::vector<T>& values) {
    return values[below(values.size())];
  }
  std::string name() {
    return bytes_.ConsumeBool() ? bytes_.PickValueInArray(names) : bytes_.ConsumeRandomLengthString(12);
  }
  double number() {
    return bytes_.ConsumeBool() ? bytes_.PickValueInArray(numbers)
                                : std::bit_cast<double>(bytes_.ConsumeIntegral<std::uint64_t>());
  }
  Netcdf& any_group(Netcdf& file) {
    const std::size_t which = below(file.groups.size() + 1);
    return which == 0 ? file : file.groups[which - 1];
  }

  void change_one(Netcdf& group) {
    switch (below(9)) {
      case 0:
        return change(group.attributes);
      case 1:
        if (!group.variables.empty()) change(any(group.variables).attributes);
        return;
      case 2:
        if (!group.dimensions.empty()) change(any(group.dimensions));
        return;
      case 3:
        if (!group.variables.empty()) group.variables.push_back(any(group.variables));
        return;
      case 4:
        if (!group.variables.empty()) group.variables.erase(group.variables.begin() + below(group.variables.size()));
        return;
      default:
        if (!group.variables.empty()) change(any(group.variables), group.dimensions);
    }
  }

  /// One is changed, or there is one more.
  void change(std::vector<Netcdf::Attribute>& attributes) {
    const std::size_t which = below(attributes.size() + 1);
    if (which == attributes.size()) attributes.push_back({.name = name()});
    Netcdf::Attribute& attribute = attributes[which];
    if (bytes_.ConsumeBool()) attribute.type = bytes_.PickValueInArray(types);
    attribute.numbers.resize(below(41));
    for (double& value : attribute.numbers) value = number();
    attribute.texts.resize(below(4));
    for (std::string& text : attribute.texts) text = name();
  }

  void change(Netcdf::Dimension& dimension) {
    if (bytes_.ConsumeBool())
      dimension.length = bytes_.PickValueInArray(lengths);
    else if (bytes_.ConsumeBool())
      dimension.unlimited = true;
    else
      dimension.name = name();
  }

  void change(Netcdf::Variable& variable, std::vector<Netcdf::Dimension>& dimensions) {
    switch (below(8)) {
      case 0:
        variable.name = name();
        return;
      case 1:
        variable.type = bytes_.PickValueInArray(types);
        return;
      case 2:
        variable.fill = false;
        return;
      case 3:
        variable.numbers.clear();
        variable.texts.clear();
        return;
      case 4:
        if (!dimensions.empty()) variable.dimensions.push_back(any(dimensions).name);
        return;
      case 5:
        if (!variable.dimensions.empty()) variable.dimensions.pop_back();
        return;
      case 6:
        if (!variable.texts.empty()) any(variable.texts) = name();
        return;
      default:
        if (!variable.numbers.empty()) any(variable.numbers) = number();
    }
  }

  FuzzedDataProvider bytes_;
};

// -------------------------------------------------------------------------------------------------------- writing

// What netCDF refuses stays undone, so nobody asks what these functions return but where the file needs it.

/// Values that are written, or stand together in the file: HDF5 takes seconds for a thousand that stand alone.
constexpr std::size_t most = 100;

/// Four types of a user: opaque, an enumeration, a compound, and of variable length.
void define_types(int file) {
  nc_type type = NC_NAT;
  nc_def_opaque(file, 8, "opaque", &type);
  const int zero = 0;
  nc_def_enum(file, NC_INT, "enumeration", &type);
  nc_insert_enum(file, type, "zero", &zero);
  nc_def_compound(file, 8, "compound", &type);
  nc_insert_compound(file, type, "part", 0, NC_DOUBLE);
  nc_def_vlen(file, "of_any_length", NC_DOUBLE, &type);
}

/// All of them are nothing but zeros in memory.
std::vector<char> zeros(std::size_t count) {
  return std::vector<char>(std::max<std::size_t>(count, 1) * sizeof(nc_vlen_t));
}

/// None for an empty text: files may have such.
std::vector<const char*> pointers(const std::vector<std::string>& texts, std::size_t count) {
  std::vector<const char*> pointers;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& text = texts[i % texts.size()];
    pointers.push_back(text.empty() ? nullptr : text.c_str());
  }
  return pointers;
}

void put(int group, int variable, const Netcdf::Attribute& attribute) {
  const char* name = attribute.name.c_str();
  if (attribute.type == NC_CHAR) {
    const std::string text = attribute.texts.empty() ? "" : attribute.texts.front();
    nc_put_att_text(group, variable, name, text.size(), text.c_str());
  } else if (attribute.type == NC_STRING) {
    auto texts = pointers(attribute.texts, attribute.texts.size());
    nc_put_att_string(group, variable, name, texts.size(), texts.data());
  } else if (attribute.type >= NC_FIRSTUSERTYPEID) {
    const std::size_t length = attribute.numbers.size();
    nc_put_att(group, variable, name, attribute.type, length, zeros(length).data());
  } else {
    nc_put_att_double(group, variable, name, attribute.type, attribute.numbers.size(), attribute.numbers.data());
  }
}

void write(int group, int id, const Netcdf& description, const Netcdf::Variable& variable) {
  std::size_t size = 1;
  std::vector<std::size_t> start, count;
  for (const std::string& name : variable.dimensions) {
    const auto dimension = std::ranges::find(description.dimensions, name, &Netcdf::Dimension::name);
    if (dimension == description.dimensions.end() || dimension->length > most) return;
    start.push_back(0);
    count.push_back(dimension->length);
    if ((size *= dimension->length) > most) return;
  }
  if (size == 0) return;
  if (variable.type == NC_STRING) {
    if (variable.texts.empty()) return;
    auto texts = pointers(variable.texts, size);
    nc_put_vara_string(group, id, start.data(), count.data(), texts.data());
  } else if (variable.type == NC_CHAR || variable.type >= NC_FIRSTUSERTYPEID) {
    nc_put_vara(group, id, start.data(), count.data(), zeros(size).data());
  } else if (!variable.numbers.empty()) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) values.push_back(variable.numbers[i % variable.numbers.size()]);
    nc_put_vara_double(group, id, start.data(), count.data(), values.data());
  }
}

/// Others of that name are refused.
void add(int group, const Netcdf& description, const Netcdf::Variable& variable) {
  std::vector<int> dimensions;
  std::vector<std::size_t> chunk;
  for (std::size_t left = most; const std::string& name : variable.dimensions) {
    std::size_t length = 0;
    if (nc_inq_dimid(group, name.c_str(), &dimensions.emplace_back()) != NC_NOERR) return;
    nc_inq_dimlen(group, dimensions.back(), &length);
    chunk.push_back(std::clamp<std::size_t>(length, 1, left));
    left = std::max<std::size_t>(left / chunk.back(), 1);
  }
  int id = 0;
  if (nc_def_var(group, variable.name.c_str(), variable.type, static_cast<int>(dimensions.size()), dimensions.data(),
                 &id) != NC_NOERR)
    return;
  if (!variable.fill) nc_def_var_fill(group, id, NC_NOFILL, nullptr);
  // Else large ones would make large files, and texts without a limit take seconds.
  if (!chunk.empty()) nc_def_var_chunking(group, id, NC_CHUNKED, chunk.data());
  for (const Netcdf::Attribute& attribute : variable.attributes) put(group, id, attribute);
  write(group, id, description, variable);
}

void define(int group, const Netcdf& description) {
  for (const Netcdf::Dimension& dimension : description.dimensions) {
    int id = 0;
    nc_def_dim(group, dimension.name.c_str(), dimension.unlimited ? NC_UNLIMITED : dimension.length, &id);
  }
  for (const Netcdf::Attribute& attribute : description.attributes) put(group, NC_GLOBAL, attribute);
  for (const Netcdf::Variable& variable : description.variables) add(group, description, variable);
  for (const Netcdf& inner : description.groups) {
    int id = 0;
    if (nc_def_grp(group, inner.name.c_str(), &id) == NC_NOERR) define(id, inner);
  }
}

std::string written(const Netcdf& description) {
  nc_set_chunk_cache(4096, 3, 0.0F);  // the usual one takes most of the time
  int file = 0;
  if (nc_create_mem("fuzz.nc", NC_NETCDF4, 0, &file) != NC_NOERR) __builtin_trap();
  define_types(file);
  define(file, description);
  NC_memio memory{};
  if (nc_close_memio(file, &memory) != NC_NOERR) return {};
  std::string bytes(static_cast<const char*>(memory.memory), memory.size);
  std::free(memory.memory);
  return bytes;
}

/// All that comes through a pipe.
std::string received(int pipe) {
  std::string bytes;
  char piece[65536];
  for (ssize_t count = 0; (count = ::read(pipe, piece, sizeof piece)) > 0;)
    bytes.append(piece, static_cast<std::size_t>(count));
  return bytes;
}

[[noreturn]] void send(int pipe, const Netcdf& description) {
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) std::signal(signal, SIG_DFL);
  const std::string bytes = written(description);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::write(pipe, bytes.data() + sent, bytes.size() - sent);
    if (count <= 0) ::_exit(1);
    sent += static_cast<std::size_t>(count);
  }
  ::_exit(0);
}

}  // namespace

void change(Netcdf& file, const std::uint8_t* data, std::size_t size) {
  Changes(data, size).apply(file);
}

// The library crashes when it writes some of them, which is no fault of a reader: a child writes.
std::string bytes_of(const Netcdf& description) {
  int ends[2];
  if (::pipe(ends) != 0) __builtin_trap();
  const pid_t child = ::fork();
  if (child == 0) send(ends[1], description);
  ::close(ends[1]);
  std::string bytes = received(ends[0]);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? bytes : "";
}

}  // namespace gmmvi::fuzz
