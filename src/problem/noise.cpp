#include "problem/noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/laplace.hpp>
#include <boost/math/distributions/negative_binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/printable.hpp"
#include "problem/negative_binomial.hpp"
#include "problem/quiet_boost.hpp"

namespace gmmvi::problem {

/// The noise of the m outputs that count.
class Likelihood::Noise {
 public:
  virtual ~Noise() = default;
  virtual bool supports(const Eigen::VectorXd& parameters) const = 0;
  /// Adds to log density and derivatives, which are [m] of the outputs here, and empty if not asked for.
  virtual void add_to(Value& value, const Eigen::VectorXd& outputs, const Eigen::VectorXd& parameters) const = 0;
  /// η [m] of finite outputs [m].
  virtual Eigen::VectorXd predictors(const Eigen::VectorXd& outputs) const = 0;
  /// [m x D] of η, of outputs [m] with the Jacobian [m x D].
  virtual Eigen::MatrixXd slopes(const Eigen::VectorXd& outputs, const Eigen::MatrixXd& jacobian) const = 0;
  /// Adds to an expansion of zeros.
  virtual void add_to(Expansion& expansion, const Eigen::VectorXd& predictors,
                      const Eigen::VectorXd& parameters) const = 0;
  /// Of row `row` of all, which is the `counted` of those that count, or −1.
  virtual double quantile(Eigen::Index row, Eigen::Index counted, double y, const Eigen::VectorXd& parameters,
                          double p) const = 0;
};

namespace {

constexpr double outside = -std::numeric_limits<double>::infinity();
constexpr double none = std::numeric_limits<double>::quiet_NaN();
const double log_two_pi = std::log(2.0 * std::numbers::pi);

// ----------------------------------------------------------------------------------------- densities of one datum

/// A log density and its derivatives.
struct Term {
  double log_density = outside;
  double output = 0.0;
  std::array<double, 2> arguments = {};
};

/// Of an output y and a datum d.
using Density = Term (*)(double y, double d, const std::array<double, 2>& arguments);

double log_factorial(double n) {
  return boost::math::lgamma(n + 1.0, Quiet());
}

double digamma(double x) {
  return boost::math::digamma(x, Quiet());
}

/// a · log b and a / b, which are 0 for a = 0.
double times_log(double a, double b) {
  return a == 0.0 ? 0.0 : a * std::log(b);
}

double quotient(double a, double b) {
  return a == 0.0 ? 0.0 : a / b;
}

Term gaussian(double y, double d, const std::array<double, 2>& a) {
  const double sd = a[0], z = (d - y) / sd;
  return {-0.5 * z * z - std::log(sd) - 0.5 * log_two_pi, z / sd, {(z * z - 1.0) / sd}};
}

Term gaussian_relative(double y, double d, const std::array<double, 2>& a) {
  if (y == 0.0) return {};
  const double fraction = a[0], sd = fraction * std::abs(y), z = (d - y) / sd;
  return {-0.5 * z * z - std::log(sd) - 0.5 * log_two_pi, z / sd + (z * z - 1.0) / y, {(z * z - 1.0) / fraction}};
}

Term student_t_noise(double y, double d, const std::array<double, 2>& a) {
  const double df = a[0], scale = a[1], z = (d - y) / scale, square = z * z;
  // Γ((ν+1)/2)/Γ(ν/2) as one function, since the two alone may be huge
  const double constant = -std::log(boost::math::tgamma_delta_ratio(0.5 * df, 0.5, Quiet())) -
                          0.5 * std::log(df * std::numbers::pi) - std::log(scale);
  const double pull = (df + 1.0) / (df + square), logarithm = std::log1p(square / df);
  const double by_df =
      0.5 * (digamma(0.5 * (df + 1.0)) - digamma(0.5 * df) - 1.0 / df - logarithm + pull * square / df);
  return {constant - 0.5 * (df + 1.0) * logarithm, pull * z / scale, {by_df, (pull * square - 1.0) / scale}};
}

Term laplace_noise(double y, double d, const std::array<double, 2>& a) {
  const double scale = a[0], distance = std::abs(d - y) / scale;
  const double sign = d == y ? 0.0 : d > y ? 1.0 : -1.0;
  return {-distance - std::log(2.0 * scale), sign / scale, {(distance - 1.0) / scale}};
}

Term lognormal_noise(double y, double d, const std::array<double, 2>& a) {
  if (y <= 0.0) return {};
  Term term = gaussian(std::log(y), std::log(d), a);
  term.log_density -= std::log(d);
  term.output /= y;
  return term;
}

Term poisson(double y, double d, const std::array<double, 2>& /*a*/) {
  if (y < 0.0 || (y == 0.0 && d > 0.0)) return {};
  return {times_log(d, y) - y - log_factorial(d), quotient(d, y) - 1.0, {}};
}

Term negative_binomial(double y, double d, const std::array<double, 2>& a) {
  if (y < 0.0 || (y == 0.0 && d > 0.0)) return {};
  const double dispersion = a[0], sum = y + dispersion;
  const Real ways = boost::math::lgamma(Real(d) + dispersion, Quiet()) - boost::math::lgamma(Real(dispersion), Quiet());
  return {
      static_cast<double>(ways) - log_factorial(d) + times_log(d, y / sum) - dispersion * std::log1p(y / dispersion),
      quotient(d, y) - (d + dispersion) / sum,
      {digamma(d + dispersion) - digamma(dispersion) - std::log1p(y / dispersion) + (y - d) / sum}};
}

Term binomial(double y, double d, const std::array<double, 2>& a) {
  const double trials = a[0], failures = trials - d;
  if (y < 0.0 || y > 1.0 || failures < 0.0 || (y == 0.0 && d > 0.0) || (y == 1.0 && failures > 0.0)) return {};
  const double ways = log_factorial(trials) - log_factorial(d) - log_factorial(failures);
  return {ways + times_log(d, y) + (failures == 0.0 ? 0.0 : failures * std::log1p(-y)),
          quotient(d, y) - quotient(failures, 1.0 - y),
          {digamma(trials + 1.0) - digamma(failures + 1.0) + std::log1p(-y)}};
}

// -------------------------------------------------------------------------------------- information of one datum

/// Expected minus second derivatives of a log density, of data around an output y.
struct Information {
  double output = 0.0;               // by y
  std::array<double, 2> mixed = {};  // by y and an argument
  std::array<double, 2> own = {};    // by an argument
  double arguments = 0.0;            // by both arguments
};

using InformationOf = Information (*)(double y, const std::array<double, 2>& arguments);

double trigamma(double x) {
  return boost::math::trigamma(x, Quiet());
}

Information gaussian_information(double /*y*/, const std::array<double, 2>& a) {
  const double precision = 1.0 / (a[0] * a[0]);
  return {.output = precision, .own = {2.0 * precision}};
}

Information gaussian_relative_information(double y, const std::array<double, 2>& a) {
  const double fraction = a[0], square = fraction * fraction;
  return {.output = (1.0 / square + 2.0) / (y * y), .mixed = {2.0 / (fraction * y)}, .own = {2.0 / square}};
}

// Lange, Little, Taylor 1989.
Information student_t_information(double /*y*/, const std::array<double, 2>& a) {
  const double df = a[0], scale = a[1], square = scale * scale;
  constexpr double large = 1e4;  // where all digits would cancel; then it is 3/2 ν⁻⁴
  const double of_df = df > large ? 1.5 / (df * df * df * df)
                                  : 0.25 * (trigamma(0.5 * df) - trigamma(0.5 * (df + 1.0))) -
                                        0.5 * (df + 5.0) / (df * (df + 1.0) * (df + 3.0));
  return {.output = (df + 1.0) / ((df + 3.0) * square),
          .own = {of_df, 2.0 * df / ((df + 3.0) * square)},
          .arguments = -2.0 / ((df + 1.0) * (df + 3.0) * scale)};
}

Information laplace_information(double /*y*/, const std::array<double, 2>& a) {
  const double precision = 1.0 / (a[0] * a[0]);
  return {.output = precision, .own = {precision}};
}

Information lognormal_information(double y, const std::array<double, 2>& a) {
  const double precision = 1.0 / (a[0] * a[0]);
  return {.output = precision / (y * y), .own = {2.0 * precision}};
}

Information poisson_information(double y, const std::array<double, 2>& /*a*/) {
  return {.output = 1.0 / y};
}

Information negative_binomial_information(double y, const std::array<double, 2>& a) {
  return {.output = a[0] / (y * (y + a[0])), .own = {dispersion_information(y, a[0])}};
}

// Trials that are a parameter are as good as continuous: to the first order in 1/trials.
Information binomial_information(double y, const std::array<double, 2>& a) {
  const double trials = a[0], rest = 1.0 - y;
  return {.output = trials / (y * rest), .mixed = {1.0 / rest}, .own = {y / (rest * trials)}};
}

// ------------------------------------------------------------------------------------------ predictors of outputs

/// What a predictor η says of an output y, with the sign of its datum.
enum class Link {
  identity,
  logarithm,  ///< |y| = exp(η)
  logit       ///< y = 1 / (1 + exp(−η))
};

double predictor(Link link, double y, double least) {
  if (link == Link::logarithm) return std::log(std::max(std::abs(y), least));
  if (link == Link::identity) return y;
  const double inside = std::clamp(y, least, 1.0 - least);
  return std::log(inside) - std::log1p(-inside);
}

/// dη/dy.
double predictor_slope(Link link, double y, double least) {
  if (link == Link::logarithm) return std::abs(y) > least ? 1.0 / y : 0.0;
  if (link == Link::identity) return 1.0;
  return y > least && y < 1.0 - least ? 1.0 / (y * (1.0 - y)) : 0.0;
}

/// y and dy/dη.
struct LinkedOutput {
  double value, slope;
};

LinkedOutput linked_output(Link link, double predictor, double sign) {
  constexpr double largest = 150.0, largest_logit = 30.0;  // so that squares of y and 1 − y are numbers
  if (link == Link::identity) return {predictor, 1.0};
  if (link == Link::logarithm) {
    const double y = sign * std::exp(std::clamp(predictor, -largest, largest));
    return {y, y};
  }
  const double y = 1.0 / (1.0 + std::exp(-std::clamp(predictor, -largest_logit, largest_logit)));
  return {y, y * (1.0 - y)};
}

// ----------------------------------------------------------------------------------------- quantiles of one datum

/// Of an output y, which is one that the density has.
using Quantile = double (*)(double y, double p, const std::array<double, 2>& arguments);

/// Where a distribution function that goes through that of the counts has its quantile: Boost's search for the count
/// itself takes one step after another, for ever where these are lost in rounding.
using QuietCounts =
    boost::math::policies::normalise<Quiet,
                                     boost::math::policies::discrete_quantile<boost::math::policies::real>>::type;

double count_at(double quantile) {
  return std::ceil(std::max(0.0, quantile));
}

double normal_quantile(double p) {
  return quantile(boost::math::normal_distribution<double, Quiet>(), p);
}

double gaussian_quantile(double y, double p, const std::array<double, 2>& a) {
  return y + a[0] * normal_quantile(p);
}

double gaussian_relative_quantile(double y, double p, const std::array<double, 2>& a) {
  return y + a[0] * std::abs(y) * normal_quantile(p);
}

double student_t_quantile(double y, double p, const std::array<double, 2>& a) {
  return y + a[1] * quantile(boost::math::students_t_distribution<double, Quiet>(a[0]), p);
}

double laplace_quantile(double y, double p, const std::array<double, 2>& a) {
  return quantile(boost::math::laplace_distribution<double, Quiet>(y, a[0]), p);
}

double lognormal_quantile(double y, double p, const std::array<double, 2>& a) {
  return y > 0.0 ? y * std::exp(a[0] * normal_quantile(p)) : none;
}

// Boost's searches do not end with parameters that are none.

double poisson_quantile(double y, double p, const std::array<double, 2>& /*a*/) {
  if (y <= 0.0) return y == 0.0 ? 0.0 : none;
  return count_at(quantile(boost::math::poisson_distribution<double, QuietCounts>(y), p));
}

double negative_binomial_quantile(double y, double p, const std::array<double, 2>& a) {
  if (y <= 0.0) return y == 0.0 ? 0.0 : none;
  const boost::math::negative_binomial_distribution<double, QuietCounts> counts(a[0], a[0] / (a[0] + y));
  return count_at(quantile(counts, p));
}

double binomial_quantile(double y, double p, const std::array<double, 2>& a) {
  if (y < 0.0 || y > 1.0) return none;
  if (y == 0.0 || y == 1.0) return y * a[0];
  return count_at(quantile(boost::math::binomial_distribution<double, QuietCounts>(a[0], y), p));
}

/// Which data there can be.
enum class Support { real, positive, counts };

struct RowFamily {
  std::string_view name;
  Density density;
  InformationOf information;
  Quantile quantile;
  Link link = Link::identity;
  Support support = Support::real;
};

constexpr std::array<RowFamily, 8> row_families = {
    {{"gaussian", gaussian, gaussian_information, gaussian_quantile},
     {"gaussian_relative", gaussian_relative, gaussian_relative_information, gaussian_relative_quantile,
      Link::logarithm},
     {"student_t", student_t_noise, student_t_information, student_t_quantile},
     {"laplace", laplace_noise, laplace_information, laplace_quantile},
     {"lognormal", lognormal_noise, lognormal_information, lognormal_quantile, Link::logarithm, Support::positive},
     {"poisson", poisson, poisson_information, poisson_quantile, Link::logarithm, Support::counts},
     {"negative_binomial", negative_binomial, negative_binomial_information, negative_binomial_quantile,
      Link::logarithm, Support::counts},
     {"binomial", binomial, binomial_information, binomial_quantile, Link::logit, Support::counts}}};
static_assert(row_families.size() == noise_families.size());

// ------------------------------------------------------------------------------------------------------ arguments

[[noreturn]] void refuse(const std::string& complaint) {
  throw Error(fmt::format("likelihood.noise: {}", complaint), ExitCode::configuration);
}

[[noreturn]] void fail(const std::string& place, const std::string& complaint) {
  throw Error(fmt::format("{}: {}", place, complaint), ExitCode::data);
}

std::string listed(std::span<const std::string> names) {
  return core::quotation(fmt::format("{}", fmt::join(names, ", ")));
}

/// An argument of the noise: of every row that counts, or the parameter that it is.
struct RowArgument {
  Eigen::VectorXd values = {};  // [m], or one for all rows, or none if it is
  Eigen::Index parameter = -1;  // of x,
  std::size_t derivative = 0;   // whose derivative is here in noise_parameters

  double at(Eigen::Index row, const Eigen::VectorXd& parameters) const {
    if (parameter >= 0) return parameters[parameter];
    return values[values.size() == 1 ? 0 : row];
  }
  bool is_of_rows() const { return parameter < 0 && values.size() != 1; }
};

/// Finds what the arguments of the noise are.
class Arguments {
 public:
  Arguments(const Family& family, const Data& data, const std::vector<Eigen::Index>& rows,
            std::span<const std::string> parameters, std::vector<Eigen::Index>& noise_parameters)
      : family_(family), data_(data), rows_(rows), parameters_(parameters), noise_parameters_(noise_parameters) {}

  RowArgument operator()(std::size_t number, const NoiseArgument& argument) const {
    const std::string what(family_.arguments[number].name);
    if (const double* value = std::get_if<double>(&argument)) return constant(what, *value);
    const auto& name = std::get<std::string>(argument);
    const auto parameter = std::ranges::find(parameters_, name);
    const bool is_parameter = parameter != parameters_.end(), is_column = data_.table.has(name);
    if (is_parameter && is_column)
      refuse(
          fmt::format("'{}' is both a parameter and a column of {}. Rename one of them, so that it is clear which is "
                      "meant.",
                      name, data_.table.path()));
    if (is_parameter) return of_parameter(parameter - parameters_.begin());
    if (is_column) return column(what, name);
    refuse(fmt::format("'{}' is neither a parameter ({}) nor a column of {} ({}).", core::quotation(name),
                       listed(parameters_), data_.table.path(), listed(data_.table.names())));
  }

 private:
  RowArgument constant(const std::string& what, double value) const {
    if (!(value > 0.0 && std::isfinite(value)))
      refuse(fmt::format("{} of {} has to be positive, not {}.", what, family_.name, value));
    return {.values = Eigen::VectorXd::Constant(1, value)};
  }

  RowArgument of_parameter(Eigen::Index parameter) const {
    const auto known = std::ranges::find(noise_parameters_, parameter);
    const auto derivative = static_cast<std::size_t>(known - noise_parameters_.begin());
    if (known == noise_parameters_.end()) noise_parameters_.push_back(parameter);
    return {.parameter = parameter, .derivative = derivative};
  }

  RowArgument column(const std::string& what, const std::string& name) const {
    const Eigen::VectorXd values = data_.table.column(name)(rows_);
    for (std::size_t n = 0; n < rows_.size(); ++n)
      if (const double value = values[static_cast<Eigen::Index>(n)]; !(value > 0.0))
        fail(data_.table.place(rows_[n]),
             std::isnan(value)
                 ? fmt::format("there is a datum, but no value in column {}, which is the {} of its noise.", name, what)
                 : fmt::format("column {} is {}, but the {} of the noise has to be positive.", name, value, what));
    return {.values = values};
  }

  const Family& family_;
  const Data& data_;
  const std::vector<Eigen::Index>& rows_;
  std::span<const std::string> parameters_;
  std::vector<Eigen::Index>& noise_parameters_;
};

// ---------------------------------------------------------------------------------------------------------- noise

/// Independent in every row.
class RowNoise final : public Likelihood::Noise {
 public:
  RowNoise(const RowFamily& family, Eigen::VectorXd data, std::vector<RowArgument> arguments)
      : density_(family.density),
        information_(family.information),
        quantile_(family.quantile),
        link_(family.link),
        least_(family.support == Support::counts ? fewest : std::numeric_limits<double>::min()),
        data_(std::move(data)),
        arguments_(std::move(arguments)) {}

  bool supports(const Eigen::VectorXd& parameters) const override {
    return std::ranges::all_of(
        arguments_, [&](const RowArgument& each) { return each.parameter < 0 || parameters[each.parameter] > 0.0; });
  }

  void add_to(Likelihood::Value& value, const Eigen::VectorXd& outputs,
              const Eigen::VectorXd& parameters) const override {
    std::array<double, 2> arguments = {};
    for (Eigen::Index n = 0; n < data_.size() && value.log_density != outside; ++n) {
      for (std::size_t i = 0; i < arguments_.size(); ++i) arguments[i] = arguments_[i].at(n, parameters);
      const Term term = density_(outputs[n], data_[n], arguments);
      value.log_density += term.log_density;
      if (value.outputs.size() == 0) continue;
      value.outputs[n] += term.output;
      for (std::size_t i = 0; i < arguments_.size(); ++i)
        if (arguments_[i].parameter >= 0)
          value.parameters[static_cast<Eigen::Index>(arguments_[i].derivative)] += term.arguments[i];
    }
  }

  Eigen::VectorXd predictors(const Eigen::VectorXd& outputs) const override {
    return outputs.unaryExpr([&](double y) { return predictor(link_, y, least_); });
  }

  Eigen::MatrixXd slopes(const Eigen::VectorXd& outputs, const Eigen::MatrixXd& jacobian) const override {
    return outputs.unaryExpr([&](double y) { return predictor_slope(link_, y, least_); }).asDiagonal() * jacobian;
  }

  void add_to(Likelihood::Expansion& expansion, const Eigen::VectorXd& predictors,
              const Eigen::VectorXd& parameters) const override {
    std::array<double, 2> arguments = {};
    for (Eigen::Index n = 0; n < data_.size(); ++n) {
      for (std::size_t i = 0; i < arguments_.size(); ++i) arguments[i] = arguments_[i].at(n, parameters);
      const LinkedOutput output = linked_output(link_, predictors[n], data_[n] < 0.0 ? -1.0 : 1.0);
      const Term term = density_(output.value, data_[n], arguments);
      const Information information = information_(output.value, arguments);
      expansion.by_predictors[n] += term.output * output.slope;
      expansion.information[n] += information.output * output.slope * output.slope;
      for (std::size_t i = 0; i < arguments_.size(); ++i) {
        if (arguments_[i].parameter < 0) continue;
        const auto p = static_cast<Eigen::Index>(arguments_[i].derivative);
        expansion.parameters[p] += term.arguments[i];
        expansion.mixed(n, p) += information.mixed[i] * output.slope;
        expansion.parameter_information(p, p) += information.own[i];
      }
      if (arguments_.size() < 2 || arguments_[0].parameter < 0 || arguments_[1].parameter < 0) continue;
      const auto p = static_cast<Eigen::Index>(arguments_[0].derivative);
      const auto q = static_cast<Eigen::Index>(arguments_[1].derivative);
      expansion.parameter_information(p, q) += information.arguments;
      expansion.parameter_information(q, p) += information.arguments;
    }
  }

  double quantile(Eigen::Index /*row*/, Eigen::Index counted, double y, const Eigen::VectorXd& parameters,
                  double p) const override {
    if (counted < 0 && std::ranges::any_of(arguments_, &RowArgument::is_of_rows)) return none;
    std::array<double, 2> arguments = {};
    for (std::size_t i = 0; i < arguments_.size(); ++i) arguments[i] = arguments_[i].at(counted, parameters);
    return quantile_(y, p, arguments);
  }

 private:
  static constexpr double fewest = 1e-10;  // of counts' means, and of probabilities, that are told from less

  Density density_;
  InformationOf information_;
  Quantile quantile_;
  Link link_;
  double least_;
  Eigen::VectorXd data_;  // [m]
  std::vector<RowArgument> arguments_;
};

/// Normal, with one covariance for all rows.
class CorrelatedNoise final : public Likelihood::Noise {
 public:
  CorrelatedNoise(Eigen::VectorXd deviations, Eigen::VectorXd data, Eigen::MatrixXd cholesky)
      : deviations_(std::move(deviations)),
        data_(std::move(data)),
        cholesky_(std::move(cholesky)),
        constant_(-cholesky_.diagonal().array().log().sum() - 0.5 * static_cast<double>(data_.size()) * log_two_pi) {}

  bool supports(const Eigen::VectorXd& /*parameters*/) const override { return true; }

  void add_to(Likelihood::Value& value, const Eigen::VectorXd& outputs,
              const Eigen::VectorXd& /*parameters*/) const override {
    const auto lower = cholesky_.triangularView<Eigen::Lower>();
    const Eigen::VectorXd whitened = lower.solve(data_ - outputs);
    value.log_density += constant_ - 0.5 * whitened.squaredNorm();
    if (value.outputs.size() > 0) value.outputs += lower.transpose().solve(whitened);
  }

  Eigen::VectorXd predictors(const Eigen::VectorXd& outputs) const override {
    return cholesky_.triangularView<Eigen::Lower>().solve(outputs);
  }

  Eigen::MatrixXd slopes(const Eigen::VectorXd& /*outputs*/, const Eigen::MatrixXd& jacobian) const override {
    return cholesky_.triangularView<Eigen::Lower>().solve(jacobian);
  }

  void add_to(Likelihood::Expansion& expansion, const Eigen::VectorXd& predictors,
              const Eigen::VectorXd& /*parameters*/) const override {
    expansion.by_predictors += cholesky_.triangularView<Eigen::Lower>().solve(data_) - predictors;
    expansion.information.array() += 1.0;
  }

  double quantile(Eigen::Index row, Eigen::Index /*counted*/, double y, const Eigen::VectorXd& /*parameters*/,
                  double p) const override {
    return y + deviations_[row] * normal_quantile(p);
  }

 private:
  Eigen::VectorXd deviations_;  // [M]
  Eigen::VectorXd data_;        // [m]
  Eigen::MatrixXd cholesky_;    // [m x m] lower triangular
  double constant_;
};

// --------------------------------------------------------------------------------------------------- construction

std::vector<Eigen::Index> rows_with_values(const Eigen::VectorXd& data) {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index n = 0; n < data.size(); ++n)
    if (!std::isnan(data[n])) rows.push_back(n);
  return rows;
}

const char* complaint(Support support, double datum) {
  if (support == Support::positive && datum <= 0.0) return "positive numbers";
  if (support == Support::counts && (datum < 0.0 || datum != std::floor(datum)))
    return "counts, whole numbers that are not negative";
  return nullptr;
}

const Family& noise_family(const LikelihoodOptions& options) {
  const auto family = std::ranges::find(noise_families, options.family, &Family::name);
  if (family == noise_families.end()) refuse(fmt::format("there is no noise called '{}'.", options.family));
  if (options.covariance.empty() && options.arguments.size() != family->count)
    refuse(fmt::format("{} takes {} arguments, not {}.", options.family, family->count, options.arguments.size()));
  if (!options.covariance.empty() && (options.family != "gaussian" || !options.arguments.empty()))
    refuse(
        fmt::format("a covariance ({}) is the one argument of gaussian noise, and of no other.", options.covariance));
  return *family;
}

void check_variances(const std::string& path, const Eigen::MatrixXd& covariance, Eigen::Index outputs) {
  if (covariance.rows() != outputs || covariance.cols() != outputs)
    fail(path, fmt::format("the covariance is of {} outputs, but the data have {} rows (those without a value count).",
                           covariance.rows(), outputs));
  for (Eigen::Index n = 0; n < outputs; ++n)
    if (!(covariance(n, n) > 0.0))
      fail(path, fmt::format("the variance in row {} is {}; it has to be positive.", n + 1, covariance(n, n)));
}

void check_symmetry(const std::string& path, const Eigen::MatrixXd& covariance) {
  constexpr double rounding = 1e-8;  // of files with few digits
  for (Eigen::Index i = 0; i < covariance.rows(); ++i)
    for (Eigen::Index j = 0; j < i; ++j) {
      const double scale = std::sqrt(covariance(i, i)) * std::sqrt(covariance(j, j));
      if (std::abs(covariance(i, j) - covariance(j, i)) > rounding * scale)
        fail(path, fmt::format("a covariance is symmetric, but row {}, column {} is {}, and row {}, column {} is {}.",
                               i + 1, j + 1, covariance(i, j), j + 1, i + 1, covariance(j, i)));
    }
}

Eigen::MatrixXd cholesky_factor(const std::string& path, const Eigen::MatrixXd& covariance) {
  const Eigen::MatrixXd symmetric = 0.5 * (covariance + covariance.transpose());
  const Eigen::LLT<Eigen::MatrixXd> cholesky(symmetric);
  if (cholesky.info() == Eigen::Success) return cholesky.matrixL();
  const Eigen::VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(symmetric, Eigen::EigenvaluesOnly).eigenvalues();
  fail(path, fmt::format("the covariance is not positive definite: its eigenvalues are from {:.6g} to {:.6g}. If it is "
                         "singular, add a small variance to its diagonal; if it is an estimate, take one that is sure "
                         "to be positive definite.",
                         eigenvalues.minCoeff(), eigenvalues.maxCoeff()));
}

/// The data that count: their rows, and their values.
struct Counted {
  const std::vector<Eigen::Index>& rows;
  Eigen::VectorXd values;
};

std::shared_ptr<const Likelihood::Noise> correlated(const LikelihoodOptions& options, const Data& data,
                                                    const Counted& counted) {
  check_variances(options.covariance, data.covariance, data.table.rows());
  check_symmetry(options.covariance, data.covariance);
  const Eigen::MatrixXd part = data.covariance(counted.rows, counted.rows);
  return std::make_shared<CorrelatedNoise>(data.covariance.diagonal().cwiseSqrt(), counted.values,
                                           cholesky_factor(options.covariance, part));
}

void check_data(const RowFamily& family, const LikelihoodOptions& options, const Data& data, const Counted& counted) {
  for (std::size_t n = 0; n < counted.rows.size(); ++n)
    if (const double datum = counted.values[static_cast<Eigen::Index>(n)];
        const char* needed = complaint(family.support, datum))
      fail(data.table.place(counted.rows[n]),
           fmt::format("column {} is {}, but data with {} noise are {}.", options.column, datum, family.name, needed));
}

void check_trials(const LikelihoodOptions& options, const Data& data, const Counted& counted,
                  const RowArgument& trials) {
  if (trials.parameter >= 0) return;
  for (std::size_t n = 0; n < counted.rows.size(); ++n) {
    const auto at = static_cast<Eigen::Index>(n);
    const double most = trials.at(at, {}), datum = counted.values[at];
    if (most != std::floor(most))
      fail(data.table.place(counted.rows[n]), fmt::format("the trials of binomial noise are counts, not {}.", most));
    if (datum > most)
      fail(data.table.place(counted.rows[n]),
           fmt::format("column {} is {}, but there were only {} trials.", options.column, datum, most));
  }
}

}  // namespace

Likelihood::Likelihood(const LikelihoodOptions& options, const Data& data, std::span<const std::string> parameters)
    : outputs_(data.table.rows()) {
  const Family& family = noise_family(options);
  if (!data.table.has(options.column))
    throw Error(
        fmt::format("likelihood.column: {} has no column '{}'. Its columns are {}. Name the one that the outputs "
                    "are compared with; without likelihood.column it is 'value'.",
                    data.table.path(), core::quotation(options.column), listed(data.table.names())),
        ExitCode::configuration);
  const Eigen::VectorXd all = data.table.column(options.column);
  rows_ = rows_with_values(all);
  if (rows_.empty())
    fail(data.table.path(),
         fmt::format("column {} has no value at all: there is nothing to compare outputs with.", options.column));
  const Counted counted{.rows = rows_, .values = all(rows_)};
  if (!options.covariance.empty()) {
    noise_ = correlated(options, data, counted);
    return;
  }
  const RowFamily& rows = *std::ranges::find(row_families, options.family, &RowFamily::name);
  check_data(rows, options, data, counted);
  const Arguments find(family, data, counted.rows, parameters, noise_parameters_);
  std::vector<RowArgument> arguments;
  for (std::size_t i = 0; i < family.count; ++i) arguments.push_back(find(i, options.arguments[i]));
  if (rows.density == binomial) check_trials(options, data, counted, arguments.front());
  noise_ = std::make_shared<RowNoise>(rows, counted.values, std::move(arguments));
}

bool Likelihood::supports(const Eigen::VectorXd& parameters) const {
  return noise_->supports(parameters);
}

Likelihood::Value Likelihood::value(const Eigen::VectorXd& outputs, const Eigen::VectorXd& parameters,
                                    bool want_gradients) const {
  GMMVI_GUARD(outputs.size() == outputs_, "an output for every row of the data");
  const Eigen::VectorXd counted = outputs(rows_);
  Value value = zero(want_gradients, rows_.size());
  if (!supports(parameters))
    value.log_density = outside;
  else if (!counted.allFinite())
    value.log_density = std::numeric_limits<double>::quiet_NaN();
  else
    noise_->add_to(value, counted, parameters);
  if (!want_gradients) return value;
  Eigen::VectorXd all = Eigen::VectorXd::Zero(outputs_);
  all(rows_) = value.outputs;
  value.outputs = std::move(all);
  return value;
}

Eigen::VectorXd Likelihood::predictors(const Eigen::VectorXd& outputs) const {
  GMMVI_GUARD(outputs.size() == outputs_, "an output for every row of the data");
  const Eigen::VectorXd counted = outputs(rows_);
  return counted.allFinite() ? noise_->predictors(counted) : Eigen::VectorXd::Constant(counted.size(), none);
}

Eigen::MatrixXd Likelihood::slopes(const Eigen::VectorXd& outputs, const Eigen::MatrixXd& jacobian) const {
  GMMVI_GUARD(outputs.size() == outputs_ && jacobian.rows() == outputs_, "an output for every row of the data");
  const Eigen::VectorXd counted = outputs(rows_);
  const Eigen::MatrixXd of_counted = jacobian(rows_, Eigen::all);
  return counted.allFinite() ? noise_->slopes(counted, of_counted)
                             : Eigen::MatrixXd::Constant(counted.size(), jacobian.cols(), none);
}

Likelihood::Expansion Likelihood::expansion(const Eigen::VectorXd& predictors,
                                            const Eigen::VectorXd& parameters) const {
  const auto m = static_cast<Eigen::Index>(rows_.size()), p = static_cast<Eigen::Index>(noise_parameters_.size());
  GMMVI_GUARD(predictors.size() == m, "a predictor for every row that counts");
  Expansion expansion{Eigen::VectorXd::Zero(m), Eigen::VectorXd::Zero(m), Eigen::VectorXd::Zero(p),
                      Eigen::MatrixXd::Zero(m, p), Eigen::MatrixXd::Zero(p, p)};
  noise_->add_to(expansion, predictors, parameters);
  return expansion;
}

double Likelihood::quantile(Eigen::Index row, double y, const Eigen::VectorXd& parameters, double p) const {
  if (!std::isfinite(y) || !supports(parameters)) return none;
  const auto place = std::ranges::lower_bound(rows_, row);
  const bool counts = place != rows_.end() && *place == row;
  return noise_->quantile(row, counts ? place - rows_.begin() : -1, y, parameters, p);
}

Likelihood::Value Likelihood::zero(bool gradients, std::size_t outputs) const {
  const auto zeros = [&](std::size_t size) {
    return Eigen::VectorXd(Eigen::VectorXd::Zero(gradients ? static_cast<Eigen::Index>(size) : 0));
  };
  return {0.0, zeros(outputs), zeros(noise_parameters_.size())};
}

}  // namespace gmmvi::problem
