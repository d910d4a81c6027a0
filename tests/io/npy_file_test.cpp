#include "io/npy_file.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::io {
namespace {

template <class Number>
std::string npy(const std::string& dictionary, const std::vector<Number>& numbers, char version = 1) {
  std::string text = "\x93NUMPY";
  text += version;
  text += '\0';
  const std::size_t width = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < width; ++i) text += static_cast<char>(dictionary.size() >> (8 * i) & 0xFF);
  text += dictionary;
  text.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
  return text;
}

std::string dictionary(const std::string& type, const std::string& order, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n";
}

const Eigen::MatrixXd expected{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.5}};

TEST(Npy, HasRowsOrColumnsAfterOneAnother) {
  const std::vector<double> rows = {1, 2, 3, 4, 5, 6.5}, columns = {1, 4, 2, 5, 3, 6.5};
  EXPECT_EQ(parse_npy("a.npy", npy(dictionary("<f8", "False", "(2, 3)"), rows)), expected);
  EXPECT_EQ(parse_npy("a.npy", npy(dictionary("<f8", "True", "(2, 3)"), columns)), expected);
  EXPECT_EQ(parse_npy("a.npy", npy(dictionary("<f8", "False", "(2, 3)"), rows, 2)), expected);
}

TEST(Npy, MayHoldFloats) {
  EXPECT_EQ(parse_npy("a.npy", npy(dictionary("<f4", "False", "(2, 3)"), std::vector<float>{1, 2, 3, 4, 5, 6.5F})),
            expected);
}

void expect_refused(const std::string& contents, const std::string& words) {
  try {
    parse_npy("dir/a.npy", contents);
    ADD_FAILURE() << "accepted: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_EQ(std::string(error.what()).rfind("dir/a.npy: ", 0), 0u) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(Npy, HeadersOfAnyLengthAreRead) {
  const std::string blanks(50000, ' ');
  EXPECT_EQ(
      parse_npy("a.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape':" + blanks + "(2, " + blanks + "3)}",
                             std::vector<double>{1, 2, 3, 4, 5, 6.5}, 2)),
      expected);
  EXPECT_EQ(parse_npy("a.npy", npy("{'shape': (2, 3,), 'fortran_order': False, 'descr': '<f8'}",
                                   std::vector<double>{1, 2, 3, 4, 5, 6.5})),
            expected);
}

TEST(Npy, EmptyAndImpossibleShapesAreRefused) {
  for (const char* shape : {"(0, 3)", "(3, 0)", "(0, 4294967296)", "(0, 0)"})
    expect_refused(npy(dictionary("<f8", "False", shape), std::vector<double>{}), "the array in it is empty");
  const std::vector<double> numbers = {1, 2};
  for (const char* shape : {"(4294967296, 4294967296)", "(2305843009213693953, 8)", "(9223372036854775809, 2)",
                            "(18446744073709551615, 1)", "(1, 2305843009213693954)"})
    expect_refused(npy(dictionary("<f8", "False", shape), numbers), "but it is of another length");
  for (const char* shape : {"(99999999999999999999999, 1)", "(-1, 2)", "(1, 2", "()", "(1, 2, 1)"})
    expect_refused(npy(dictionary("<f8", "False", shape), numbers), "two dimensions");
}

TEST(Npy, OtherFilesAreRefused) {
  const std::vector<double> numbers = {1, 2, 3, 4, 5};
  expect_refused("", "no NumPy file");
  expect_refused("1,2,3,4,5,6,7,8,9", "no NumPy file");
  expect_refused(npy(dictionary("<f8", "False", "(5,)"), numbers), "two dimensions");
  expect_refused(npy(dictionary("<i8", "False", "(1, 5)"), numbers), "float64");
  expect_refused(npy(dictionary(">f8", "False", "(1, 5)"), numbers), "float64");
  expect_refused(npy(dictionary("<f8", "False", "(2, 3)"), numbers), "2 rows of 3 numbers");
  expect_refused(npy(dictionary("<f8", "False", "(2, 3)"), numbers).substr(0, 20), "within its header");
}

}  // namespace
}  // namespace gmmvi::io
