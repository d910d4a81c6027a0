#include "external/server_pool.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/log.hpp"
#include "core/text_file.hpp"

namespace gmmvi::external {
namespace {

std::vector<std::string> lines_with_urls(const std::string& text) {
  std::vector<std::string> urls;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    std::istringstream words(line);
    for (std::string url; words >> url;) urls.push_back(url);
  }
  return urls;
}

ServerPool::Clock::duration ticks(ServerPool::Seconds seconds) {
  return std::chrono::duration_cast<ServerPool::Clock::duration>(std::min(seconds, ServerPool::Seconds(1e9)));
}

}  // namespace

std::vector<std::string> listed_servers(std::vector<std::string> urls, const std::string& urls_file) {
  if (!urls_file.empty())
    for (auto& url : lines_with_urls(core::read_text(urls_file))) urls.push_back(std::move(url));
  if (urls.empty())
    throw Error(urls_file.empty() ? "There is no server to evaluate on: name them as `url` or `urls_file`."
                                  : fmt::format("{} names no server: it has to have a URL a line.", urls_file),
                ExitCode::configuration);
  return urls;
}

ServerPool::ServerPool(Options options) : options_(std::move(options)) {
  list(listed_servers(options_.urls, options_.urls_file));
}

/// What is listed from now on. A URL that stands there several times is as many servers.
void ServerPool::list(const std::vector<std::string>& urls) {
  std::map<std::string, int> missing;
  for (const auto& url : urls) ++missing[url];
  std::vector<bool> stays;
  for (const auto& server : servers_) stays.push_back(missing[server->connection.url()]-- > 0);
  std::vector<std::unique_ptr<Server>> added;  // before anything is changed: a URL may be none
  for (const auto& url : urls)
    if (missing[url]-- > 0) added.push_back(std::make_unique<Server>(url));

  for (std::size_t i = 0; i < servers_.size(); ++i) servers_[i]->listed = stays[i];
  std::ranges::move(added, std::back_inserter(servers_));
  std::erase_if(servers_, [](const auto& server) { return !server->listed && !server->busy; });
  int count = 0, position = 0;
  for (const auto& server : servers_) count += server->listed ? 1 : 0;
  for (auto& server : servers_) {
    if (!server->listed) continue;
    server->own = count >= options_.ranks ? position % options_.ranks == options_.rank % options_.ranks
                                          : position == options_.rank % count;
    ++position;
  }
}

void ServerPool::read_file_again() {
  if (options_.urls_file.empty()) return;
  std::vector<std::string> urls = options_.urls;
  const core::TextOrProblem file = core::try_to_read_text(options_.urls_file);
  for (auto& url : lines_with_urls(file.text)) urls.push_back(std::move(url));
  if (!file.problem.empty() || urls.empty()) return;  // somebody is writing it: what was known stays
  try {
    list(urls);
  } catch (const Error& error) {
    core::log().warn("{}, so {} is not heeded until it changes.", error.what(), options_.urls_file);
  }
}

bool ServerPool::any_lives(bool own) const {
  return std::ranges::any_of(servers_, [own](const auto& s) { return s->listed && !s->lost && (!own || s->own); });
}

/// The one that has been free for longest: where an evaluation was interrupted, the server may still be at it.
ServerPool::Server* ServerPool::free_one(bool own) const {
  Server* best = nullptr;
  for (const auto& server : servers_)
    if (server->listed && server->own == own && !server->busy && !server->lost &&
        (best == nullptr || server->free_since < best->free_since))
      best = server.get();
  return best;
}

ServerPool::Server* ServerPool::lost_one(bool own, Clock::time_point tried_before) const {
  for (const auto& server : servers_)
    if (server->listed && server->own == own && !server->busy && server->lost && *server->lost <= tried_before)
      return server.get();
  return nullptr;
}

ServerPool::Server* ServerPool::choose(Clock::time_point now) const {
  const Clock::time_point before = now - ticks(any_lives(false) ? options_.retry : options_.retry_without_any);
  for (const bool own : {true, false}) {
    if (!own && any_lives(true)) break;
    if (Server* server = free_one(own)) return server;
    if (Server* server = lost_one(own, before)) return server;
  }
  return nullptr;
}

ServerPool::Lease ServerPool::take(const std::atomic<bool>& interrupted) {
  std::unique_lock lock(mutex_);
  while (!interrupted) {
    const Clock::time_point now = Clock::now();
    if (Server* server = choose(now)) {
      server->busy = true;
      return {server, Return{this}};
    }
    // All have just been tried. However often evaluations were interrupted meanwhile, patience ends.
    if (none_since_ && !any_lives(false) && now - *none_since_ >= ticks(options_.patience)) give_up();
    // Somebody gives one back, or it is time to try one again, or patience ends.
    changed_.wait_until(lock, now + ticks(std::min(options_.retry_without_any, options_.retry)));
  }
  return {nullptr, Return{this}};
}

void ServerPool::give_up() const {
  std::vector<std::string> all;
  for (const auto& server : servers_)
    if (server->listed) all.push_back(fmt::format("{} ({})", server->connection.url(), server->said));
  throw NoServer(
      fmt::format("No server has answered for {:g} s, so nothing can be evaluated: {}. Start them, then resume "
                  "the run; `target.patience` says how long to wait.",
                  options_.patience.count(), fmt::join(all, ", ")));
}

void ServerPool::lives(const Lease& server) {
  const std::lock_guard lock(mutex_);
  if (server->lost) core::log().warn("{} answers again.", server->connection.url());
  server->lost.reset();
  none_since_.reset();
}

void ServerPool::lose(Lease server, const std::string& said) {
  {
    const std::lock_guard lock(mutex_);
    if (!server->lost)
      core::log().warn("{} is left out: {}. It is tried again after {:g} s.", server->connection.url(), said,
                       options_.retry.count());
    server->lost = Clock::now();
    server->said = said;
    server->greeted = false;
    read_file_again();
    if (!any_lives(false) && !none_since_) none_since_ = server->lost;
  }
  server.reset();
}

void ServerPool::give_back(Server& server) {
  {
    const std::lock_guard lock(mutex_);
    server.busy = false;
    server.free_since = Clock::now();
  }
  changed_.notify_all();
}

}  // namespace gmmvi::external
