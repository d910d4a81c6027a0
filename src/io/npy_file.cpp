#include "io/npy_file.hpp"

#include <cstdint>
#include <cstring>
#include <regex>

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
  static const std::regex shape(R"('shape': *\( *([0-9]{1,12}) *, *([0-9]{1,12}) *,? *\))"),
      type(R"('descr': *'<f([48])')");
  std::smatch size, bytes;
  if (!std::regex_search(header.dictionary, size, shape)) fail(path, "the array in it has not two dimensions");
  if (!std::regex_search(header.dictionary, bytes, type))
    fail(path, "the numbers in it are neither doubles nor floats; save them with dtype float64");
  const Eigen::Index rows = std::stoll(size[1]), cols = std::stoll(size[2]);
  const std::string_view numbers = contents.substr(header.size);
  const bool doubles = bytes[1] == "8",
             by_columns = header.dictionary.find("'fortran_order': True") != std::string::npos;
  if (numbers.size() != static_cast<std::size_t>(rows * cols) * (doubles ? 8 : 4))
    fail(path, fmt::format("the file should hold {} rows of {} numbers, but it is of another length", rows, cols));
  return doubles ? matrix<double>(numbers, rows, cols, by_columns) : matrix<float>(numbers, rows, cols, by_columns);
}

}  // namespace gmmvi::io
