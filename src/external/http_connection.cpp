#include "external/http_connection.hpp"

#include <charconv>
#include <csignal>
#include <ctime>
#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

#include "core/printable.hpp"

namespace gmmvi::external {
namespace {

constexpr time_t connection_seconds = 5;
constexpr time_t longest_answer = time_t{20} * 86'400;  // seconds; in milliseconds still an int
constexpr int keep_alive_seconds = 15;  // until a silent host is asked whether it is there, and between questions

/// SIGPIPE would end the process when httplib writes to a connection that the other side has just closed: it looks
/// before it writes, which leaves a moment. Blocked for this thread only, since it is not ours to say what the process
/// does.
class BrokenPipeIgnored {
 public:
  BrokenPipeIgnored() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    was_pending_ = is_pending();
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~BrokenPipeIgnored() {
    constexpr timespec at_once = {0, 0};
    if (!was_pending_ && is_pending()) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BrokenPipeIgnored(const BrokenPipeIgnored&) = delete;
  BrokenPipeIgnored& operator=(const BrokenPipeIgnored&) = delete;

 private:
  static bool is_pending() {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t pipe_, before_;
  bool was_pending_;
};

struct Url {
  std::string host;
  int port;
  std::string path;  // without a slash at its end
};

[[noreturn]] void refuse_url(const std::string& url, const std::string& why) {
  throw Error(
      fmt::format("target.url: '{}' is not the URL of a server: {}. Write http://host:port", core::quotation(url), why),
      ExitCode::configuration);
}

Url parse_url(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  if (url.starts_with("https://")) refuse_url(url, "https is not spoken here, only http (through a tunnel, perhaps)");
  if (!url.starts_with(scheme)) refuse_url(url, "it does not begin with http://");
  for (const char c : url)
    if (c <= ' ' || c == '?' || c == '#' || c == '@' || c == '\x7f')
      refuse_url(url, fmt::format("it has the character '{}'", core::printable(std::string(1, c))));
  const std::string_view rest = std::string_view(url).substr(scheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash), path = rest.substr(slash), port;
  while (path.ends_with('/')) path.remove_suffix(1);

  // The colons of an IPv6 address stand in brackets.
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) refuse_url(url, "the bracket of its address is not closed");
  const std::size_t colon = host.find(':', bracket);
  if (colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[')) {
    if (host.back() != ']') refuse_url(url, "after the bracket of its address comes neither a colon nor a slash");
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty()) refuse_url(url, "it names no host");
  int number = 80;
  if (colon != std::string_view::npos) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number < 1 || number > 65'535)
      refuse_url(url, fmt::format("its port '{}' is not a number from 1 to 65535", port));
  }
  return {std::string(host), number, std::string(path)};
}

void set_keep_alive_probes(int socket) {
  constexpr int on = 1, count = 4;
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &keep_alive_seconds, sizeof keep_alive_seconds);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &keep_alive_seconds, sizeof keep_alive_seconds);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

/// Servers that send a reply in two parts, as UM-Bridge's in C++ do, wait for the acknowledgement of the first, which
/// would come after 40 ms. Holds for what comes next, not for the connection.
void acknowledge_at_once(int socket) {
  constexpr int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/// Whether the server may have had the request; otherwise there was no connection. Not all versions of httplib tell a
/// connection that takes too long from one that is refused.
template <class HttplibError>
bool took_request(HttplibError error) {
  if constexpr (requires { HttplibError::ConnectionTimeout; })
    if (error == HttplibError::ConnectionTimeout) return false;
  return error != HttplibError::Connection;
}

const char* words_for(httplib::Error error) {
  if (!took_request(error)) return "no connection (nothing listens there, no such host, or no answer within 5 s)";
  return error == httplib::Error::Write ? "it closed the connection before it had the whole request"
                                        : "it closed the connection before it had answered";
}

}  // namespace

struct HttpConnection::Client : httplib::Client {
  using httplib::Client::Client;
};

HttpConnection::HttpConnection(std::string url) : url_(std::move(url)) {
  Url parts = parse_url(url_);
  path_ = std::move(parts.path);
  client_ = std::make_unique<Client>(parts.host, parts.port);
  client_->set_keep_alive(true);
  client_->set_tcp_nodelay(true);
  client_->set_socket_options(set_keep_alive_probes);
  client_->set_connection_timeout(connection_seconds);
  client_->set_write_timeout(60);
  client_->set_read_timeout(longest_answer);
}

HttpConnection::~HttpConnection() = default;

HttpConnection::Reply HttpConnection::get(const std::string& path) {
  return send("GET", path, {});
}

HttpConnection::Reply HttpConnection::post(const std::string& path, const std::string& json) {
  return send("POST", path, json);
}

void HttpConnection::stop() {
  stopped_ = true;
  client_->stop();
}

HttpConnection::Reply HttpConnection::send(const char* method, const std::string& path, const std::string& json) {
  const BrokenPipeIgnored ignored;
  stopped_ = false;
  bool taken = false;
  while (true) {
    const bool kept = client_->is_socket_open() != 0;
    httplib::Request request;
    request.method = method;
    request.path = path_ + path;
    if (!json.empty()) {
      request.set_header("Content-Type", "application/json");
      request.content_length_ = json.size();
      request.content_provider_ = [this, &json](std::size_t at, std::size_t length, httplib::DataSink& to) {
        to.write(json.data() + at, length);
        acknowledge_at_once(static_cast<int>(client_->socket()));
        return true;  // false would say that it was we who did not want to
      };
    }
    httplib::Response response;
    auto error = httplib::Error::Success;
    if (client_->send(request, response, error))
      return {response.status, std::move(response.body), response.get_header_value("EXCEPTION_WHAT")};
    // The server may have closed a connection at the moment when it was used again.
    taken = taken || took_request(error);
    if (kept && took_request(error) && response.status == -1 && !stopped_) continue;
    throw NoAnswer(words_for(error), taken);
  }
}

}  // namespace gmmvi::external
