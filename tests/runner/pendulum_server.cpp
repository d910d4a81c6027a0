#include "runner/pendulum_server.hpp"

// clang-format off
#include <Eigen/Core>
#include <httplib.h>  // after Eigen: the resolver's headers define macros that are names there
// clang-format on

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "external/plugin.hpp"

namespace gmmvi::test {

using nlohmann::json;
using namespace std::chrono_literals;

class PendulumServer::Running {
 public:
  Running() {
    server_.Get("/Info", [](const auto&, auto& response) {
      response.set_content(R"({"protocolVersion": 1.0, "models": ["pendulum"]})", "application/json");
    });
    post("/ModelInfo", [](const json&) { return json{{"support", {{"Evaluate", true}, {"Gradient", true}}}}; });
    post("/InputSizes", [](const json&) { return json{{"inputSizes", {4}}}; });
    post("/OutputSizes", [](const json&) { return json{{"outputSizes", {40}}}; });
    post("/Evaluate", [this](const json& question) {
      const Eigen::VectorXd y = answer(question, nullptr).outputs.col(0);
      return json{{"output", {std::vector<double>(y.begin(), y.end())}}};
    });
    post("/Gradient", [this](const json& question) {
      const std::vector<double> given = question.at("sens");
      Eigen::VectorXd by_output = Eigen::Map<const Eigen::VectorXd>(given.data(), std::ssize(given));
      const auto gradients =
          answer(question, [&](auto, const auto&) -> Eigen::VectorXd { return by_output; }).gradients;
      return json{{"output", std::vector<double>(gradients.data(), gradients.data() + gradients.size())}};
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(1ms);
  }
  ~Running() { server_.stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  void post(const char* path, std::function<json(const json&)> answer) {
    server_.Post(path, [answer](const auto& request, auto& response) {
      response.set_content(answer(json::parse(request.body)).dump(), "application/json");
    });
  }
  /// With gradients if there is a sensitivity.
  external::Answer answer(const json& question, external::Call::Sensitivity sensitivity) {
    const std::vector<double> given = question.at("input").at(0);
    const Eigen::MatrixXd x = Eigen::Map<const Eigen::VectorXd>(given.data(), std::ssize(given));
    const std::vector<SampleId> ids(1);
    const std::vector<std::int64_t> seeds(1, 1);
    const std::lock_guard lock(mutex_);  // requests come in several threads
    return pendulum_.evaluate({x, ids, seeds, static_cast<bool>(sensitivity), sensitivity});
  }

  std::mutex mutex_;
  external::Plugin pendulum_{{GMMVI_PENDULUM_C}, {{"amplitude", "damping", "friction", "frequency"}, 0, 0, true}};
  httplib::Server server_;
  int port_ = 0;
  std::jthread thread_;
};

PendulumServer::PendulumServer() : running_(std::make_unique<Running>()) {}
PendulumServer::~PendulumServer() = default;
std::string PendulumServer::url() const {
  return running_->url();
}

}  // namespace gmmvi::test
