#pragma once

namespace gmmvi::problem {

/// Of the standard normal distribution at −1 and 1: where the central 68 % of a distribution begin and end.
inline constexpr double begin_of_central_width = 0.15865525393145705, end_of_central_width = 0.84134474606854295;

}  // namespace gmmvi::problem
