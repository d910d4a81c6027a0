#include "external/template_folder.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"

namespace gmmvi::external {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) {
  throw Error(what, ExitCode::configuration);
}

std::string formatted(const std::string& format, double value) {
  return fmt::format(fmt::runtime(format), value);
}

std::vector<fs::path> normal(const std::vector<std::string>& names) {
  std::vector<fs::path> paths;
  for (const std::string& name : names) {
    const fs::path path = fs::path(name).lexically_normal();
    paths.push_back(path.has_filename() ? path : path.parent_path());  // "tables/"
  }
  return paths;
}

bool has(const std::vector<fs::path>& paths, const fs::path& path) {
  return std::ranges::find(paths, path) != paths.end();
}

bool is_name(const std::string& text) {
  const auto is_first = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const auto is_later = [&](char c) {
    return is_first(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '[' || c == ']';
  };
  return !text.empty() && is_first(text.front()) && std::ranges::all_of(text, is_later);
}

/// Whether the braces at `open` may be somebody's who wanted a number: not a shell's ${c}, nor doubled.
bool may_be_place(const std::string& text, std::size_t open, const std::string& inside, const std::string& name) {
  if (!is_name(name) || (open > 0 && (text[open - 1] == '$' || text[open - 1] == '{'))) return false;
  try {
    if (name != inside) static_cast<void>(formatted(fmt::format("{{{}}}", inside.substr(name.size())), 1.0));
    return true;
  } catch (const fmt::format_error&) {
    return false;
  }
}

}  // namespace

TemplateText::TemplateText(const std::string& text, const std::vector<std::string>& parameters,
                           const std::string& what) {
  std::size_t begin = 0;  // of what is in no place yet
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find_first_of("{}", open + 1);
    if (close == std::string::npos || text[close] == '{') continue;
    const std::string inside = text.substr(open + 1, close - open - 1);
    const std::string name = inside.substr(0, inside.find(':'));
    const auto parameter = std::ranges::find(parameters, name);
    if (parameter == parameters.end()) {
      if (may_be_place(text, open, inside, name)) others_.push_back(fmt::format("{{{}}}", inside));
      continue;
    }
    const std::string format = name == inside ? "{:.17g}" : fmt::format("{{{}}}", inside.substr(name.size()));
    try {
      static_cast<void>(formatted(format, 1.0));
    } catch (const fmt::format_error& error) {
      fail(fmt::format("{}: {{{}}} has no format of a number ({}). Write for example {{{}:12.5e}}.", what, inside,
                       error.what(), name));
    }
    places_.push_back({text.substr(begin, open - begin), parameter - parameters.begin(), format});
    begin = close + 1;
  }
  rest_ = text.substr(begin);
}

std::string TemplateText::filled(const Eigen::Ref<const Eigen::VectorXd>& values) const {
  std::string text;
  for (const Place& place : places_) text += place.before + formatted(place.format, values[place.parameter]);
  return text + rest_;
}

TemplateFolder::TemplateFolder(const std::string& folder, const std::vector<std::string>& link,
                               const std::vector<std::string>& substitute, const std::vector<std::string>& parameters)
    : folder_(fs::absolute(folder)), linked_(normal(link)) {
  if (!fs::is_directory(folder_)) fail(fmt::format("template: {} is no folder.", folder));
  for (const fs::path& path : linked_)
    if (!fs::exists(folder_ / path))
      fail(fmt::format("link: there is no {} in the template {}.", path.string(), folder));
  const std::vector<fs::path> substituted = normal(substitute);
  for (const fs::path& path : substituted) {
    const std::string place = (folder_ / path).string();
    if (const std::string problem = core::problem_with_file(place); !problem.empty())
      fail(fmt::format("substitute: {} {}.", place, problem));
    filled_.push_back({path, fs::status(place).permissions(), TemplateText(core::read_text(place), parameters, place)});
    const TemplateText& text = filled_.back().text;
    if (!text.has_parameters())
      fail(fmt::format("substitute: there is nothing to fill in in {}, where {{{}}} would stand for a parameter{}.",
                       place, parameters.front(),
                       text.others().empty() ? "" : fmt::format("; {} is none", text.others().front())));
  }
  for (auto entry = fs::recursive_directory_iterator(folder_); entry != fs::end(entry); ++entry) {
    const fs::path path = entry->path().lexically_relative(folder_);
    if (has(linked_, path)) {
      entry.disable_recursion_pending();
    } else if (entry->is_directory()) {
      // What a link leads to would not be gone through.
      (entry->is_symlink() ? linked_ : folders_).push_back(path);
    } else if (!has(substituted, path)) {
      copied_.push_back(path);
    }
  }
  look_for(parameters);
}

// Where a parameter is in no file while something else is that looks like one, the one is the other misspelt.
void TemplateFolder::look_for(const std::vector<std::string>& parameters) {
  if (filled_.empty()) return;
  std::vector<std::string> absent, others;
  for (std::size_t d = 0; d < parameters.size(); ++d)
    if (std::ranges::none_of(filled_, [&](const Filled& file) { return file.text.has(static_cast<Eigen::Index>(d)); }))
      absent.push_back(parameters[d]);
  if (!absent.empty() && mentions_parameters_file()) absent.clear();
  for (const Filled& file : filled_)
    for (const std::string& other : file.text.others())
      others.push_back(fmt::format("{} in {}", other, file.path.string()));
  if (!absent.empty() && !others.empty())
    fail(
        fmt::format("substitute: {} is no parameter, and {} is in none of the files, whose name has to stand there. If "
                    "both is meant so, name {} in a comment, as {{{}}}.",
                    others.front(), absent.front(), absent.front(), absent.front()));
  if (!absent.empty())
    remarks_.push_back(
        fmt::format("No file of `substitute` has a place for {}: unless the simulator reads it in "
                    "parameters.json, its posterior will be its prior.",
                    fmt::join(absent, ", ")));
  if (!others.empty())
    remarks_.push_back(fmt::format("No parameter is called so: {}; it stays as it is.", fmt::join(others, ", ")));
}

bool TemplateFolder::mentions_parameters_file() const {
  constexpr std::size_t most = 1'000'000;  // of a script; nothing that is larger is one
  const auto mentions = [&](const fs::path& path) {
    return core::try_to_read_text((folder_ / path).string(), most).text.find("parameters.json") != std::string::npos;
  };
  return std::ranges::any_of(copied_, mentions) ||
         std::ranges::any_of(filled_, [&](const Filled& file) { return mentions(file.path); });
}

void TemplateFolder::copy_to(const fs::path& folder, const Eigen::Ref<const Eigen::VectorXd>& values) const {
  try {
    for (const fs::path& path : folders_) fs::create_directory(folder / path);
    for (const fs::path& path : copied_) fs::copy_file(folder_ / path, folder / path);
    for (const fs::path& path : linked_) fs::create_symlink(folder_ / path, folder / path);
    for (const Filled& file : filled_) {
      std::ofstream stream(folder / file.path, std::ios::binary);
      stream << file.text.filled(values) << std::flush;
      if (!stream) throw Error(fmt::format("cannot write {}", (folder / file.path).string()));
      stream.close();
      fs::permissions(folder / file.path, file.permissions);
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("cannot prepare the work directory: {}", error.what()), ExitCode::unavailable);
  }
}

}  // namespace gmmvi::external
