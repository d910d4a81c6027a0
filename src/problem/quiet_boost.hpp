#pragma once

#include <boost/math/policies/policy.hpp>

namespace gmmvi::problem {

/// How Boost.Math is used here: results that no number can hold become ±∞, 0 or NaN, never an exception.
using Quiet = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::pole_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::underflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::denorm_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
    boost::math::policies::indeterminate_result_error<boost::math::policies::ignore_error>>;

/// What is computed with where differences of large numbers, or tails of 10⁻⁴⁰⁰, would be too much for doubles.
using Real = long double;

}  // namespace gmmvi::problem
