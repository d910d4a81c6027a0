#include "report/page.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "report/assets.hpp"
#include "report/json.hpp"

namespace gmmvi::report {
namespace {

/// How every report begins.
constexpr std::string_view first_line = "<!DOCTYPE html><!-- gmmvi report -->";

/// What a script element may hold: `</script>` would end it.
std::string inside_script(std::string json) {
  for (auto at = json.find('<'); at != std::string::npos; at = json.find('<', at)) json.replace(at, 1, "\\u003c");
  return json;
}

/// `text` with every {{name}} replaced; what is put in its place is left as it is.
std::string filled(std::string_view text, const std::map<std::string_view, std::string_view>& values) {
  std::string result;
  while (true) {
    const std::size_t open = text.find("{{");
    result += text.substr(0, open);
    if (open == std::string_view::npos) return result;
    const std::size_t close = text.find("}}", open);
    result += values.at(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 2);
  }
}

void refuse_to_replace_others(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  std::string begin(first_line.size(), '\0');
  // To open a pipe may take for ever.
  if (std::filesystem::is_regular_file(path, ignored))
    std::ifstream(path, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (begin == first_line) return;
  throw Error(fmt::format("Cannot write {}: there is something that is no report. Name another file with --out.", path),
              ExitCode::cannot_create);
}

}  // namespace

std::string page(const std::vector<RunData>& runs) {
  const Assets files = assets();
  // Everything beyond ASCII is escaped, too: a file may have bytes that are no UTF-8.
  const std::string data = inside_script(io::ascii_text_of(to_json(runs)));
  return filled(files.html, {{"css", files.css}, {"chart", files.chart}, {"data", data}, {"script", files.script}});
}

void write_page(const std::string& path, const std::string& page) {
  refuse_to_replace_others(path);
  io::write_atomically(path, page);
}

}  // namespace gmmvi::report
