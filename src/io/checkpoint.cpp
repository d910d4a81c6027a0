#include "io/checkpoint.hpp"

#include <cstddef>
#include <cstring>
#include <exception>
#include <sstream>
#include <string_view>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/archive/impl/archive_serializer_map.ipp>
#include <boost/archive/impl/basic_binary_iarchive.ipp>
#include <boost/archive/impl/basic_binary_iprimitive.ipp>
#include <boost/serialization/array_optimization.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/utility.hpp>
#include <boost/serialization/vector.hpp>
#include <boost/serialization/version.hpp>
#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/checksum.hpp"

BOOST_CLASS_VERSION(gmmvi::SolverState, 3)
BOOST_CLASS_VERSION(gmmvi::LearntIteration, 2)
BOOST_CLASS_VERSION(gmmvi::ComponentRecord, 3)
BOOST_CLASS_VERSION(gmmvi::ComponentRecord::Promise, 1)

namespace gmmvi {
namespace io {

/// Reads what a binary_oarchive has written, and takes no count for true that the bytes left cannot bear: else a
/// damaged one would ask for all the memory there is.
class InputArchive
    : public boost::archive::binary_iarchive_impl<InputArchive, std::istream::char_type, std::istream::traits_type> {
  using Base = boost::archive::binary_iarchive_impl<InputArchive, std::istream::char_type, std::istream::traits_type>;

 public:
  explicit InputArchive(std::istringstream& content) : Base(content, boost::archive::no_header), content_(content) {}

  template <class T>
  void load_override(T& value) {
    Base::load_override(value);
  }
  void load_override(boost::serialization::collection_size_type& count) {
    Base::load_override(count);
    require_left(count);
  }
  template <class T>
  void load(T& value) {
    Base::load(value);
  }
  void load(bool& value) {
    char byte = 0;  // a bool that holds another number would be undefined
    load(byte);
    if (byte != 0 && byte != 1) throw Error(fmt::format("it has {} where true or false belongs", +byte));
    value = byte == 1;
  }
  void load(std::string& text) {
    std::size_t size = 0;
    load(size);
    require_left(size);
    text.resize(size);
    load_binary(text.data(), size);
  }

 private:
  void require_left(std::size_t count) const {
    const auto left = content_.rdbuf()->in_avail();
    if (left < 0 || count > static_cast<std::size_t>(left))
      throw Error(fmt::format("it counts {}, and has {} bytes left", count, left), ExitCode::data);
  }

  std::istringstream& content_;
};

}  // namespace io
}  // namespace gmmvi

// Numbers in a row are one block, as binary_oarchive has it.
BOOST_SERIALIZATION_USE_ARRAY_OPTIMIZATION(gmmvi::io::InputArchive)

namespace gmmvi {

template <class Archive>
void serialize(Archive& archive, ComponentRecord::Outcome& outcome, unsigned) {
  archive& outcome.reward& outcome.weight;
}

template <class Archive>
void serialize(Archive& archive, ComponentRecord::Promise& promise, unsigned version) {
  archive& promise.before& promise.promised& promise.missing& promise.fresh;
  if (version >= 1) archive& promise.outstanding& promise.jump;
}

template <class Archive>
void serialize(Archive& archive, ComponentRecord& record, unsigned version) {
  archive& record.id& record.stepsize& record.updates_received& record.ridge& record.history;
  if (version >= 1) archive& record.headroom;
  if (version >= 2) archive& record.promise;
  if (version >= 3) archive& record.pauses& record.slept& record.expected_log_ratios;
}

template <class Archive>
void serialize(Archive& archive, SampleBatch& batch, unsigned) {
  archive& batch.number& batch.first& batch.count& batch.reusable;
}

template <class Archive>
void serialize(Archive& archive, SampleDBState& state, unsigned) {
  archive& state.batches& state.mapping& state.positions& state.gaussians;
  archive& state.samples_written& state.batches_written& state.generation;
}

template <class Archive>
void serialize(Archive& archive, BatchInFlight& batch, unsigned) {
  archive& batch.number& batch.iteration& batch.narrowed& batch.gaussians& batch.ids& batch.counts;
}

template <class Archive>
void serialize(Archive& archive, LearntIteration& learnt, unsigned version) {
  bool add = learnt.additions > 0;
  archive& learnt.adapting& add& learnt.database_candidates& learnt.prior_candidates;
  archive& learnt.ids& learnt.next_id& learnt.log_weights& learnt.gaussians;
  archive& learnt.batch_was_usable& learnt.new_samples& learnt.reused_samples& learnt.refused_updates;
  archive& learnt.fraction_outside& learnt.has_elbo_estimate& learnt.elbo_estimate;
  if (version >= 1) archive& learnt.without_outputs;
  if (version >= 2)
    archive& learnt.additions& learnt.elsewhere;
  else
    learnt.additions = add ? 1 : 0;
}

template <class Archive>
void serialize(Archive& archive, SolverState& state, unsigned version) {
  archive& state.covariance& state.dimension;
  archive& state.ids& state.next_id& state.log_weights& state.gaussians& state.in_database;
  archive& state.records& state.weight_stepsize& state.weight_updates;
  archive& state.last_weight_objective& state.has_last_weight_objective& state.additions;
  archive& state.iterations& state.updates& state.evaluations& state.failures& state.failures_in_a_row;
  archive& state.database;
  if (version >= 1) archive& state.asked_imports;
  if (version >= 2) {
    archive& state.in_flight& state.in_flight_gaussians& state.in_flight_in_database;
    archive& state.learnt;
  }
  if (version >= 3) {
    archive& state.samples& state.failed_samples;
  } else {  // each evaluation was one of a sample
    state.samples = state.evaluations;
    state.failed_samples = state.failures;
  }
}

namespace io {

template <class Archive>
void serialize(Archive& archive, Checkpoint& checkpoint, unsigned) {
  archive& checkpoint.solver;
  archive& checkpoint.wall_seconds& checkpoint.algorithm_seconds& checkpoint.metrics_seconds;
  archive& checkpoint.metrics_evaluations& checkpoint.best_estimate& checkpoint.best_iteration;
}

namespace {

constexpr char magic[8] = {'\x89', 'G', 'M', 'M', 'V', 'I', 'C', '\n'};
constexpr std::uint32_t format_version = 2, first_version = 1;  // the first has no fingerprint

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t checksum;  // CRC-32 of what follows
};

}  // namespace

std::string to_bytes(const Checkpoint& checkpoint) {
  std::ostringstream content;
  const std::string fingerprint = checkpoint.fingerprint.value_or("");
  boost::archive::binary_oarchive(content, boost::archive::no_header) << checkpoint << fingerprint;
  const std::string body = std::move(content).str();
  Header header{{}, format_version, core::checksum(body)};
  std::memcpy(header.magic, magic, sizeof magic);
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

Checkpoint checkpoint_of(const std::string& bytes) {
  Header header;
  if (bytes.size() < sizeof header) throw Error("it is cut off", ExitCode::data);
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, magic, sizeof magic) != 0) throw Error("it is no checkpoint", ExitCode::data);
  if (header.version < first_version || header.version > format_version)
    throw Error(fmt::format("its format is {}, and this program's {}", header.version, format_version), ExitCode::data);
  if (core::checksum(std::string_view(bytes).substr(sizeof header)) != header.checksum)
    throw Error("its checksum does not fit", ExitCode::data);
  try {
    std::istringstream content(bytes.substr(sizeof header));
    InputArchive archive(content);
    Checkpoint checkpoint;
    archive >> checkpoint;
    if (header.version > first_version) archive >> checkpoint.fingerprint.emplace();
    return checkpoint;
  } catch (const std::exception& error) {
    throw Error(fmt::format("its content cannot be read ({})", error.what()), ExitCode::data);
  }
}

}  // namespace io
}  // namespace gmmvi
