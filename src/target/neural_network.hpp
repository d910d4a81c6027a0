#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

#include "target/labelled_table.hpp"
#include "target/minibatch.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Observations as columns.
struct Observations {
  Eigen::MatrixXd features;  ///< [F x n]
  Eigen::VectorXd labels;    ///< [n]: numbers, or classes from 0
};

/// What a network learns from, and what it is tested on.
struct SplitData {
  Observations training, test, validation;
};
/// Features less their mean and divided by their standard deviation; 60, 20 and 20 % of the rows, in an order that
/// seed mod 10 decides. Throws Error (ExitCode::data) where a part would be empty.
SplitData standardized_split(const LabelledTable& table, const std::string& path, std::uint64_t seed);

/// The posterior of a Bayesian neural network with sigmoid hidden layers, as in the reference: s · (−N · loss − ½
/// θ²/σ²), without constants. The loss is the mean squared error (regression; one output) or the cross entropy
/// (classification; an output a class). θ holds for each layer its weights [inputs x outputs], row by row, and its
/// biases. Samples for metrics get the whole training set, others minibatches of their own.
class NeuralNetwork : public Target {
 public:
  /// Throws Error (ExitCode::data) where a minibatch has more observations than there are for training.
  NeuralNetwork(SplitData data, const NeuralNetworkOptions& options, std::uint64_t seed);

  Eigen::Index dimension() const override { return dimension_; }
  bool has_gradients() const override { return true; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return 32; }
  bool cheap() const override { return true; }
  std::vector<std::string> parameter_names() const override;
  /// Losses on test and validation set of predictions that are averaged over the samples; and the root of the mean
  /// squared error, or the fraction of right classes.
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override;

 private:
  struct Layer {
    Eigen::Index inputs, outputs, first;  // where in θ its weights begin
  };
  struct Loss {
    double loss;
    double score;  // root mean squared error, or accuracy
  };
  using Parameters = Eigen::Ref<const Eigen::VectorXd>;

  void gather(const SampleId& id);
  const Eigen::MatrixXd& network_outputs(const Parameters& theta, const Eigen::MatrixXd& features);
  double loss_gradient(const Eigen::VectorXd& labels, Eigen::MatrixXd& gradient) const;
  void propagate_back(const Parameters& theta, Eigen::MatrixXd& by_outputs, Eigen::Ref<Eigen::VectorXd> gradient);
  Loss average_prediction_loss(const Observations& observations, const Eigen::MatrixXd& samples);

  SplitData data_;
  NeuralNetworkOptions options_;
  std::vector<Layer> layers_;
  Eigen::Index dimension_ = 0;
  Minibatches minibatches_;

  // Workspaces.
  Observations batch_;
  std::vector<Eigen::MatrixXd> activations_;  // [units x n] of the input and after each layer
  Eigen::MatrixXd by_outputs_;
};

}  // namespace gmmvi::target
