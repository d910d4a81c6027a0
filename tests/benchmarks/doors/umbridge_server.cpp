#include "doors/umbridge_server.hpp"

#include <httplib.h>
#include <thread>

#include <nlohmann/json.hpp>

namespace gmmvi::benchmarks {

using Json = nlohmann::json;

class UmbridgeServer::Running {
 public:
  Running() {
    server_.Get("/Info", [](const auto&, auto& response) {
      response.set_content(R"({"protocolVersion": 1.0, "models": ["density"]})", "application/json");
    });
    post("/ModelInfo", [](const Json&) { return Json{{"support", {{"Evaluate", true}}}}; });
    post("/InputSizes", [](const Json&) { return Json{{"inputSizes", {4}}}; });
    post("/OutputSizes", [](const Json&) { return Json{{"outputSizes", {1}}}; });
    post("/Evaluate", [](const Json& question) {
      double sum = 0.0;
      for (const double x : question.at("input").at(0)) sum += x * x;
      return Json{{"output", Json::array({Json::array({-0.5 * sum})})}};
    });
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000'000);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Running() {
    server_.stop();
    thread_.join();
  }
  int port() const { return port_; }

 private:
  template <class Reply>
  void post(const std::string& path, Reply reply) {
    server_.Post(path, [reply](const auto& request, auto& response) {
      response.set_content(reply(Json::parse(request.body)).dump(), "application/json");
    });
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

UmbridgeServer::UmbridgeServer() : running_(std::make_unique<Running>()) {}

UmbridgeServer::~UmbridgeServer() = default;

std::string UmbridgeServer::url() const {
  return "http://127.0.0.1:" + std::to_string(running_->port());
}

}  // namespace gmmvi::benchmarks
