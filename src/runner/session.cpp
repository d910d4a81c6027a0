#include "runner/session.hpp"

#include <utility>

#include "comm/on_root.hpp"
#include "core/contract.hpp"

namespace gmmvi::runner {

namespace {

/// That of journals and checkpoints.
io::Fingerprint without_simulator(io::Fingerprint fingerprint) {
  fingerprint.simulator.clear();
  return fingerprint;
}

}  // namespace

Session::Session(const Target& target, io::Fingerprint fingerprint, const KeepOptions& keep, Communicator ranks)
    : keep_(keep),
      cheap_(target.cheap()),
      fingerprint_(without_simulator(std::move(fingerprint))),
      ranks_(std::move(ranks)),
      archive_(std::make_shared<evaluation::JournalArchive>(target.dimension(), io::to_text(fingerprint_))) {}

void Session::enter(const std::string& folder) {
  GMMVI_EXPECT(!checkpoints_, "a session has one folder");
  comm::attempt_on_root(ranks_, [&] { lock_.emplace(folder); });
  checkpoints_.emplace(folder, keep_, cheap_, archive_, ranks_, fingerprint_);
}

std::optional<io::Checkpoint> Session::restore(Gmmvi& gmmvi, const std::function<Gmmvi()>& make) {
  GMMVI_EXPECT(!archive_->keeps(), "what was before the job is read before it begins");
  return checkpoints().restore(gmmvi, make);
}

void Session::begin_job() {
  checkpoints().begin_job();
}

Checkpoints& Session::checkpoints() {
  GMMVI_EXPECT(checkpoints_, "enter() comes first");
  return *checkpoints_;
}

}  // namespace gmmvi::runner
