#include "comm/on_root.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/printable.hpp"

namespace gmmvi::comm {
namespace {

/// The error that `rank` has, on every rank.
CollectiveError shared(const Communicator& ranks, const std::optional<CollectiveError>& error, int rank) {
  std::string message = error ? core::message(error->what()) : "";
  ExitCode code = error ? error->code() : ExitCode::failure;
  ranks.broadcast(message, rank);
  ranks.broadcast(code, rank);
  return CollectiveError(message, code);
}

std::optional<CollectiveError> error_of(const std::function<void()>& body) {
  try {
    body();
    return std::nullopt;
  } catch (const Error& error) {
    return CollectiveError(error.what(), error.code());
  }
}

}  // namespace

void attempt_on_root(const Communicator& ranks, const std::function<void()>& body) {
  const auto error = ranks.is_root() ? error_of(body) : std::nullopt;
  bool failed = error.has_value();
  ranks.broadcast(failed);
  if (failed) throw shared(ranks, error, 0);
}

void attempt_on_all(const Communicator& ranks, const std::function<void()>& body) {
  const auto error = error_of(body);
  const std::vector<int> failed = ranks.all_gather(error ? 1 : 0);
  const auto first = std::ranges::find(failed, 1);
  if (first != failed.end()) throw shared(ranks, error, static_cast<int>(first - failed.begin()));
}

}  // namespace gmmvi::comm
