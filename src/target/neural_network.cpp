#include "target/neural_network.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/random.hpp"
#include "target/usable.hpp"

namespace gmmvi::target {
namespace {

using Weights = Eigen::Map<const Eigen::MatrixXd>;  // [outputs x inputs]: a layer's, transposed

Observations part(const Observations& all, std::span<const Eigen::Index> rows) {
  const std::vector<Eigen::Index> indices(rows.begin(), rows.end());
  return {all.features(Eigen::all, indices), all.labels(indices)};
}

Observations standardized(const LabelledTable& table) {
  Observations all{table.features.transpose(), table.labels};
  const auto count = static_cast<double>(all.features.cols());
  const Eigen::VectorXd mean = all.features.rowwise().sum() / count;
  all.features.colwise() -= mean;
  const Eigen::ArrayXd deviation = (all.features.rowwise().squaredNorm() / count).array().sqrt();
  all.features.array().colwise() /= deviation;
  return all;
}

/// The logarithm of the softmax of every column.
Eigen::MatrixXd log_probabilities(const Eigen::MatrixXd& logits) {
  const Eigen::MatrixXd shifted = logits.rowwise() - logits.colwise().maxCoeff().eval();
  const Eigen::RowVectorXd log_sums = shifted.array().exp().colwise().sum().log();
  return shifted.rowwise() - log_sums;
}

Eigen::Index classes_of(const SplitData& data) {
  double largest = 0.0;
  for (const Observations* each : {&data.training, &data.test, &data.validation})
    if (each->labels.size() > 0) largest = std::max(largest, each->labels.maxCoeff());
  return 1 + static_cast<Eigen::Index>(largest);
}

Eigen::Index minibatch_size(const SplitData& data, const NeuralNetworkOptions& options) {
  const Eigen::Index training = data.training.labels.size();
  if (options.batch_size.value_or(1) <= training) return options.batch_size.value_or(training);
  throw Error(fmt::format("{}: minibatches of {} cannot be taken from the {} observations that the network learns from "
                          "(60 % of all). Make batch_size smaller.",
                          options.data, *options.batch_size, training),
              ExitCode::data);
}

}  // namespace

SplitData standardized_split(const LabelledTable& table, const std::string& path, std::uint64_t seed) {
  const Eigen::Index rows = table.features.rows();
  const Eigen::Index training = rows * 6 / 10, test = rows * 2 / 10;
  if (training < 1 || test < 1) {
    throw Error(fmt::format("{}: {} rows are too few for a training, a test and a validation set.", path, rows),
                ExitCode::data);
  }
  std::vector<Eigen::Index> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  core::Stream stream(seed % 10, core::Purpose::target_instance);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
  const Observations all = standardized(table);
  const std::span<const Eigen::Index> shuffled(order);
  const auto first = static_cast<std::size_t>(training), second = static_cast<std::size_t>(training + test);
  return {.training = part(all, shuffled.first(first)),
          .test = part(all, shuffled.subspan(first, second - first)),
          .validation = part(all, shuffled.subspan(second))};
}

NeuralNetwork::NeuralNetwork(SplitData data, const NeuralNetworkOptions& options, std::uint64_t seed)
    : data_(std::move(data)),
      options_(options),
      minibatches_(data_.training.labels.size(), minibatch_size(data_, options), true, seed) {
  Eigen::Index inputs = data_.training.features.rows();
  const auto add_layer = [&](Eigen::Index outputs) {
    layers_.push_back({inputs, outputs, dimension_});
    dimension_ += (inputs + 1) * outputs;
    inputs = outputs;
  };
  for (const std::int64_t units : options_.hidden_units) add_layer(units);
  add_layer(options_.classification ? classes_of(data_) : 1);
  activations_.resize(layers_.size() + 1);
}

std::vector<std::string> NeuralNetwork::parameter_names() const {
  std::vector<std::string> names;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    for (Eigen::Index i = 1; i <= layers_[l].inputs; ++i)
      for (Eigen::Index j = 1; j <= layers_[l].outputs; ++j) names.push_back(fmt::format("w{}[{},{}]", l + 1, i, j));
    for (Eigen::Index j = 1; j <= layers_[l].outputs; ++j) names.push_back(fmt::format("b{}[{}]", l + 1, j));
  }
  return names;
}

Evaluation NeuralNetwork::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                   bool want_gradients) {
  GMMVI_GUARD(static_cast<Eigen::Index>(ids.size()) == samples.cols(), "a number for every sample");
  const double scaling = options_.likelihood_scaling, precision = 1.0 / (options_.prior_std * options_.prior_std);
  const auto training = static_cast<double>(data_.training.labels.size());
  Evaluation result = Evaluation::of_size(dimension_, samples.cols(), want_gradients);
  Eigen::VectorXd theta(dimension_), gradient(dimension_);
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    const double verdict = verdict_on(samples.col(n));
    gather(ids[static_cast<std::size_t>(n)]);
    theta = verdict == 0.0 ? Eigen::VectorXd(samples.col(n)) : Eigen::VectorXd::Zero(dimension_);
    network_outputs(theta, batch_.features);
    const double loss = loss_gradient(batch_.labels, by_outputs_);
    result.log_densities[n] = verdict - scaling * (training * loss + 0.5 * precision * theta.squaredNorm());
    if (!want_gradients) continue;
    propagate_back(theta, by_outputs_, gradient);
    result.gradients.col(n) = -scaling * (training * gradient + precision * theta);
  }
  return result;
}

void NeuralNetwork::gather(const SampleId& id) {
  if ((id.batch & SampleId::metrics_batch) != 0 || minibatches_.size() == data_.training.labels.size())
    batch_ = data_.training;
  else
    batch_ = part(data_.training, minibatches_.of(id));
}

// [outputs x n]; leaves all activations behind.
const Eigen::MatrixXd& NeuralNetwork::network_outputs(const Parameters& theta, const Eigen::MatrixXd& features) {
  activations_[0] = features;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const Weights weights(theta.data() + layer.first, layer.outputs, layer.inputs);
    Eigen::MatrixXd& next = activations_[l + 1];
    next.noalias() = weights * activations_[l];
    next.colwise() += theta.segment(layer.first + weights.size(), layer.outputs);
    if (l + 1 < layers_.size()) next = (1.0 + (-next.array()).exp()).inverse();
  }
  return activations_.back();
}

// The mean loss of the last outputs, and its gradient by them.
double NeuralNetwork::loss_gradient(const Eigen::VectorXd& labels, Eigen::MatrixXd& gradient) const {
  const Eigen::MatrixXd& last = activations_.back();
  const auto count = static_cast<double>(labels.size());
  if (!options_.classification) {
    gradient = (last - labels.transpose()) * (2.0 / count);
    return (last - labels.transpose()).squaredNorm() / count;
  }
  const Eigen::MatrixXd logs = log_probabilities(last);
  gradient = logs.array().exp() / count;
  double loss = 0.0;
  for (Eigen::Index n = 0; n < labels.size(); ++n) {
    const auto label = static_cast<Eigen::Index>(labels[n]);
    loss -= logs(label, n) / count;
    gradient(label, n) -= 1.0 / count;
  }
  return loss;
}

void NeuralNetwork::propagate_back(const Parameters& theta, Eigen::MatrixXd& by_outputs,
                                   Eigen::Ref<Eigen::VectorXd> gradient) {
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    const Weights weights(theta.data() + layer.first, layer.outputs, layer.inputs);
    Eigen::Map<Eigen::MatrixXd>(gradient.data() + layer.first, layer.outputs, layer.inputs).noalias() =
        by_outputs * activations_[l].transpose();
    gradient.segment(layer.first + weights.size(), layer.outputs) = by_outputs.rowwise().sum();
    if (l == 0) return;
    const Eigen::MatrixXd by_inputs = weights.transpose() * by_outputs;
    by_outputs = by_inputs.array() * activations_[l].array() * (1.0 - activations_[l].array());
  }
}

NeuralNetwork::Loss NeuralNetwork::average_prediction_loss(const Observations& observations,
                                                           const Eigen::MatrixXd& samples) {
  const auto count = static_cast<double>(observations.labels.size());
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(layers_.back().outputs, observations.labels.size());
  for (const auto& theta : samples.colwise()) {
    const Eigen::MatrixXd& prediction = network_outputs(theta, observations.features);
    if (options_.classification)
      mean.array() += log_probabilities(prediction).array().exp();
    else
      mean += prediction;
  }
  mean /= static_cast<double>(samples.cols());
  if (!options_.classification) {
    const double loss = (mean - observations.labels.transpose()).squaredNorm() / count;
    return {loss, std::sqrt(loss)};
  }
  Loss result{0.0, 0.0};
  for (Eigen::Index n = 0; n < observations.labels.size(); ++n) {
    const auto label = static_cast<Eigen::Index>(observations.labels[n]);
    Eigen::Index predicted = 0;
    mean.col(n).maxCoeff(&predicted);
    result.loss -= std::log(mean(label, n)) / count;
    result.score += predicted == label ? 1.0 / count : 0.0;
  }
  return result;
}

std::vector<TargetMetric> NeuralNetwork::metrics(const Eigen::MatrixXd&, const Eigen::MatrixXd& samples) {
  const char* score = options_.classification ? "accuracy" : "rmse";
  std::vector<TargetMetric> metrics;
  for (const auto& [name, observations] :
       {std::pair("test", &data_.test), std::pair("validation", &data_.validation)}) {
    if (observations->labels.size() == 0) continue;
    const Loss loss = average_prediction_loss(*observations, samples);
    metrics.push_back({fmt::format("{}_loss", name), loss.loss});
    metrics.push_back({fmt::format("{}_{}", name, score), loss.score});
  }
  return metrics;
}

}  // namespace gmmvi::target
