#include "core/log.hpp"

#include <array>
#include <cstdio>
#include <mutex>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"
#include "core/terminal.hpp"
#include "core/verbosity.hpp"

namespace gmmvi::core {
namespace {

/// Warnings and errors to stderr, so that they are seen where stdout goes into a file or a pipe. The live line makes
/// room for every message, and comes back below it. Messages are folded to the terminal's width.
class ScreenSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void show_live_line(const std::string& text) {
    const std::lock_guard lock(mutex_);
    replace_live_line(text);
  }

 private:
  void replace_live_line(const std::string& text) {
    if (!live_line_.empty()) print("\r\x1b[2K");
    live_line_ = text;
    // The terminal cuts it at its edge: of a line that went on in the next row only that row would be taken away.
    if (!live_line_.empty()) print("\x1b[?7l" + live_line_ + "\x1b[?7h");
  }
  static void print(const std::string& text, std::FILE* file = stdout) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
  }
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string live_line = live_line_;
    replace_live_line("");
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const StandardStream stream = message.level >= spdlog::level::warn ? StandardStream::error : StandardStream::out;
    print(laid_out(fmt::to_string(line), stream), stream == StandardStream::out ? stdout : stderr);
    replace_live_line(live_line);
  }
  void flush_() override {}  // every message is, at once

  std::string live_line_;
};

/// Whatever a message quotes, it does nothing to a terminal and is not endless.
class SafeLogger final : public spdlog::logger {
 public:
  using spdlog::logger::logger;

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text = core::message({message.payload.data(), message.payload.size()});
    spdlog::details::log_msg safe = message;
    safe.payload = text;
    spdlog::logger::sink_it_(safe);
  }
};

const std::shared_ptr<ScreenSink>& screen() {
  static const auto sink = [] {
    auto made = std::make_shared<ScreenSink>();
    made->set_level(spdlog::level::info);
    return made;
  }();
  return sink;
}

}  // namespace

void Log::say(Level level, const std::string& message) {
  using Severity = spdlog::level::level_enum;
  constexpr std::array severities{Severity::debug, Severity::info, Severity::warn, Severity::critical};
  logger_->log(severities.at(static_cast<std::size_t>(level)), message);
}

void Log::flush() {
  logger_->flush();
}

Log& log() {
  static Log log = [] {
    auto made = std::make_shared<SafeLogger>("gmmvi", screen());
    made->set_pattern("%v");
    made->set_level(spdlog::level::debug);
    made->flush_on(spdlog::level::debug);
    return Log(made);
  }();
  return log;
}

void set_log_rank(int rank, int size) {
  if (rank > 0) {
    log().logger().set_level(spdlog::level::warn);
    log().logger().set_pattern("[rank " + std::to_string(rank) + " of " + std::to_string(size) + "] %v");
  }
}

void show_details() {
  screen()->set_level(spdlog::level::debug);
}

bool shows_details() {
  return screen()->should_log(spdlog::level::debug);
}

void show_live_line(const std::string& text) {
  screen()->show_live_line(printable(text, Lines::one));
}

void add_log_file(const std::string& path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    log().logger().sinks().push_back(std::move(sink));
  } catch (const spdlog::spdlog_ex& error) {
    throw Error(std::string("Cannot write the log file: ") + error.what(), ExitCode::cannot_create);
  }
}

}  // namespace gmmvi::core
