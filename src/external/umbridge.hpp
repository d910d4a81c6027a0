#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "external/options.hpp"
#include "external/server_pool.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// How long the vectors are that an UM-Bridge model takes and returns, and what it can do.
struct UmbridgeModel {
  std::string name;
  std::vector<Eigen::Index> inputs, outputs;
  bool gradients = false;
};

/// Servers of an UM-Bridge model, and the model as the first of them has described it.
struct UmbridgeServers {
  explicit UmbridgeServers(ServerPool::Options options) : pool(std::move(options)) {}
  ServerPool pool;
  std::mutex mutex;  // guards `model`
  UmbridgeModel model;
};

/// A model behind servers that speak UM-Bridge 1.0 over HTTP. Parameters fill the model's input vectors one after the
/// other; its output vectors one after the other are the outputs. An evaluation whose server stops answering goes to
/// another.
class Umbridge : public Simulator {
 public:
  /// Waits for a server as long as patience lasts. Instances with the same `servers` share them: nullptr: those of this
  /// process with the same options. Throws NoServer, and Error where a server refuses or its model does not fit.
  Umbridge(const UmbridgeOptions& options, const Start& start, std::shared_ptr<UmbridgeServers> servers = nullptr);

  Eigen::Index dimension() const override { return dimension_; }
  Eigen::Index outputs() const override { return outputs_; }
  bool has_gradients() const override { return model_.gradients; }
  /// Throws NoServer where none has answered for as long as patience lasts, and Error with what the model says.
  Answer evaluate(const Call& call) override;
  /// A server has no means to be told, and goes on with what is not wanted any more.
  void interrupt() override;

 private:
  using Lease = ServerPool::Lease;
  class Connected;
  class Running;
  Lease take_server();
  void on_a_server(const std::function<void(const Lease& server)>& work, bool starting);
  void greet(const Lease& server, bool starting);
  UmbridgeModel describe(const Lease& server);
  /// `request` is null for what is only read.
  nlohmann::json ask(const Lease& server, const std::string& path, const nlohmann::json& request);
  nlohmann::json ask_model(const Lease& server, const std::string& path, nlohmann::json request);
  Eigen::VectorXd outputs_of(const Lease& server, const nlohmann::json& input);
  Eigen::VectorXd gradient_of(const Lease& server, const nlohmann::json& input, const Eigen::VectorXd& sensitivity);
  [[noreturn]] void throw_interrupted() const;

  std::shared_ptr<UmbridgeServers> servers_;
  nlohmann::json config_;
  Counted counted_;
  UmbridgeModel model_;
  Eigen::Index dimension_ = 0, outputs_ = 0;

  std::mutex mutex_;  // guards `connection_` and `running_`
  HttpConnection* connection_ = nullptr;
  bool running_ = false;
  ServerPool::Clock::time_point begin_ = {};  // of what is running
  std::atomic<bool> interrupted_ = false;
};

}  // namespace gmmvi::external
