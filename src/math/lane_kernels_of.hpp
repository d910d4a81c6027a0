// What is compiled once for every kind of CPU, and included by those files alone. Nothing that other files may have,
// too, is used here: the linker keeps one of several copies of an inline function, and might take that of a CPU which
// is not there.

#include "math/lane_kernels.hpp"

namespace gmmvi::math {
namespace {

constexpr std::ptrdiff_t lanes = 32;

// The compiler's vector types. With AVX-512 a register holds 8 doubles, and 4 of them a block; with AVX 4 (two
// registers with SSE2), and half a block is worked on at a time. A tile of rows keeps the arithmetic units busy while
// its sums and their operands fit into the registers.
constexpr int doubles = GMMVI_KERNEL_DOUBLES;
constexpr int rows = doubles == 8 ? 6 : 3;
using Vector = double __attribute__((vector_size(doubles * sizeof(double))));
constexpr int vectors = 4;
constexpr std::ptrdiff_t part = std::ptrdiff_t{vectors} * doubles;  // of a block
static_assert(lanes % part == 0);

template <int R>
struct Sums {
  Vector at[R][vectors] = {};

  // sum_r += coefficient(r) · x, for a part of a block of samples
  template <class Coefficient>
  void add(const double* x, const Coefficient& coefficient) {
    const auto* v = reinterpret_cast<const Vector*>(x);
    for (int r = 0; r < R; ++r)
      for (int p = 0; p < vectors; ++p) at[r][p] += coefficient(r) * v[p];
  }
};

template <int R>
void lower_rows(const double* t, std::ptrdiff_t dimension, std::ptrdiff_t first, const double* x, double* y) {
  const double* row = t + first * dimension;
  Sums<R> sums;
  for (std::ptrdiff_t j = 0; j < first + R; ++j) sums.add(x + j * lanes, [&](int r) { return row[r * dimension + j]; });
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < vectors; ++p) reinterpret_cast<Vector*>(y + (first + r) * lanes)[p] = sums.at[r][p];
}

template <int R>
void transposed_rows(const double* t, std::ptrdiff_t dimension, std::ptrdiff_t first, const double* x, double* y) {
  Sums<R> sums;
  for (std::ptrdiff_t i = first; i < dimension; ++i)
    sums.add(x + i * lanes, [&](int r) { return t[i * dimension + first + r]; });
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < vectors; ++p) reinterpret_cast<Vector*>(y + (first + r) * lanes)[p] -= sums.at[r][p];
}

// Calls rows_of.template operator()<R>(first) for the R <= rows that remain at the end, if any.
template <int R, class RowsOf>
void last_tile(std::ptrdiff_t first, std::ptrdiff_t remaining, const RowsOf& rows_of) {
  if constexpr (R > 0) {
    if (remaining == R)
      rows_of.template operator()<R>(first);
    else
      last_tile<R - 1>(first, remaining, rows_of);
  }
}

// Calls rows_of.template operator()<R>(first) for tiles that cover begin … end−1.
template <class RowsOf>
void for_each_tile(std::ptrdiff_t begin, std::ptrdiff_t end, const RowsOf& rows_of) {
  std::ptrdiff_t first = begin;
  for (; first + rows <= end; first += rows) rows_of.template operator()<rows>(first);
  last_tile<rows - 1>(first, end - first, rows_of);
}

void lower_product_rows(const double* t, std::ptrdiff_t dimension, std::ptrdiff_t begin, std::ptrdiff_t end,
                        const double* x, double* y, std::ptrdiff_t samples) {
  for (std::ptrdiff_t offset = 0; offset < samples; offset += part)
    for_each_tile(begin, end,
                  [&]<int R>(std::ptrdiff_t first) { lower_rows<R>(t, dimension, first, x + offset, y + offset); });
}

void subtract_lower_transposed_product(const double* t, std::ptrdiff_t dimension, const double* x, double* y) {
  for (std::ptrdiff_t offset = 0; offset < lanes; offset += part)
    for_each_tile(0, dimension, [&]<int R>(std::ptrdiff_t first) {
      transposed_rows<R>(t, dimension, first, x + offset, y + offset);
    });
}

}  // namespace

extern const LaneKernels GMMVI_KERNEL;
const LaneKernels GMMVI_KERNEL = {GMMVI_KERNEL_NAME, lower_product_rows, subtract_lower_transposed_product};

}  // namespace gmmvi::math
