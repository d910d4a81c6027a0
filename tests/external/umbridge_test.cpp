#include "external/umbridge.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <httplib.h>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::external {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What a server answers with the number of an evaluation's first parameter instead of a value.
struct Reply {
  int status;
  std::string body;
  std::string exception = {};
};
const std::map<double, Reply> odd_replies = {
    {1000, {500, "", "the solver diverged"}},            // as servers in C++ do it
    {1001, {500, "500 Internal Server Error\n\nlost"}},  // and in Python
    {1002, {200, R"({"output": [[nan, 1.0], [2.0]]})"}},
    {1003, {200, R"({"output": [[null, 1.0], [2.0]]})"}},
    {1004, {200, R"({"output": [[-inf, 1.0], [2.0]]})"}},
    {1005, {200, R"({"output": [[1.0], [2.0]]})"}},
    {1006, {400, R"({"error": {"type": "InvalidInput", "message": "too cold"}})"}},
    {1007, {200, R"({"error": {"type": "InvalidOutput", "message": "too hot"}})"}},
    {1008, {200, "<html>"}},
    {1009, {200, R"({"output": [[1.0, 2.0]]})"}},
    {1010, {200, R"({"result": 1})"}},
    {1011, {500, ""}},
    {1012, {200, R"({"output": [["high", 2.0], [1.0]]})"}},
};

/// A server of the model `forward`: the inputs (a, b), (c) give the outputs (a + 2 b, a b), (c²). Of the model
/// `posterior`:
/// -(a² + b²)/2.
class Server {
 public:
  explicit Server(int port = 0) { start(port); }
  ~Server() { stop(); }

  void start(int port = 0) {
    server_ = std::make_unique<httplib::Server>();
    server_->Get("/Info", [this](const auto&, auto& response) { response.set_content(info, "application/json"); });
    post("/ModelInfo", [this](const Json& q) {
      return Json{{"support", {{"Evaluate", evaluates}, {"Gradient", q.at("name") == "forward"}}}};
    });
    post("/InputSizes", [](const Json& q) {
      return Json{{"inputSizes", q.at("name") == "forward" ? Json::array({2, 1}) : Json::array({2})}};
    });
    post("/OutputSizes", [](const Json& q) {
      return Json{{"outputSizes", q.at("name") == "forward" ? Json::array({2, 1}) : Json::array({1})}};
    });
    post("/Gradient", [](const Json& q) {
      const double a = q.at("input")[0][0], b = q.at("input")[0][1], c = q.at("input")[1][0];
      const std::vector<double> sens = q.at("sens");
      const int out = q.at("outWrt"), in = q.at("inWrt");
      if (in != out) return Json{{"output", in == 0 ? Json::array({0.0, 0.0}) : Json::array({0.0})}};
      if (out == 1) return Json{{"output", Json::array({2.0 * c * sens.at(0)})}};
      return Json{{"output", {sens.at(0) + b * sens.at(1), 2.0 * sens.at(0) + a * sens.at(1)}}};
    });
    server_->Post("/Evaluate", [this](const auto& request, auto& response) {
      const Json q = Json::parse(request.body);
      const double a = q.at("input")[0][0];
      {
        std::unique_lock lock(mutex_);
        ++evaluations_;
        config_ = q.at("config");
        changed_.notify_all();
        if (a == 2000.0) changed_.wait(lock, [this] { return released_; });
      }
      if (gone) {
        response.status = 503;
        response.set_content("nobody is here", "text/plain");
      } else if (const auto odd = odd_replies.find(a); odd != odd_replies.end()) {
        response.status = odd->second.status;
        response.set_content(odd->second.body, "text/plain");
        if (!odd->second.exception.empty()) response.set_header("EXCEPTION_WHAT", odd->second.exception);
      } else if (q.at("name") == "posterior") {
        const double b = q.at("input")[0][1];
        response.set_content(fmt::format(R"({{"output": [[{}]]}})", -0.5 * (a * a + b * b)), "text/plain");
      } else {
        const double b = q.at("input")[0][1], c = q.at("input")[1][0];
        response.set_content(fmt::format(R"({{"output": [[{}, {}], [{}]]}})", a + 2.0 * b, a * b, c * c), "text/plain");
      }
    });
    if (port == 0)
      port_ = server_->bind_to_any_port("127.0.0.1");
    else if (!server_->bind_to_port("127.0.0.1", port))
      throw std::runtime_error("the port is taken");
    thread_ = std::jthread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::sleep_for(1ms);
  }
  void stop() {
    release();
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  /// Until so many evaluations have begun.
  void await(int evaluations) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return evaluations_ >= evaluations; });
  }

  int port() const { return port_; }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  int evaluations() {
    const std::lock_guard lock(mutex_);
    return evaluations_;
  }
  int asked() const { return asked_; }
  Json config() {
    const std::lock_guard lock(mutex_);
    return config_;
  }

  std::string info = R"({"protocolVersion": 1.0, "models": ["forward", "posterior"]})";
  bool evaluates = true;
  std::atomic<bool> gone = false;

 private:
  void post(const char* path, std::function<Json(const Json&)> answer) {
    server_->Post(path, [this, answer](const auto& request, auto& response) {
      ++asked_;
      response.set_content(answer(Json::parse(request.body)).dump(), "text/plain");
    });
  }

  std::unique_ptr<httplib::Server> server_;
  std::jthread thread_;
  std::atomic<int> asked_ = 0;
  int port_ = 0;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  int evaluations_ = 0;
  bool released_ = false;
  Json config_;
};

/// Something that takes connections, and does with each as it is told.
class Listener {
 public:
  explicit Listener(std::function<void(int connection)> treat) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, treat] {
      for (int connection = ::accept(socket_, nullptr, nullptr); connection >= 0;
           connection = ::accept(socket_, nullptr, nullptr)) {
        ++connections_;
        treat(connection);
        ::close(connection);
      }
    });
  }
  ~Listener() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  int connections() const { return connections_; }

  /// Reads one request whole; its first line, empty if there is none.
  static std::string request(int connection) {
    std::string text;
    char buffer[4096];
    while (true) {
      const std::size_t head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t at = text.find("Content-Length: ");
        const std::size_t body = at == std::string::npos ? 0 : std::stoul(text.substr(at + 16));
        if (text.size() >= head + 4 + body) return text.substr(0, text.find('\r'));
      }
      const ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
      if (count <= 0) return {};
      text.append(buffer, static_cast<std::size_t>(count));
    }
  }
  static void reply(int connection, const std::string& body) {
    const std::string text = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
    ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// What comes before evaluations, for a log density of one parameter; then false.
  static bool introduced(int connection, const std::string& request) {
    const std::pair<const char*, const char*> known[] = {
        {"/Info", R"({"protocolVersion": 1.0, "models": ["m"]})"},
        {"/ModelInfo", R"({"support": {"Evaluate": true}})"},
        {"/InputSizes", R"({"inputSizes": [1]})"},
        {"/OutputSizes", R"({"outputSizes": [1]})"},
    };
    for (const auto& [path, answer] : known)
      if (request.find(std::string(" ") + path + " ") != std::string::npos) return reply(connection, answer), true;
    return false;
  }

 private:
  int socket_ = -1, port_ = 0;
  std::atomic<int> connections_ = 0;
  std::jthread thread_;
};

std::shared_ptr<UmbridgeServers> pool(std::vector<std::string> urls, double patience = 20.0, double retry = 0.02) {
  return std::make_shared<UmbridgeServers>(ServerPool::Options{.urls = std::move(urls),
                                                               .patience = ServerPool::Seconds(patience),
                                                               .retry = ServerPool::Seconds(retry),
                                                               .retry_without_any = ServerPool::Seconds(0.02)});
}

UmbridgeOptions model(const std::string& name) {
  UmbridgeOptions options;
  options.model = name;
  return options;
}

Start outputs() {
  return {{}, 0, 0, true};
}

Answer answer(Simulator& simulator, const Eigen::VectorXd& x, bool gradients = false,
              Call::Sensitivity sensitivity = nullptr) {
  const std::vector<SampleId> ids(1);
  const std::vector<std::int64_t> seeds(1, 1);
  if (!sensitivity) sensitivity = [](Eigen::Index, const Eigen::VectorXd& y) { return Eigen::VectorXd(2.0 * y); };
  return simulator.evaluate({x, ids, seeds, gradients, sensitivity});
}

Answer posterior(Simulator& simulator, double a) {
  return answer(simulator, Eigen::Vector2d(a, 1.0));
}

/// What the Error says that `function` throws.
template <class Thrown = Error, class Function>
std::string complaint(Function function, ExitCode code = ExitCode::unavailable) {
  try {
    function();
  } catch (const Thrown& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

#define EXPECT_SAYS(text, part)                            \
  do {                                                     \
    const std::string said = text;                         \
    EXPECT_NE(said.find(part), std::string::npos) << said; \
  } while (false)

TEST(Umbridge, OutputsAndGradientsOfSeveralVectors) {
  Server server;
  UmbridgeOptions options = model("forward");
  options.config = R"({"mesh": 3})";
  Umbridge umbridge(options, {{"a", "b", "c"}, 0, 0, true}, pool({server.url() + "/"}));
  EXPECT_EQ(umbridge.dimension(), 3);
  EXPECT_EQ(umbridge.outputs(), 3);
  EXPECT_TRUE(umbridge.has_gradients() && umbridge.runs_outside() && umbridge.interruptible());
  const double a = 0.1, b = 1.0 / 3.0, c = 1e-300;
  const Answer is = answer(umbridge, Eigen::Vector3d(a, b, c), true);
  EXPECT_EQ(is.outputs.col(0), Eigen::Vector3d(a + 2.0 * b, a * b, c * c));  // every digit arrives
  const Eigen::Vector3d gradient(2.0 * (a + 2.0 * b) + 2.0 * a * b * b, 4.0 * (a + 2.0 * b) + 2.0 * a * a * b,
                                 4.0 * c * c * c);
  EXPECT_TRUE(is.gradients.col(0).isApprox(gradient));
  EXPECT_EQ(answer(umbridge, Eigen::Vector3d(a, b, c)).gradients.size(), 0);
  EXPECT_EQ(server.config(), Json::parse(options.config));
}

TEST(Umbridge, ALogDensity) {
  Server server;
  Umbridge umbridge(model("posterior"), {{"a", "b"}}, pool({server.url()}));
  EXPECT_FALSE(umbridge.has_gradients());
  for (int i = 0; i < 20; ++i)  // over more connections than one, as a server closes each after some requests
    EXPECT_EQ(posterior(umbridge, i).outputs(0, 0), -0.5 * (i * i + 1.0));
}

TEST(Umbridge, NumbersThatAreNoneAsServersWriteThem) {
  Server server;
  Umbridge umbridge(model("forward"), outputs(), pool({server.url()}));
  const auto first = [&](double a) { return answer(umbridge, Eigen::Vector3d(a, 1.0, 1.0), true); };
  EXPECT_TRUE(std::isnan(first(1002).outputs(0, 0)));
  EXPECT_TRUE(std::isnan(first(1003).outputs(0, 0)));
  EXPECT_EQ(first(1004).outputs(0, 0), -infinity);
  EXPECT_EQ(first(1004).outputs(2, 0), 2.0);
  EXPECT_TRUE(first(1004).gradients.array().isNaN().all());  // not asked for
}

TEST(Umbridge, FailuresHaveTheModelsWords) {
  Server server;
  Umbridge umbridge(model("forward"), outputs(), pool({server.url()}));
  const auto failure = [&](double a) { return complaint([&] { answer(umbridge, Eigen::Vector3d(a, 1.0, 1.0)); }); };
  EXPECT_EQ(failure(1000).find("the solver diverged (the model's exception, from " + server.url()), 0U);
  EXPECT_SAYS(failure(1001), "500 Internal Server Error");
  EXPECT_SAYS(failure(1005), "[1.0], not a list of 2 numbers");
  EXPECT_EQ(failure(1006).find("too cold (InvalidInput of /Evaluate"), 0U);
  EXPECT_EQ(failure(1007).find("too hot (InvalidOutput"), 0U);
  EXPECT_SAYS(failure(1008), "'<html>' is not JSON");
  EXPECT_SAYS(failure(1009), "not 2 lists");
  EXPECT_SAYS(failure(1010), "has no 'output'");
  EXPECT_SAYS(failure(1011), "HTTP 500 for /Evaluate from " + server.url());
  EXPECT_SAYS(failure(1012), "\"high\"");
  EXPECT_NO_THROW(answer(umbridge, Eigen::Vector3d(1.0, 1.0, 1.0)));
}

TEST(Umbridge, ThatDoesNotFitEndsTheRunAtOnce) {
  Server server;
  const auto start = [&](const std::string& name, const Start& s, ExitCode code) {
    return complaint([&] { Umbridge(model(name), s, pool({server.url()})); }, code);
  };
  EXPECT_SAYS(start("forwards", outputs(), ExitCode::configuration), "no model 'forwards', but these: [\"forward\"");
  EXPECT_SAYS(start("", outputs(), ExitCode::configuration), "Name one as `model`");
  EXPECT_SAYS(start("forward", {}, ExitCode::configuration), "returns 3 numbers");
  EXPECT_SAYS(start("forward", {{"a", "b"}, 0, 0, true}, ExitCode::configuration), "vectors of 2 + 1");
  server.evaluates = false;
  EXPECT_SAYS(start("forward", outputs(), ExitCode::configuration), "cannot be evaluated");
  server.info = R"({"protocolVersion": 2.0, "models": ["forward"]})";
  EXPECT_SAYS(start("forward", outputs(), ExitCode::unavailable), "version 2 of UM-Bridge's protocol");
  const auto other_path = [&] { Umbridge(model("forward"), outputs(), pool({server.url() + "/somewhere/else"})); };
  EXPECT_SAYS(complaint(other_path), "knows no /Info (HTTP 404)");
  server.info = R"({"protocolVersion": 1.0, "models": ["posterior"]})";
  server.evaluates = true;
  EXPECT_EQ(Umbridge(model(""), {}, pool({server.url()})).dimension(), 2);  // the only one
}

TEST(Umbridge, UrlsAreUnderstood) {
  for (const char* url : {"http://localhost", "http://localhost:4242/", "http://[::1]:80/a/b/", "http://10.0.0.1/x"})
    EXPECT_NO_THROW(HttpConnection connection(url)) << url;
  for (const char* url : {"https://localhost:4242", "localhost:4242", "http://", "http://:4242", "http://a:0",
                          "http://a:", "http://a:70000", "http://a:4x", "http://[::1", "http://a b", "http://a/?q",
                          "http://u@a", "http://[::1]x:80", ""})
    EXPECT_SAYS(complaint([url] { HttpConnection connection(url); }, ExitCode::configuration),
                "Write http://host:port");
  EXPECT_SAYS(complaint([] { pool({}); }, ExitCode::configuration), "`url`");
}

TEST(Umbridge, AServerThatClosesWhileItIsWrittenTo) {
  // It says that it will send nothing while the body is on its way, and only then does not take the rest of it.
  const Listener listener([](int socket) {
    std::vector<char> part(1'000'000);
    ::recv(socket, part.data(), part.size(), MSG_WAITALL);
    ::shutdown(socket, SHUT_WR);
    std::this_thread::sleep_for(10ms);
  });
  HttpConnection connection(listener.url());
  try {
    std::string body;
    body.resize(50'000'000, ' ');
    connection.post("/Evaluate", body);
    FAIL() << "nothing was thrown";
  } catch (const NoAnswer& error) {
    EXPECT_TRUE(error.while_at_work()) << error.what();
  }
}

TEST(Umbridge, AModelIsDescribedOnceForAllInstances) {
  Server server;
  UmbridgeOptions options = model("posterior");
  options.urls = {server.url()};
  const Umbridge first(options, {{"a", "b"}});
  const int asked = server.asked();
  Umbridge second(options, {{"a", "b"}, 0, 1});
  EXPECT_EQ(server.asked(), asked);
  EXPECT_EQ(posterior(second, 1.0).outputs(0, 0), -1.0);
}

TEST(Umbridge, WithoutAnyServerPatienceEnds) {
  int port = 0;
  {
    const Server server;
    port = server.port();
  }
  const std::string url = fmt::format("http://127.0.0.1:{}", port);
  EXPECT_SAYS(complaint<NoServer>([&] { Umbridge(model("posterior"), {}, pool({url}, 0.1)); }),
              url + " (no connection");
}

TEST(Umbridge, WaitsForServersThatStart) {
  Server server;
  const int port = server.port();
  server.stop();
  std::jthread later([&] {
    std::this_thread::sleep_for(100ms);
    server.start(port);
  });
  const Umbridge umbridge(model("posterior"), {}, pool({server.url()}));
  EXPECT_EQ(umbridge.dimension(), 2);
}

TEST(Umbridge, AServerThatComesBackIsUsedAgain) {
  Server server;
  Umbridge umbridge(model("posterior"), {}, pool({server.url()}));
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);
  const int port = server.port();
  server.stop();
  std::jthread later([&] {
    std::this_thread::sleep_for(100ms);
    server.start(port);
  });
  EXPECT_EQ(posterior(umbridge, 3.0).outputs(0, 0), -5.0);
}

TEST(Umbridge, AnEvaluationGoesToAnotherServer) {
  Server first, second;
  Umbridge umbridge(model("posterior"), {}, pool({first.url(), second.url()}, 20.0, 1000.0));
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);
  first.gone = true;  // as a proxy says it
  for (int i = 0; i < 4; ++i) EXPECT_EQ(posterior(umbridge, i).outputs(0, 0), -0.5 * (i * i + 1.0));
  EXPECT_LE(first.evaluations(), 2);  // it is left out
  EXPECT_EQ(second.evaluations(), 4 + (first.evaluations() == 2 ? 0 : 1));
}

TEST(Umbridge, AServerThatDiesAtWorkIsReplaced) {
  // Its evaluations end with the connection, as where a process crashes.
  const Listener dying([](int connection) {
    while (Listener::introduced(connection, Listener::request(connection))) {
    }
  });
  const Listener living([](int connection) {
    while (true) {
      const std::string request = Listener::request(connection);
      if (request.empty()) return;
      if (!Listener::introduced(connection, request)) Listener::reply(connection, R"({"output": [[7.0]]})");
    }
  });
  Umbridge umbridge(model("m"), {}, pool({dying.url(), living.url()}, 20.0, 1000.0));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answer(umbridge, Eigen::VectorXd::Ones(1)).outputs(0, 0), 7.0);
  EXPECT_EQ(dying.connections(), 2);  // one for what it had begun on an old connection, and then no more
}

TEST(Umbridge, AnEvaluationDoesNotTakeAllServersWithIt) {
  const auto dies = [](int connection) {
    while (Listener::introduced(connection, Listener::request(connection))) {
    }
  };
  const Listener a(dies), b(dies), c(dies), d(dies);
  Umbridge umbridge(model("m"), {}, pool({a.url(), b.url(), c.url(), d.url()}, 20.0, 1000.0));
  EXPECT_SAYS(complaint([&] { answer(umbridge, Eigen::VectorXd::Ones(1)); }), "3 servers stopped answering");
}

TEST(Umbridge, AConnectionThatWasKeptTooLongIsMadeAnew) {
  // Takes one request a connection without saying so, as a server does whose patience ends at that moment.
  std::atomic<int> evaluations = 0;
  const Listener listener([&evaluations](int connection) {
    const std::string request = Listener::request(connection);
    if (request.empty() || Listener::introduced(connection, request)) {
      Listener::request(connection);  // the next one, unanswered
      return;
    }
    ++evaluations;
    Listener::reply(connection, R"({"output": [[7.0]]})");
  });
  Umbridge umbridge(model("m"), {}, pool({listener.url()}, 0.0));  // to lose it once would be the end
  EXPECT_EQ(answer(umbridge, Eigen::VectorXd::Ones(1)).outputs(0, 0), 7.0);
  EXPECT_EQ(evaluations, 1);
}

TEST(Umbridge, AnotherModelThanAtTheStartIsAsGoodAsNone) {
  Server first, second;
  second.info = R"({"protocolVersion": 1.0, "models": ["other"]})";
  Umbridge umbridge(model("posterior"), {}, pool({first.url(), second.url()}, 20.0, 1000.0));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(posterior(umbridge, i).outputs(0, 0), -0.5 * (i * i + 1.0));
  EXPECT_EQ(second.evaluations(), 0);
}

/// Interrupts until its end.
std::jthread interrupting(Simulator& simulator) {
  return std::jthread([&simulator](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      simulator.interrupt();
      std::this_thread::sleep_for(1ms);
    }
  });
}

TEST(Umbridge, IsInterruptedAtWork) {
  Server server;
  Umbridge umbridge(model("posterior"), {}, pool({server.url()}));
  umbridge.interrupt();  // before an evaluation: of no effect on the next
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);
  std::jthread interruption;
  std::jthread timer([&] {
    server.await(2);
    interruption = interrupting(umbridge);
  });
  EXPECT_SAYS(complaint([&] { posterior(umbridge, 2000.0); }), "interrupted after");
  timer.join();
  interruption = {};
  server.release();
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);  // it was not lost
}

TEST(Umbridge, IsInterruptedWhileItWaitsForAServer) {
  Server server;
  const auto servers = pool({server.url()});
  Umbridge first(model("posterior"), {}, servers), second(model("posterior"), {}, servers);
  std::jthread busy([&] { posterior(first, 2000.0); });
  server.await(1);
  {
    const std::jthread interruption = interrupting(second);
    EXPECT_SAYS(complaint([&] { posterior(second, 1.0); }), "interrupted after");
  }
  EXPECT_EQ(server.evaluations(), 1);  // a server has one evaluation at a time
  server.release();
  EXPECT_EQ(posterior(second, 1.0).outputs(0, 0), -1.0);
}

TEST(Umbridge, TheFileOfUrlsIsReadAgain) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "urls.txt";
  Server first, second;
  std::ofstream(path) << "# servers of the job\n\n" << first.url() << " # node 1\n";
  const auto servers = std::make_shared<UmbridgeServers>(ServerPool::Options{
      .urls_file = path, .patience = ServerPool::Seconds(20), .retry_without_any = ServerPool::Seconds(0.02)});
  Umbridge umbridge(model("posterior"), {}, servers);
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);
  std::ofstream(path) << second.url() << "\n";
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);
  EXPECT_EQ(second.evaluations(), 0);
  first.gone = true;
  EXPECT_EQ(posterior(umbridge, 1.0).outputs(0, 0), -1.0);
  EXPECT_EQ(second.evaluations(), 1);
  EXPECT_EQ(listed_servers({first.url()}, path), std::vector({first.url(), second.url()}));
  std::ofstream(path) << "# none yet\n";
  EXPECT_SAYS(complaint([&] { listed_servers({}, path); }, ExitCode::configuration), "names no server");
  EXPECT_SAYS(complaint([] { ServerPool({.urls_file = "/nowhere/urls"}); }, ExitCode::data), "/nowhere/urls");
}

TEST(Umbridge, ProcessesUseDifferentServersWhileTheyCan) {
  Server first, second;
  const auto of_rank = [&](int rank) {
    return std::make_shared<UmbridgeServers>(ServerPool::Options{.urls = {first.url(), second.url()},
                                                                 .rank = rank,
                                                                 .ranks = 2,
                                                                 .patience = ServerPool::Seconds(20),
                                                                 .retry = ServerPool::Seconds(1000)});
  };
  Umbridge a(model("posterior"), {}, of_rank(0)), b(model("posterior"), {}, of_rank(1));
  for (int i = 0; i < 3; ++i) posterior(a, i);
  EXPECT_EQ(first.evaluations(), 3);
  for (int i = 0; i < 2; ++i) posterior(b, i);
  EXPECT_EQ(second.evaluations(), 2);
  second.gone = true;
  EXPECT_EQ(posterior(b, 1.0).outputs(0, 0), -1.0);
  EXPECT_EQ(first.evaluations(), 4);
}

}  // namespace
}  // namespace gmmvi::external
