#include "comm/on_root.hpp"

#include <optional>
#include <string>

namespace gmmvi::comm {
namespace {

/// Rank 0's error, on every rank.
std::optional<CollectiveError> shared(const Communicator& ranks, const std::optional<CollectiveError>& error) {
  bool failed = error.has_value();
  ranks.broadcast(failed);
  if (!failed) return std::nullopt;
  std::string message = error ? error->what() : "";
  ExitCode code = error ? error->code() : ExitCode::failure;
  ranks.broadcast(message);
  ranks.broadcast(code);
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
  const auto error = shared(ranks, ranks.is_root() ? error_of(body) : std::nullopt);
  if (error) throw *error;
}

}  // namespace gmmvi::comm
