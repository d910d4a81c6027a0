#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/unavailable.hpp"

#include "external/http_connection.hpp"

namespace gmmvi::external {

/// No server has answered for as long as patience lasts: not the evaluation's fault, so the run ends rather than counts
/// it.
class NoServer : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// `urls`, and those in `urls_file` if there is one: a URL a line, # begins a comment. Throws Error (data) if the file
/// cannot be read, and (configuration) if there are none.
std::vector<std::string> listed_servers(std::vector<std::string> urls, const std::string& urls_file);

/// The servers that a process evaluates on, shared by its slots. Each has one evaluation at a time. One that does not
/// answer is left out, and tried again later. Several processes that share the servers use different ones, as long as
/// one of their own is there.
class ServerPool {
 public:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

  struct Options {
    std::vector<std::string> urls = {};
    std::string urls_file = {};    ///< further ones; read again when one is lost
    int rank = 0, ranks = 1;       ///< of the processes that share them
    Seconds patience{60};          ///< without any server
    Seconds retry{30};             ///< until a lost server is tried again
    Seconds retry_without_any{1};  ///< the same where no server is left
  };

  struct Server {
    explicit Server(const std::string& url) : connection(url) {}

    HttpConnection connection;
    bool greeted = false;  ///< whether whoever has it found that it is what was asked for; false again when it is lost

   private:
    friend ServerPool;
    bool listed = true;  // in `urls` or the file, as that is now
    bool own = false;
    bool busy = false;
    std::optional<Clock::time_point> lost = {};  // when it was last found not to answer
    std::string said = {};                       // of that
    Clock::time_point free_since = {};
  };

  /// Throws Error as listed_servers() does, and (configuration) where a URL is none.
  explicit ServerPool(Options options);

  struct Return {
    ServerPool* pool;
    void operator()(Server* server) const { pool->give_back(*server); }
  };
  using Lease = std::unique_ptr<Server, Return>;

  /// A server for this caller alone: waits for one. An empty lease if `interrupted` becomes true. Throws NoServer.
  Lease take(const std::atomic<bool>& interrupted);
  /// The server has answered: whatever it was, it lives.
  void lives(const Lease& server);
  /// It has not, and ends the lease. `said` says how, for NoServer.
  void lose(Lease server, const std::string& said);
  /// Has those who wait look at `interrupted`.
  void wake() { changed_.notify_all(); }

 private:
  void give_back(Server& server);
  void read_file_again();
  void list(const std::vector<std::string>& urls);
  bool any_lives(bool own) const;
  Server* choose(Clock::time_point now) const;
  Server* free_one(bool own) const;
  Server* lost_one(bool own, Clock::time_point tried_before) const;
  [[noreturn]] void give_up() const;

  Options options_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::optional<Clock::time_point> none_since_;  // since when no server has been known to live
};

}  // namespace gmmvi::external
