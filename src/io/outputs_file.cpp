#include "io/outputs_file.hpp"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "io/timestamp.hpp"

namespace gmmvi::io {
namespace {

using Type = NetcdfGroup::Type;

template <class Matrix>
std::span<const double> numbers_of(const Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

void define(NetcdfFile& file, const char* name, const std::vector<std::string>& dimensions, const char* meaning) {
  file.define_variable(name, Type::real, dimensions);
  file.put_attribute_of(name, "long_name", meaning);
}

/// With what HDF5 adds, amply.
std::uintmax_t most_bytes(const OutputsTitle& title, std::size_t samples, Eigen::Index outputs) {
  const std::size_t dimension = title.parameter_names.size();
  std::uintmax_t bytes = 65536 + samples * (dimension + 2 + static_cast<std::size_t>(outputs)) * sizeof(double);
  for (const std::string& name : title.parameter_names) bytes += 64 + 2 * name.size();
  return bytes;
}

AtomicFile& with_room(AtomicFile& place, std::uintmax_t bytes) {
  place.require_room(bytes);
  return place;
}

}  // namespace

OutputsWriter::OutputsWriter(const std::string& path, OutputsTitle title, std::int64_t samples, Eigen::Index outputs)
    : title_(std::move(title)),
      size_(static_cast<std::size_t>(samples)),
      bytes_(most_bytes(title_, size_, outputs)),
      place_(path),
      file_(with_room(place_, bytes_)) {
  file_.put_attribute("Conventions", "CF-1.8");
  file_.put_attribute("title", "Evaluations of " + title_.target + " with its outputs");
  file_.put_attribute("source", "gmmvi " + title_.gmmvi_version);
  file_.put_attribute("gmmvi_version", title_.gmmvi_version);
  file_.put_attribute("created", timestamp());
  file_.put_attribute("target", title_.target);
  file_.put_attribute("codename", title_.codename);
  file_.put_attribute("seed", title_.seed);
  file_.put_attribute("iterations", title_.iterations);
  file_.put_attribute("evaluations", title_.evaluations);
  file_.put_attribute("model_hash", title_.model_hash);
  file_.put_attribute("samples_left_out", title_.samples_left_out);
  file_.define_dimension("sample", size_);
  file_.define_dimension("dim", title_.parameter_names.size());
  file_.define_dimension("output", static_cast<std::size_t>(outputs));
  file_.define_variable("dim", Type::text, {"dim"});
  file_.put_attribute_of("dim", "long_name", "parameter");
  define(file_, "x", {"sample", "dim"}, "parameters that the target was evaluated at");
  define(file_, "lp", {"sample"}, "log density of the target, up to a constant");
  define(file_, "log_weight", {"sample"},
         "log importance weight, up to a constant: lp less the log density of the mixture of all Gaussians that the "
         "samples were drawn from");
  define(file_, "outputs", {"sample", "output"}, "what the simulator returned, without noise");
  file_.write("dim", {{0}, {title_.parameter_names.size()}}, title_.parameter_names);
}

void OutputsWriter::append(const SamplesWithOutputs& next) {
  attempt([&] { put(next); });
}

// HDF5 does not say why it could not write.
void OutputsWriter::attempt(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error&) {
    place_.require_room(bytes_);
    throw;
  }
}

void OutputsWriter::put(const SamplesWithOutputs& next) {
  const auto count = static_cast<std::size_t>(next.samples.cols());
  GMMVI_EXPECT(written_ + count <= size_, "no more samples than were announced");
  const auto width = [](const Eigen::MatrixXd& matrix) { return static_cast<std::size_t>(matrix.rows()); };
  const Eigen::MatrixXd x = title_.transforms.to_user(next.samples);
  const Eigen::VectorXd lp = next.log_densities - title_.transforms.log_volumes(next.samples);
  file_.write("x", {{written_, 0}, {count, width(x)}}, numbers_of(x));
  file_.write("lp", {{written_}, {count}}, numbers_of(lp));
  file_.write("log_weight", {{written_}, {count}}, numbers_of(next.log_weights));
  file_.write("outputs", {{written_, 0}, {count, width(next.outputs)}}, numbers_of(next.outputs));
  written_ += count;
}

void OutputsWriter::write() {
  GMMVI_EXPECT(written_ == size_, "all samples that were announced");
  attempt([this] { file_.close(); });
  place_.commit();
}

OutputsReader::OutputsReader(const std::string& path) : file_(path, NetcdfFile::Mode::read) {
  const std::vector<std::size_t> shape = file_.shape("outputs"), x = file_.shape("x");
  if (shape.size() != 2 || x.size() != 2 || x[0] != shape[0] || file_.shape("log_weight") != std::vector{shape[0]} ||
      file_.shape("dim") != std::vector{x[1]})
    throw Error(fmt::format("{}: x, log_weight and outputs are not of the shapes that `gmmvi run` writes.", path),
                ExitCode::data);
  samples_ = static_cast<Eigen::Index>(shape[0]);
  outputs_ = static_cast<Eigen::Index>(shape[1]);
  dimension_ = static_cast<Eigen::Index>(x[1]);
}

Eigen::VectorXd OutputsReader::log_weights() const {
  Eigen::VectorXd weights(samples_);
  const auto n = static_cast<std::size_t>(samples_);
  file_.read("log_weight", {{0}, {n}}, std::span(weights.data(), n));
  return weights;
}

std::vector<std::string> OutputsReader::parameter_names() const {
  std::vector<std::string> names(static_cast<std::size_t>(dimension_));
  file_.read("dim", {{0}, {names.size()}}, std::span(names));
  return names;
}

Eigen::MatrixXd OutputsReader::parameters() const {
  Eigen::MatrixXd values(dimension_, samples_);
  file_.read("x", {{0, 0}, {static_cast<std::size_t>(samples_), static_cast<std::size_t>(dimension_)}},
             std::span(values.data(), static_cast<std::size_t>(values.size())));
  return values;
}

Eigen::MatrixXd OutputsReader::outputs(Eigen::Index first, Eigen::Index count) const {
  Eigen::MatrixXd values(count, samples_);
  file_.read(
      "outputs",
      {{0, static_cast<std::size_t>(first)}, {static_cast<std::size_t>(samples_), static_cast<std::size_t>(count)}},
      std::span(values.data(), static_cast<std::size_t>(values.size())));
  return values;
}

}  // namespace gmmvi::io
