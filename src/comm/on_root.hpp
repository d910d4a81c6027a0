#pragma once

#include <functional>
#include <type_traits>

#include "gmmvi/communicator.hpp"

#include "comm/guard.hpp"

namespace gmmvi::comm {

/// Runs `body` on rank 0 only. If it throws an Error there, every rank throws it as CollectiveError with the same
/// message and exit code. Other exceptions are bugs and stay on rank 0. Collective.
void attempt_on_root(const Communicator& ranks, const std::function<void()>& body);

/// Runs `body` on every rank. If it throws an Error on any, every rank throws that of the lowest such rank as
/// CollectiveError. Collective, while `body` is not.
void attempt_on_all(const Communicator& ranks, const std::function<void()>& body);

/// attempt_on_root for a body with a result: what it returned on rank 0, and a default value elsewhere. Collective.
template <class Body>
std::invoke_result_t<Body> on_root(const Communicator& ranks, Body body) {
  if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
    attempt_on_root(ranks, body);
  } else {
    std::invoke_result_t<Body> result{};
    attempt_on_root(ranks, [&] { result = body(); });
    return result;
  }
}

}  // namespace gmmvi::comm
