#include "math/lane_products.hpp"

namespace gmmvi::math {
namespace {

// The compiler's vector types. With AVX-512 a register holds 8 doubles, and 4 of them a block; with AVX 4 (two
// registers with SSE2), and half a block is worked on at a time. A tile of rows keeps the arithmetic units busy while
// its sums and their operands fit into the registers.
#ifdef __AVX512F__
constexpr int doubles = 8;
constexpr int rows = 6;
#else
constexpr int doubles = 4;
constexpr int rows = 3;
#endif
using Vector = double __attribute__((vector_size(doubles * sizeof(double))));
constexpr int vectors = 4;
constexpr Eigen::Index part = Eigen::Index{vectors} * doubles;  // of a block
static_assert(lanes % part == 0);
static_assert(alignof(Vector) <= EIGEN_MAX_ALIGN_BYTES);

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
void lower_rows(const double* t, Eigen::Index dimension, Eigen::Index first, const double* x, double* y) {
  const double* row = t + first * dimension;
  Sums<R> sums;
  for (Eigen::Index j = 0; j < first + R; ++j) sums.add(x + j * lanes, [&](int r) { return row[r * dimension + j]; });
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < vectors; ++p) reinterpret_cast<Vector*>(y + (first + r) * lanes)[p] = sums.at[r][p];
}

template <int R>
void transposed_rows(const double* t, Eigen::Index dimension, Eigen::Index first, const double* x, double* y) {
  Sums<R> sums;
  for (Eigen::Index i = first; i < dimension; ++i)
    sums.add(x + i * lanes, [&](int r) { return t[i * dimension + first + r]; });
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < vectors; ++p) reinterpret_cast<Vector*>(y + (first + r) * lanes)[p] -= sums.at[r][p];
}

// Calls rows_of.template operator()<R>(first) for the R <= rows that remain at the end, if any.
template <int R, class RowsOf>
void last_tile(Eigen::Index first, Eigen::Index remaining, const RowsOf& rows_of) {
  if constexpr (R > 0) {
    if (remaining == R)
      rows_of.template operator()<R>(first);
    else
      last_tile<R - 1>(first, remaining, rows_of);
  }
}

// Calls rows_of.template operator()<R>(first) for tiles that cover begin … end−1.
template <class RowsOf>
void for_each_tile(Eigen::Index begin, Eigen::Index end, const RowsOf& rows_of) {
  Eigen::Index first = begin;
  for (; first + rows <= end; first += rows) rows_of.template operator()<rows>(first);
  last_tile<rows - 1>(first, end - first, rows_of);
}

}  // namespace

void lower_product(const double* t, Eigen::Index dimension, const double* x, double* y, Eigen::Index samples) {
  lower_product_rows(t, dimension, 0, dimension, x, y, samples);
}

void lower_product_rows(const double* t, Eigen::Index dimension, Eigen::Index begin, Eigen::Index end, const double* x,
                        double* y, Eigen::Index samples) {
  for (Eigen::Index offset = 0; offset < samples; offset += part)
    for_each_tile(begin, end,
                  [&]<int R>(Eigen::Index first) { lower_rows<R>(t, dimension, first, x + offset, y + offset); });
}

void subtract_lower_transposed_product(const double* t, Eigen::Index dimension, const double* x, double* y) {
  for (Eigen::Index offset = 0; offset < lanes; offset += part)
    for_each_tile(0, dimension,
                  [&]<int R>(Eigen::Index first) { transposed_rows<R>(t, dimension, first, x + offset, y + offset); });
}

}  // namespace gmmvi::math
