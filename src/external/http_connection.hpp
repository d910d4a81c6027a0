#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "gmmvi/error.hpp"

namespace gmmvi::external {

/// A server has not answered, or what stands before it says that it is not there.
class NoAnswer : public Error {
 public:
  NoAnswer(const std::string& why, bool while_at_work)
      : Error(why, ExitCode::unavailable), while_at_work_(while_at_work) {}
  /// Whether it had taken the request: what it was asked for may be what it died of.
  bool while_at_work() const { return while_at_work_; }

 private:
  bool while_at_work_;
};

/// Requests to one HTTP server, one at a time, whose connection is kept open between them. Answers may take days; a
/// host that is gone is noticed after about a minute.
class HttpConnection {
 public:
  /// `url` is http://host[:port][/path]. Connects later. Throws Error (configuration) with what is wrong with it.
  explicit HttpConnection(std::string url);
  ~HttpConnection();

  struct Reply {
    int status;
    std::string body;
    std::string exception;  ///< of the header EXCEPTION_WHAT, which UM-Bridge servers in C++ send
  };
  /// `path` ("/Info") comes after the URL's own. A connection that has been kept and that the server has closed in the
  /// meantime is made anew. Throws NoAnswer.
  Reply get(const std::string& path);
  Reply post(const std::string& path, const std::string& json);
  /// From any thread: the running request ends soon, with NoAnswer, if it is connected.
  void stop();

  const std::string& url() const { return url_; }

 private:
  struct Client;
  Reply send(const char* method, const std::string& path, const std::string& json);

  std::string url_, path_;
  std::unique_ptr<Client> client_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace gmmvi::external
