#pragma once

#include <exception>
#include <new>
#include <string>

#include <fmt/format.h>

#include "core/printable.hpp"

namespace gmmvi::solver {

/// What is said where a strategy, which may be the user's own, has thrown this.
inline std::string strategy_failure(const std::exception& error) {
  const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  return fmt::format("a strategy failed: {}", memory ? "there is not enough memory" : core::reason(error.what()));
}

}  // namespace gmmvi::solver
