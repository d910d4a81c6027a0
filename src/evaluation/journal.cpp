#include "evaluation/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/checksum.hpp"
#include "core/contract.hpp"

namespace gmmvi::evaluation {
namespace {

using core::checksum;

constexpr std::string_view magic = "\x89GMMVIJ\n";
constexpr std::uint32_t byte_order_mark = 0x01020304, format_version = 3, first_version = 1, first_with_outputs = 3;
constexpr std::size_t first_header_size = 28, header_size = 36, record_head_size = 16;

// ----------------------------------------------------------------------------------------------------- to bytes

template <class Number>
void put(std::string& bytes, const Number* numbers, Eigen::Index count) {
  bytes.append(reinterpret_cast<const char*>(numbers), static_cast<std::size_t>(count) * sizeof(Number));
}

template <class Number>
void put(std::string& bytes, Number number) {
  put(bytes, &number, 1);
}

std::string header_of(Eigen::Index dimension, const std::string& fingerprint) {
  std::string header(magic);
  put(header, byte_order_mark);
  put(header, format_version);
  put(header, std::int64_t{dimension});
  put(header, std::uint64_t{fingerprint.size()});
  put(header, checksum(header));
  header += fingerprint;
  put(header, checksum(fingerprint));
  return header;
}

bool fits(const FinishedGroup& group, Eigen::Index dimension) {
  return group.dimension() == dimension && group.is_consistent();
}

void put_payload(std::string& bytes, const FinishedGroup& group) {
  put(bytes, group.batch);
  put(bytes, group.first);
  put(bytes, group.seconds);
  put(bytes, std::int64_t{group.samples.cols()});
  put(bytes, std::int64_t{group.gradients.cols()});
  put(bytes, std::int64_t{group.size() > 0 ? group.outputs.rows() : 0});
  put(bytes, static_cast<std::int64_t>(group.failure.size()));
  put(bytes, group.samples.data(), group.samples.size());
  put(bytes, group.log_densities.data(), group.log_densities.size());
  put(bytes, group.gradients.data(), group.gradients.size());
  put(bytes, group.outputs.data(), group.outputs.size());
  for (Eigen::Index n = 0; n < group.size(); ++n) put(bytes, group.status(n));
  bytes += group.failure;
}

/// The length has a checksum of its own, so that a damaged one is never believed.
std::string record_head(std::string_view payload) {
  std::string head;
  put(head, std::uint64_t{payload.size()});
  put(head, checksum(payload));
  put(head, checksum(head));
  return head;
}

void make_record(std::string& record, const FinishedGroup& group) {
  record.assign(record_head_size, '\0');
  put_payload(record, group);
  record.replace(0, record_head_size, record_head(std::string_view(record).substr(record_head_size)));
}

/// Returns 0 or an errno. What is short of one call gets another: that one tells the reason.
int write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string advice(int error) {
  if (error == ENOSPC) return " Make room on that disk.";
  if (error == EDQUOT) return " Remove some of your files there, or have your quota raised.";
  if (error == EFBIG) return " Raise the limit for the size of files (ulimit -f).";
  return "";
}

[[noreturn]] void cannot_make(const std::string& path, int error) {
  throw Error(fmt::format("Cannot make the journal of evaluations {}: {}.{}", path, std::strerror(error),
                          error == EEXIST ? " A journal is never written over: name another folder." : advice(error)),
              ExitCode::cannot_create);
}

[[noreturn]] void cannot_write(const std::string& path, int error) {
  throw Error(fmt::format("Cannot write the journal of evaluations {}: {}. The evaluations before are safe in it.{}",
                          path, std::strerror(error), advice(error)),
              ExitCode::cannot_create);
}

[[noreturn]] void cannot_sync(const std::string& path, int error) {
  throw Error(fmt::format("Cannot bring the journal of evaluations {} to the disk: {}.{}", path, std::strerror(error),
                          advice(error)),
              ExitCode::cannot_create);
}

}  // namespace

Journal::Journal(std::string path, Eigen::Index dimension, const std::string& fingerprint, core::Flush flush)
    : path_(std::move(path)),
      dimension_(dimension),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666)) {
  if (file_ < 0) cannot_make(path_, errno);
  const std::string header = header_of(dimension, fingerprint);
  if (const int error = write_all(file_, header)) {
    ::close(file_);
    ::unlink(path_.c_str());
    cannot_make(path_, error);
  }
  size_ = static_cast<std::int64_t>(header.size());
  if (flush == core::Flush::now) core::flush_folder_of(path_);
}

Journal::~Journal() {
  ::close(file_);
}

void Journal::append(const FinishedGroup& group) {
  GMMVI_GUARD(fits(group, dimension_), fmt::format("dimension {}", dimension_));
  make_record(record_, group);
  if (torn_ && !cut_off_torn_record()) cannot_write(path_, errno);
  const int error = write_all(file_, record_);
  torn_ = error != 0 && !cut_off_torn_record();
  if (error != 0) cannot_write(path_, error);
  size_ += static_cast<std::int64_t>(record_.size());
}

/// Records behind a torn one could not be found again, so none is written before this succeeds.
bool Journal::cut_off_torn_record() {
  while (::ftruncate(file_, size_) != 0)
    if (errno != EINTR) return false;
  return true;
}

void Journal::sync() {
  while (::fdatasync(file_) != 0)
    if (errno != EINTR) cannot_sync(path_, errno);
}

// --------------------------------------------------------------------------------------------------- from bytes

namespace {

[[noreturn]] void cannot_use(const std::string& path, const std::string& reason) {
  throw Error(fmt::format("Cannot use {} as a journal of evaluations: {}.", path, reason), ExitCode::data);
}

/// What ends the reading early, but is no error.
struct Damage {
  std::string what;
};

/// A file as long as it was when it was opened.
class Input {
 public:
  explicit Input(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) cannot_use(path, std::strerror(errno));
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error) cannot_use(path, error.message());
  }

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return size_ - position_; }
  /// `count` bytes, at most as many as are left.
  void read(std::string& bytes, std::uint64_t count) {
    bytes.resize(count);
    errno = 0;
    if (!file_.read(bytes.data(), static_cast<std::streamsize>(count)))
      cannot_use(path_, errno != 0 ? std::strerror(errno) : "it became shorter while it was read");
    position_ += count;
  }

 private:
  std::string path_;
  std::ifstream file_;
  std::uint64_t size_ = 0, position_ = 0;
};

/// Takes numbers from the front of bytes; false where there are not as many.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  bool take(Number& number) {
    return copy(&number, 1);
  }
  /// Resizes only once it is known that the file holds as many.
  bool take(Eigen::MatrixXd& matrix, Eigen::Index rows, std::int64_t cols) {
    if (!holds(cols, static_cast<std::size_t>(rows) * sizeof(double))) return false;
    matrix.resize(rows, cols);
    return copy(matrix.data(), matrix.size());
  }
  /// The same where the file says how many rows there are.
  bool take_rows(Eigen::MatrixXd& matrix, std::int64_t rows, std::int64_t cols) {
    return rows == 0 || (holds(rows, sizeof(double)) && take(matrix, rows, cols));
  }
  bool take(Eigen::VectorXd& vector, std::int64_t size) {
    if (!holds(size, sizeof(double))) return false;
    vector.resize(size);
    return copy(vector.data(), size);
  }
  template <class Container>
  bool take(Container& bytes, std::int64_t size) {
    if (!holds(size, 1)) return false;
    bytes.resize(static_cast<std::size_t>(size));
    return copy(bytes.data(), size);
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  bool holds(std::int64_t count, std::size_t size) const {
    return count >= 0 && static_cast<std::uint64_t>(count) <= bytes_.size() / size;
  }
  template <class Number>
  bool copy(Number* to, std::int64_t count) {
    if (!holds(count, sizeof(Number))) return false;
    const std::size_t size = static_cast<std::size_t>(count) * sizeof(Number);
    if (size > 0) std::memcpy(to, bytes_.data(), size);  // an empty matrix has no address
    bytes_.remove_prefix(size);
    return true;
  }

  std::string_view bytes_;
};

bool parse(std::string_view payload, std::uint32_t version, Eigen::Index dimension, FinishedGroup& group) {
  Fields fields(payload);
  std::int64_t n = 0, gradients = 0, outputs = 0, text = 0;
  std::vector<EvaluationStatus> status;
  const bool whole =
      fields.take(group.batch) && fields.take(group.first) && fields.take(group.seconds) && fields.take(n) &&
      fields.take(gradients) && (version < first_with_outputs || fields.take(outputs)) && fields.take(text) &&
      fields.take(group.samples, dimension, n) && fields.take(group.log_densities, n) &&
      fields.take(group.gradients, dimension, gradients) && fields.take_rows(group.outputs, outputs, n) &&
      fields.take(status, n) && fields.take(group.failure, text) && fields.at_end();
  if (!whole || !group.is_consistent()) return false;
  for (Eigen::Index i = 0; i < n; ++i)
    if (status[static_cast<std::size_t>(i)] != group.status(i)) return false;
  return true;
}

bool ends_with_checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  const std::size_t size = bytes.size() - sizeof sum;
  Fields(bytes.substr(size)).take(sum);
  return sum == checksum(bytes.substr(0, size));
}

struct Header {
  std::uint32_t version = format_version;
  std::optional<std::string> fingerprint = {};
};

/// Throws Damage where the process ended before it had written one.
Header read_header(Input& input, const std::string& path, Eigen::Index dimension) {
  const auto damaged = [&] { cannot_use(path, "its header is damaged (the checksum does not fit)"); };
  std::string header;
  input.read(header, std::min<std::uint64_t>(input.left(), first_header_size));
  const bool empty = header.find_first_not_of('\0') == std::string::npos, whole = header.size() == first_header_size;
  const Damage not_written{"its header was not written"};
  if (empty || (!whole && magic.starts_with(header.substr(0, magic.size())))) throw not_written;
  if (!whole || !header.starts_with(magic)) cannot_use(path, "it is none");
  Fields fields(std::string_view(header).substr(magic.size()));
  Header result;
  auto& [version, fingerprint] = result;
  std::uint32_t mark = 0;
  std::int64_t its_dimension = 0;
  fields.take(mark);
  fields.take(version);
  fields.take(its_dimension);
  if (mark != byte_order_mark) cannot_use(path, "it was written on a machine with another byte order");
  if (version < first_version || version > format_version)
    cannot_use(path, fmt::format("it has format version {}, and this program reads {}", version, format_version));
  if (version == first_version) {
    if (!ends_with_checksum(header)) damaged();
  } else {
    std::string rest;
    input.read(rest, std::min<std::uint64_t>(input.left(), header_size - first_header_size));
    header += rest;
    if (header.size() < header_size) throw not_written;
    if (!ends_with_checksum(header)) damaged();
    std::uint64_t length = 0;
    Fields(std::string_view(header).substr(first_header_size - sizeof(std::uint32_t))).take(length);
    if (input.left() < sizeof(std::uint32_t) || length > input.left() - sizeof(std::uint32_t)) throw not_written;
    input.read(fingerprint.emplace(), length + sizeof(std::uint32_t));
    if (!ends_with_checksum(*fingerprint)) damaged();
    fingerprint->resize(length);
  }
  if (its_dimension != dimension)
    cannot_use(path, fmt::format("its samples have {} dimensions, and the target has {}", its_dimension, dimension));
  return result;
}

/// `payload` is memory to use.
FinishedGroup read_record(Input& input, std::uint32_t version, Eigen::Index dimension, std::string& payload) {
  const std::uint64_t start = input.position(), left = input.left();
  const auto damaged = [&](const char* what) {
    return Damage{fmt::format("{} of the record at byte {} does not fit; {} bytes from there on are not used", what,
                              start, left)};
  };
  const Damage cut_off{"the last record is cut off"};

  if (left < record_head_size) throw cut_off;
  std::string head;
  input.read(head, record_head_size);
  Fields fields(head);
  std::uint64_t length = 0;
  std::uint32_t payload_sum = 0, head_sum = 0;
  fields.take(length);
  fields.take(payload_sum);
  fields.take(head_sum);
  if (head_sum != checksum(std::string_view(head).substr(0, record_head_size - sizeof head_sum)))
    throw damaged("checksum");
  if (length > input.left()) throw cut_off;
  input.read(payload, length);
  if (payload_sum != checksum(payload)) throw damaged("checksum");
  FinishedGroup group;
  if (!parse(payload, version, dimension, group)) throw damaged("content");
  return group;
}

}  // namespace

JournalEnd read_journal(const std::string& path, Eigen::Index dimension,
                        const std::function<void(FinishedGroup&&)>& take) {
  GMMVI_EXPECT(dimension > 0, fmt::format("dimension {}", dimension));
  Input input(path);
  JournalEnd end{};
  std::string payload;
  try {
    const Header header = read_header(input, path, dimension);
    end.fingerprint = header.fingerprint;
    end.good_bytes = static_cast<std::int64_t>(input.position());
    while (input.left() > 0) {
      take(read_record(input, header.version, dimension, payload));
      end.good_bytes = static_cast<std::int64_t>(input.position());
      ++end.groups;
    }
  } catch (const Damage& damage) {
    end.damage = damage.what;
  }
  return end;
}

}  // namespace gmmvi::evaluation
