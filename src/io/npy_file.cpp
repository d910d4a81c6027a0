#include "io/npy_file.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::io {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw Error(fmt::format("{}: {}.", path, reason), ExitCode::data);
}

/// A file begins with a magic string, a version, the length of a Python dictionary (2 bytes, from version 2 on 4), and
/// that dictionary; then come the numbers (NumPy Enhancement Proposal 1).
struct Header {
  std::string dictionary;
  std::size_t size;  // of all before the numbers
};

Header header_of(const std::string& path, std::string_view contents) {
  constexpr std::string_view magic = "\x93NUMPY";
  if (!contents.starts_with(magic) || contents.size() < 12) fail(path, "this is no NumPy file (.npy)");
  const std::size_t width = contents[magic.size()] == 1 ? 2 : 4, first = magic.size() + 2 + width;
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(contents[magic.size() + 2 + i])) << (8 * i);
  if (contents.size() < first + length) fail(path, "the file ends within its header");
  return {std::string(contents.substr(first, length)), first + length};
}

/// Reads the values of a Python dictionary's text, from a key on.
class Dictionary {
 public:
  explicit Dictionary(std::string_view text) : text_(text) {}

  /// What begins behind `'key':`, blanks aside; empty where there is no such key.
  std::string_view value(const std::string& key) const {
    const std::size_t at = text_.find('\'' + key + '\'');
    if (at == std::string_view::npos) return {};
    const std::string_view behind = skipped(text_.substr(at + key.size() + 2));
    return behind.starts_with(':') ? skipped(behind.substr(1)) : std::string_view();
  }

  /// A tuple of two lengths.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> shape() const {
    std::string_view rest = value("shape");
    std::uint64_t rows = 0, cols = 0;
    if (!take(rest, '(') || !take(rest, rows) || !take(rest, ',') || !take(rest, cols)) return std::nullopt;
    take(rest, ',');
    return take(rest, ')') ? std::optional(std::pair(rows, cols)) : std::nullopt;
  }

 private:
  static std::string_view skipped(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \n");
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
  }
  static bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) return false;
    text = skipped(text.substr(1));
    return true;
  }
  static bool take(std::string_view& text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text = skipped(text.substr(static_cast<std::size_t>(end - text.data())));
    return error == std::errc();
  }

  std::string_view text_;
};

/// Whether `rows` times `cols` numbers of `width` bytes are that long.
bool is_size_of(std::uint64_t rows, std::uint64_t cols, std::uint64_t width, std::size_t bytes) {
  std::uint64_t count = 0, size = 0;
  return !__builtin_mul_overflow(rows, cols, &count) && !__builtin_mul_overflow(count, width, &size) && size == bytes;
}

template <class Number, int order>
Eigen::MatrixXd matrix(std::string_view numbers, Eigen::Index rows, Eigen::Index cols) {
  Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, order> values(rows, cols);
  std::memcpy(values.data(), numbers.data(), static_cast<std::size_t>(values.size()) * sizeof(Number));
  return values.template cast<double>();
}

template <class Number>
Eigen::MatrixXd matrix(std::string_view numbers, Eigen::Index rows, Eigen::Index cols, bool by_columns) {
  return by_columns ? matrix<Number, Eigen::ColMajor>(numbers, rows, cols)
                    : matrix<Number, Eigen::RowMajor>(numbers, rows, cols);
}

}  // namespace

Eigen::MatrixXd parse_npy(const std::string& path, std::string_view contents) {
  const Header header = header_of(path, contents);
  const Dictionary dictionary(header.dictionary);
  const auto shape = dictionary.shape();
  if (!shape) fail(path, "the array in it has not two dimensions");
  const auto [rows, cols] = *shape;
  const std::string_view type = dictionary.value("descr");
  const bool doubles = type.starts_with("'<f8'");
  if (!doubles && !type.starts_with("'<f4'"))
    fail(path, "the numbers in it are neither doubles nor floats; save them with dtype float64");
  if (rows == 0 || cols == 0) fail(path, fmt::format("the array in it is empty: {} rows of {} numbers", rows, cols));
  const std::string_view numbers = contents.substr(header.size);
  const bool by_columns = dictionary.value("fortran_order").starts_with("True");
  if (!is_size_of(rows, cols, doubles ? 8 : 4, numbers.size()))
    fail(path, fmt::format("the file should hold {} rows of {} numbers, but it is of another length", rows, cols));
  const auto r = static_cast<Eigen::Index>(rows), c = static_cast<Eigen::Index>(cols);
  return doubles ? matrix<double>(numbers, r, c, by_columns) : matrix<float>(numbers, r, c, by_columns);
}

}  // namespace gmmvi::io
