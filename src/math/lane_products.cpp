#include "math/lane_products.hpp"

namespace gmmvi::math {
namespace {

// The compiler's vector type: one register with AVX, two with SSE2.
using Vector = double __attribute__((vector_size(32)));
constexpr int vectors = 4;  // of half a block: with 3 rows the 12 sums and their operands fill the 16 registers of AVX
constexpr int rows = 3;
constexpr Eigen::Index half = Eigen::Index{vectors} * 4;
static_assert(lanes == 2 * half);

template <int R>
struct Sums {
  Vector at[R][vectors] = {};

  // sum_r += coefficient(r) · x, for half a block of samples
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

// Calls rows_of.template operator()<R>(first) for tiles that cover 0 … dimension−1.
template <class RowsOf>
void for_each_tile(Eigen::Index dimension, const RowsOf& rows_of) {
  Eigen::Index first = 0;
  for (; first + rows <= dimension; first += rows) rows_of.template operator()<rows>(first);
  if (dimension - first == 2) rows_of.template operator()<2>(first);
  if (dimension - first == 1) rows_of.template operator()<1>(first);
}

}  // namespace

void lower_product(const double* t, Eigen::Index dimension, const double* x, double* y) {
  for (Eigen::Index offset = 0; offset < lanes; offset += half)
    for_each_tile(dimension,
                  [&]<int R>(Eigen::Index first) { lower_rows<R>(t, dimension, first, x + offset, y + offset); });
}

void subtract_lower_transposed_product(const double* t, Eigen::Index dimension, const double* x, double* y) {
  for (Eigen::Index offset = 0; offset < lanes; offset += half)
    for_each_tile(dimension,
                  [&]<int R>(Eigen::Index first) { transposed_rows<R>(t, dimension, first, x + offset, y + offset); });
}

}  // namespace gmmvi::math
