#include "target/logistic_regression.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"

namespace gmmvi::target {
namespace {

// The compiler's vector type: one register with AVX, two with SSE2.
using Vector = double __attribute__((vector_size(32)));
constexpr Eigen::Index width = 4;
constexpr Eigen::Index strip_width = 16;

// t becomes exp(t), for t <= 0: to about one unit in the last place, exactly 1 at 0; below −708 as at −708. It takes
// two thirds of the time of Eigen's exp, with which a third of an evaluation would go there. exp(t) = 2^n exp(r), |r|
// <= log(2)/2, Taylor series in r.
void exp_of_negative(Vector& t) {
  using Integers = std::int64_t __attribute__((vector_size(32)));
  constexpr double to_integer = 0x1.8p52;  // added to a small number, leaves it rounded in the lowest bits
  t = t < -708.0 ? Vector{} - 708.0 : t;
  const Vector shifted = t * std::numbers::log2e + to_integer;
  const Vector n = shifted - to_integer;
  const Vector r = (t - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;  // log(2) in two parts
  Vector series = Vector{} + 1.0 / 6227020800.0;
  for (const double factorial :
       {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0}) {
    series = series * r + 1.0 / factorial;
  }
  const Integers power = (reinterpret_cast<Integers>(shifted) + 1023) << 52;
  t = series * reinterpret_cast<Vector>(power);
}

// A · x for a strip of samples: y_o += Σ_i A(o, i) x_i, i in order. x [strip x inputs], y [strip x outputs].
struct Coefficients {
  const double* data;
  Eigen::Index outputs, inputs, output_stride, input_stride;
};

// Outputs `first` … first+T−1, for V vectors of samples. With 6 x 2 the sums and their operands fill AVX's 16
// registers.
template <int T, int V>
void add_tile(const Coefficients& a, Eigen::Index first, const double* x, double* y) {
  auto at = [&](int t, int v) -> Vector& {
    return *reinterpret_cast<Vector*>(y + (first + t) * strip_width + v * width);
  };
  const double* coefficient = a.data + first * a.output_stride;
  Vector sums[T][V];
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) sums[t][v] = at(t, v);
  for (Eigen::Index i = 0; i < a.inputs; ++i, coefficient += a.input_stride) {
    const auto* in = reinterpret_cast<const Vector*>(x + i * strip_width);
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v) sums[t][v] += coefficient[t * a.output_stride] * in[v];
  }
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) at(t, v) = sums[t][v];
}

void add_product(const Coefficients& a, const double* x, double* y) {
  constexpr Eigen::Index half = strip_width / 2;
  Eigen::Index first = 0;
  for (; first + 6 <= a.outputs; first += 6) {
    add_tile<6, 2>(a, first, x, y);
    add_tile<6, 2>(a, first, x + half, y + half);
  }
  for (; first + 2 <= a.outputs; first += 2) add_tile<2, 4>(a, first, x, y);
  if (first < a.outputs) add_tile<1, 4>(a, first, x, y);
}

// Of one observation, for a strip of samples with margins u: sum += min(u, 0), product *= 1 + exp(−|u|), and u becomes
// σ(−u) if that is wanted.
void add_likelihood(double* u, double* sum, double* product, bool want_sigmoid) {
  for (Eigen::Index v = 0; v < strip_width; v += width) {
    Vector& margin = *reinterpret_cast<Vector*>(u + v);
    Vector exponential = margin < 0.0 ? margin : -margin;
    exp_of_negative(exponential);
    const Vector factor = 1.0 + exponential;
    *reinterpret_cast<Vector*>(sum + v) += margin < 0.0 ? margin : Vector{};
    *reinterpret_cast<Vector*>(product + v) *= factor;
    if (want_sigmoid) margin = (margin < 0.0 ? Vector{} + 1.0 : exponential) / factor;
  }
}

// Sums in plain order: every rank must get the same bits, wherever its copy of the table lies in memory.
double mean_of(const Eigen::Ref<const Eigen::VectorXd>& values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0.0;
  for (const double value : values) mean += value / count;
  return mean;
}

double standard_deviation(const Eigen::Ref<const Eigen::VectorXd>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = mean_of(values);
  double variance = 0.0;
  for (const double value : values) variance += (value - mean) * (value - mean) / count;
  return std::sqrt(variance);
}

double checked_scale(const LabelledTable& table, Eigen::Index f) {
  const double scale = standard_deviation(table.features.col(f));
  if (scale > 0.0 && std::isfinite(scale)) return scale;
  throw Error(
      fmt::format("Feature '{}' cannot be divided by its standard deviation, which is {}. Remove or rescale it.",
                  table.names[static_cast<std::size_t>(f)], scale),
      ExitCode::data);
}

}  // namespace

std::optional<std::string> far_from_zero(const LabelledTable& table) {
  constexpr double far = 100.0;  // standard deviations
  for (Eigen::Index f = 0; f < table.features.cols(); ++f) {
    const double mean = mean_of(table.features.col(f)), deviation = standard_deviation(table.features.col(f));
    if (std::abs(mean) < far * deviation) continue;
    return fmt::format(
        "the mean of feature '{}', {:.6g}, is {:.0f} of its standard deviations from 0. Features are divided by their "
        "standard deviation, but not centred, so that the prior of the intercept holds its coefficient near 0, "
        "whatever "
        "the data say. With `center: true` in the target's section features are taken less their mean.",
        table.names[static_cast<std::size_t>(f)], mean, std::abs(mean) / deviation);
  }
  return std::nullopt;
}

SignedRows signed_rows(const LabelledTable& table, bool center) {
  GMMVI_GUARD(table.labels.size() == table.features.rows(), "one label for every row");
  SignedRows data{.names = table.names, .rows = Eigen::MatrixXd(table.features.rows(), table.features.cols() + 1)};
  data.names.insert(data.names.begin(), "intercept");
  const Eigen::VectorXd signs = 1.0 - 2.0 * table.labels.array();
  data.rows.col(0) = signs;
  for (Eigen::Index f = 0; f < table.features.cols(); ++f)
    data.rows.col(f + 1) = (center ? Eigen::VectorXd(table.features.col(f).array() - mean_of(table.features.col(f)))
                                   : table.features.col(f))
                               .cwiseProduct(signs) /
                           checked_scale(table, f);
  return data;
}

// A row of zeros has likelihood 1/2 and gradient 0.
LogisticRegression::LogisticRegression(const SignedRows& data, double prior_std)
    : names_(data.names), prior_precision_(1.0 / (prior_std * prior_std)) {
  GMMVI_EXPECT(prior_std > 0.0, fmt::format("prior_std = {}", prior_std));
  const Eigen::Index observations = data.rows.rows();
  const Eigen::Index parameters = data.rows.cols();
  signed_rows_.setZero((observations + chunk - 1) / chunk * chunk, parameters);
  signed_rows_.topRows(observations) = data.rows;
  padding_ = static_cast<double>(signed_rows_.rows() - observations);
  log_prior_normalizer_ =
      -static_cast<double>(parameters) * (std::log(prior_std) + 0.5 * std::log(2 * std::numbers::pi));
  static_assert(strip == strip_width);
  theta_.resize(strip, parameters);
  margins_.resize(strip, chunk);
  gradient_.resize(strip, parameters);
}

Evaluation LogisticRegression::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                        std::span<const SampleId> /*ids*/, bool want_gradients) {
  GMMVI_GUARD(samples.rows() == dimension(), "samples are [D x n]");
  Evaluation result = Evaluation::of_size(dimension(), samples.cols(), want_gradients);
  for (Eigen::Index first = 0; first < samples.cols(); first += strip) {
    const Eigen::Index count = std::min(strip, samples.cols() - first);
    load(samples.middleCols(first, count));
    if (want_gradients) gradient_ = -prior_precision_ * theta_;
    add_log_likelihood(want_gradients);
    result.log_densities.segment(first, count) = log_density_.head(count);
    if (!want_gradients) continue;
    result.gradients.middleCols(first, count) = gradient_.topRows(count).transpose();
  }
  return result;
}

// Copies samples into the aligned workspace and starts from their prior. It sees every coordinate, so it tells which
// samples are usable: it is NaN where a coordinate is, and −∞ where one is infinite or overflows when squared.
void LogisticRegression::load(const Eigen::Ref<const Eigen::MatrixXd>& samples) {
  theta_.setZero();
  theta_.topRows(samples.cols()) = samples.transpose().array();
  log_density_.setZero();
  for (Eigen::Index d = 0; d < theta_.cols(); ++d) log_density_ += theta_.col(d).square();
  log_density_ = log_prior_normalizer_ - 0.5 * prior_precision_ * log_density_;
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    if (!std::isfinite(log_density_[n])) theta_.row(n).setZero();
  }
}

// Σ log σ(u), u = rows·θ, as Σ min(u, 0) − log Π (1 + exp(−|u|)): a factor is at most 2, so their product over a chunk
// does not overflow and needs one logarithm. Gradient: Σ σ(−u) row.
void LogisticRegression::add_log_likelihood(bool want_gradients) {
  PerSample sum = PerSample::Constant(padding_ * std::numbers::ln2);
  for (Eigen::Index first = 0; first < signed_rows_.rows(); first += chunk) {
    const double* rows = signed_rows_.row(first).data();
    margins_.setZero();
    add_product({rows, chunk, dimension(), dimension(), 1}, theta_.data(), margins_.data());
    PerSample product = PerSample::Ones();
    for (Eigen::Index i = 0; i < chunk; ++i) {
      add_likelihood(margins_.col(i).data(), sum.data(), product.data(), want_gradients);
    }
    sum -= product.log();
    if (want_gradients) add_product({rows, dimension(), chunk, 1, dimension()}, margins_.data(), gradient_.data());
  }
  log_density_ += sum;
}

}  // namespace gmmvi::target
