#include "core/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace gmmvi::core {

spdlog::logger& log() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("gmmvi", std::make_shared<spdlog::sinks::stdout_sink_st>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

void set_log_rank(int rank, int size) {
  if (rank > 0) {
    log().set_level(spdlog::level::warn);
    log().set_pattern("[rank " + std::to_string(rank) + " of " + std::to_string(size) + "] %l: %v");
  }
}

void add_log_file(const std::string& path) {
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(path);
  sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
  log().sinks().push_back(std::move(sink));
}

}  // namespace gmmvi::core
