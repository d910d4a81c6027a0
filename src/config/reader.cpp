#include "config/reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/key_places.hpp"
#include "config/nearest.hpp"
#include "config/values.hpp"
#include "core/printable.hpp"
#include "core/text_file.hpp"

namespace gmmvi::config {

namespace {

std::string join(const std::string& section, std::string_view key) {
  return section.empty() ? std::string(key) : section + "." + std::string(key);
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string kind_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing (null)";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map of settings";
    case Node::Kind::scalar:
      break;
  }
  const std::string text = core::quotation(node.text);
  return node.quoted ? "the text \"" + text + "\"" : "'" + text + "'";
}

/// ${...}, which OmegaConf and Hydra replace, and ??? where they want a value.
bool is_interpolation(const Node& node) {
  const std::size_t begin = node.text.find("${");
  return node.kind == Node::Kind::scalar && begin != std::string::npos &&
         node.text.find('}', begin) != std::string::npos;
}

bool is_placeholder(const Node& node) {
  for (const char* word : {"TODO", "FIXME", "TBD", "XXX", "???"})
    if (node.text.starts_with(word)) return true;
  return node.text.starts_with('<') && node.text.ends_with('>');
}

[[noreturn]] void refuse_value(const Node& node, const std::string& path, const std::string& problem,
                               const std::string& allowed) {
  const std::string may_be = allowed.empty() ? "" : "; allowed: " + allowed;
  if (is_interpolation(node)) {
    fail(node.place,
         fmt::format("{}: {} is an unresolved interpolation, and nothing replaces it here; write the value itself, or "
                     "save the config resolved (OmegaConf.to_yaml(config, resolve=True)){}",
                     node.place.text_of(path), kind_text(node), may_be));
  }
  const bool unfilled = node.kind == Node::Kind::scalar && is_placeholder(node);
  fail(node.place, fmt::format("{}: {}{}{}", node.place.text_of(path), problem,
                               unfilled ? " (a placeholder that was never filled in?)" : "", may_be));
}

std::string problem_text(const Node& node, Conversion conversion) {
  switch (conversion) {
    case Conversion::not_whole:
      return kind_text(node) + " is not a whole number";
    case Conversion::not_finite:
      return kind_text(node) + " is not a finite number";
    case Conversion::too_large:
      return kind_text(node) + " is too large or too small for this setting";
    default:
      return kind_text(node) + " is not a number";
  }
}

/// A quoted number is a text.
Conversion usable(const Node& node) {
  return node.kind == Node::Kind::scalar && !node.quoted ? Conversion::done : Conversion::no_number;
}

template <class T>
T integer_of(const Node& node, const std::string& path, Range range) {
  const std::string allowed = "a whole number" + range.text();
  T value = 0;
  Conversion conversion = usable(node);
  if (conversion == Conversion::done) conversion = to_integer(node.text, value);
  if (conversion == Conversion::too_large) {
    refuse_value(
        node, path, problem_text(node, conversion),
        std::isfinite(range.highest) ? allowed : fmt::format("{}, at most {}", allowed, std::numeric_limits<T>::max()));
  }
  if (conversion != Conversion::done) refuse_value(node, path, problem_text(node, conversion), allowed);
  if (!range.holds(static_cast<double>(value))) refuse_value(node, path, kind_text(node) + " is out of range", allowed);
  return value;
}

std::string where_relative(const Node& node) {
  return fmt::format("relative paths start at the {}",
                     node.place.source->has_lines ? "folder of the file that names them" : "present folder");
}

}  // namespace

Reader::Reader(const Node& root, Problems& problems, Files files) : root_(root), problems_(problems), files_(files) {}

Section Reader::root() {
  return {*this, &root_, ""};
}

void Reader::check_keys() {
  check_section(root_, "");
}

std::vector<std::string> Reader::paths() const {
  std::vector<std::string> paths;
  for (const auto& [section, asked] : sections_)
    for (const std::string& key : asked.keys) paths.push_back(join(section, key));
  return paths;
}

void Reader::check_section(const Node& map, const std::string& path) {
  const Asked& asked = sections_.at(path);
  if (asked.anything) return;
  for (const Node::Entry& entry : map.entries) {
    const bool known = contains(asked.keys, entry.key);
    if (!known && problems_.full()) problems_.count(1);
    if (!known && !problems_.full()) problems_.attempt([&] { refuse_key(entry.value, path, entry.key); });
    if (known && sections_.contains(join(path, entry.key))) check_section(entry.value, join(path, entry.key));
  }
}

bool Reader::is_usable_everywhere(std::string_view key) const {
  return std::ranges::none_of(unusable_,
                              [&](std::string_view path) { return path.substr(path.rfind('.') + 1) == key; });
}

void Reader::refuse_key(const Node& value, const std::string& section, const std::string& key) {
  Asked& asked = sections_.at(section);
  const std::string keys = asked.keys.empty() ? "no key at all" : fmt::format("{}", fmt::join(asked.keys, ", "));
  std::string help = hint(value, section, key);
  constexpr std::size_t few = 10;  // keys; a long list would hide the hint
  if ((help.empty() || asked.keys.size() <= few) && !std::exchange(asked.told, true)) help += "; allowed here: " + keys;
  fail(value.place,
       fmt::format("{}: unknown key{}{}", value.place.text_of(join(section, core::quotation(key))), asked.owner, help));
}

std::string Reader::hint(const Node& value, const std::string& section, const std::string& key) const {
  if (std::string known = hint_at_other_name(key, value); !known.empty()) return known;
  if (key.size() > core::longest_quotation) return "";
  std::vector<std::string> elsewhere;
  for (const auto& [path, asked] : sections_)
    if (path != section && contains(asked.keys, key)) elsewhere.push_back(join(path, key));
  if (elsewhere.empty()) elsewhere = places_of(key, section);
  if (!elsewhere.empty()) return fmt::format(" (did you mean '{}'?)", fmt::join(elsewhere, "' or '"));
  const std::string near = nearest(key, sections_.at(section).keys);
  if (!near.empty()) return did_you_mean(join(section, near));
  const std::string place = nearest_place(key);
  return place == join(section, key) ? "" : did_you_mean(place);  // with another option it might stand here
}

Section::Section(Reader& reader, const Node* map, std::string path)
    : reader_(&reader), map_(map), path_(std::move(path)) {
  reader_->sections_[path_];
  if (map_ != nullptr && map_->kind == Node::Kind::null) map_ = nullptr;
  if (map_ == nullptr || map_->kind == Node::Kind::map) return;
  reader_->problems_.attempt([&] {
    refuse_value(*map_, path_.empty() ? "the configuration" : path_, kind_text(*map_) + " where settings must stand",
                 "a map, lines of the form 'key: value'");
  });
  map_ = nullptr;
  reader_->problems_.incomplete();
}

Section Section::section(std::string_view key) {
  const Node* map = find(key);
  return {*reader_, map, path_of(key)};
}

std::string Section::path_of(std::string_view key) const {
  return join(path_, key);
}

std::string Section::place_text() const {
  return map_ == nullptr ? reader_->name() : map_->place.text();
}

void Section::require(std::string_view key, const std::string& what) {
  if (has(key)) return;
  reader_->unusable_.insert(path_of(key));
  reader_->problems_.missing(fmt::format("{}: {}: missing; {}", place_text(), path_of(key), what));
}

bool Section::is_usable(std::string_view key) const {
  return !reader_->unusable_.contains(path_of(key));
}

void Section::belongs_to(const std::string& owner) {
  reader_->sections_[path_].owner = " of " + owner;
}

void Section::accept_anything() {
  reader_->sections_[path_].anything = true;
}

std::vector<std::string> Section::keys() const {
  std::vector<std::string> keys;
  if (map_ != nullptr)
    for (const Node::Entry& entry : map_->entries) keys.push_back(entry.key);
  return keys;
}

const Node* Section::find(std::string_view key) {
  std::vector<std::string>& keys = reader_->sections_[path_].keys;
  if (!contains(keys, key)) keys.emplace_back(key);
  const Node* node = map_ == nullptr ? nullptr : map_->find(key);
  if (node != nullptr) reader_->places_[path_of(key)] = node->place.text();
  return node;
}

bool Section::has(std::string_view key) {
  const Node* node = find(key);
  return node != nullptr && node->kind != Node::Kind::null;
}

void Section::refuse(std::string_view key, const std::string& problem, const std::string& allowed) const {
  refuse_value(*map_->find(key), path_of(key), problem, allowed);
}

const Node* Section::scalar(std::string_view key, const std::string& allowed) {
  const Node* node = find(key);
  if (node != nullptr && (node->kind != Node::Kind::scalar || is_interpolation(*node)))
    refuse(key, kind_text(*node) + " cannot stand here", allowed);
  return node;
}

double Section::number_of(const Node& node, const std::string& path, Range range) const {
  const std::string allowed = "a number" + range.text();
  double value = 0.0;
  Conversion conversion = usable(node);
  if (conversion == Conversion::done) conversion = to_number(node.text, value);
  if (conversion != Conversion::done) refuse_value(node, path, problem_text(node, conversion), allowed);
  if (!range.holds(value)) refuse_value(node, path, kind_text(node) + " is out of range", allowed);
  if (!range.holds_square(value))
    refuse_value(node, path, kind_text(node) + " cannot be computed with, since its square is 0 or infinite",
                 allowed + ", of a size from 1e-150 to 1e150");
  return value;
}

std::vector<double> Section::numbers_of(const Node& list, const std::string& path, Range range) const {
  if (list.items.empty()) refuse_value(list, path, "an empty list", "at least one number" + range.text());
  std::vector<double> values;
  for (const Node& item : list.items) {
    double& value = values.emplace_back();
    reader_->problems_.attempt([&] { value = number_of(item, fmt::format("{}[{}]", path, values.size() - 1), range); });
  }
  return values;
}

void Section::number(std::string_view key, double& value, Range range, Meaning) {
  attempt(key, [&] {
    if (const Node* node = find(key)) value = number_of(*node, path_of(key), range);
  });
}

void Section::number(std::string_view key, std::optional<double>& value, Range range, Meaning) {
  attempt(key, [&] {
    if (const Node* node = find(key)) {
      value.reset();
      if (node->kind != Node::Kind::null) value = number_of(*node, path_of(key), range);
    }
  });
}

void Section::number_or_empty(std::string_view key, double& value, Range range, Meaning) {
  if (has(key)) number(key, value, range);
}

template <class T>
void Section::integer(std::string_view key, T& value, Range range, Meaning) {
  attempt(key, [&] {
    if (const Node* node = find(key)) value = integer_of<T>(*node, path_of(key), range);
  });
}

template <class T>
void Section::integer(std::string_view key, std::optional<T>& value, Range range, Meaning) {
  attempt(key, [&] {
    if (const Node* node = find(key)) {
      value.reset();
      if (node->kind != Node::Kind::null) value = integer_of<T>(*node, path_of(key), range);
    }
  });
}

template void Section::integer(std::string_view, int&, Range, Meaning);
template void Section::integer(std::string_view, std::int64_t&, Range, Meaning);
template void Section::integer(std::string_view, std::uint64_t&, Range, Meaning);
template void Section::integer(std::string_view, std::optional<int>&, Range, Meaning);
template void Section::integer(std::string_view, std::optional<std::int64_t>&, Range, Meaning);

void Section::sample_count(std::string_view key, SampleCount& value, Meaning) {
  attempt(key, [&] {
    const std::string allowed =
        "a whole number from 1 to 2147483647, or a multiple of the dimensions D such as 2D or 1.3D (no blank, capital "
        "D; "
        "10 samples at least)";
    const Node* node = scalar(key, allowed);
    if (node == nullptr) return;
    const std::string& text = node->text;
    int count = 0;
    double factor = 0.0;
    const Conversion conversion = to_integer(text, count);
    const bool is_count = !node->quoted && conversion == Conversion::done;
    const bool is_factor =
        text.ends_with('D') && to_number(text.substr(0, text.size() - 1), factor) == Conversion::done;
    if (conversion == Conversion::too_large) refuse(key, problem_text(*node, conversion), allowed);
    if (!is_count && !is_factor) refuse(key, kind_text(*node) + " is not a number of samples", allowed);
    if (is_count ? count < 1 : !(factor > 0.0)) refuse(key, kind_text(*node) + " is out of range", allowed);
    value = is_count ? SampleCount(count) : SampleCount::times_dimension(factor);
  });
}

void Section::boolean(std::string_view key, bool& value, Meaning) {
  attempt(key, [&] {
    const std::string allowed = "true, false";
    const Node* node = scalar(key, allowed);
    if (node != nullptr && (node->quoted || !to_boolean(node->text, value))) {
      refuse(key, kind_text(*node) + " is neither true nor false", allowed);
    }
  });
}

void Section::text(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    if (const Node* node = scalar(key, "a text")) value = node->text;
  });
}

void Section::optional_text(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    if (find(key) != nullptr) value.clear();
    if (has(key)) text(key, value);
  });
}

void Section::numbers(std::string_view key, std::vector<double>& value, Range range, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    if (node->kind != Node::Kind::list)
      refuse(key, kind_text(*node) + " is not a list", "a list of numbers" + range.text());
    value = numbers_of(*node, path_of(key), range);
  });
}

void Section::integers(std::string_view key, std::vector<std::int64_t>& value, Range range, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    if (node->kind != Node::Kind::list)
      refuse(key, kind_text(*node) + " is not a list", "a list of whole numbers" + range.text());
    value.clear();
    for (const Node& item : node->items) {
      const std::string path = fmt::format("{}[{}]", path_of(key), value.size());
      value.emplace_back();
      reader_->problems_.attempt([&] { value.back() = integer_of<std::int64_t>(item, path, range); });
    }
  });
}

void Section::one_of(std::string_view key, int& value, std::initializer_list<int> allowed, Meaning) {
  attempt(key, [&] {
    integer(key, value, {});
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      refuse(key, fmt::format("{} is none of the values that this can have", value),
             fmt::format("{}", fmt::join(allowed, ", ")));
  });
}

std::optional<std::size_t> Section::choice(std::string_view key, std::span<const std::string_view> words) {
  const std::string allowed = fmt::format("one of {}", fmt::join(words, ", "));
  const Node* node = scalar(key, allowed);
  if (node == nullptr) return std::nullopt;
  const auto word = std::ranges::find(words, node->text);
  if (word == words.end())
    refuse(key, fmt::format("'{}' is none of the words that can stand here", core::quotation(node->text)), allowed);
  return static_cast<std::size_t>(word - words.begin());
}

void Section::read_nested(const Node& node, const std::string& path, Range range, double& value) const {
  value = number_of(node, path, range);
}

template <class Nested>
void Section::read_nested(const Node& node, const std::string& path, Range range, std::vector<Nested>& values) const {
  if (node.kind != Node::Kind::list || node.items.empty())
    refuse_value(node, path, kind_text(node) + " where a list must stand", "a list that is not empty");
  values.resize(node.items.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    reader_->problems_.attempt([&] { read_nested(node.items[i], fmt::format("{}[{}]", path, i), range, values[i]); });
}

template <class Nested>
void Section::nested_numbers(std::string_view key, std::vector<Nested>& value, Range range, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    value.clear();
    if (node->kind != Node::Kind::null) read_nested(*node, path_of(key), range, value);
  });
}

template void Section::nested_numbers(std::string_view, std::vector<double>&, Range, Meaning);
template void Section::nested_numbers(std::string_view, std::vector<std::vector<double>>&, Range, Meaning);
template void Section::nested_numbers(std::string_view, std::vector<std::vector<std::vector<double>>>&, Range, Meaning);

void Section::per_dimension(std::string_view key, PerDimension& value, Range range, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    const bool is_list = node->kind == Node::Kind::list;
    value = is_list ? numbers_of(*node, path_of(key), range) : PerDimension{number_of(*node, path_of(key), range)};
  });
}

void Section::per_dimension(std::string_view key, std::optional<PerDimension>& value, bool& given, Range range,
                            Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    value.reset();
    given = node->kind != Node::Kind::null;
    if (given) per_dimension(key, value.emplace(), range);
  });
}

void Section::require_file(std::string_view key, const Node& node, const std::string& path) const {
  const std::string problem = reader_->files() == Files::must_exist ? core::problem_with_file(path) : "";
  if (problem.empty()) return;
  refuse(key, fmt::format("the file '{}' {}", path, problem),
         fmt::format("a file that can be read; {}", where_relative(node)));
}

void Section::input_file(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    const Node* node = scalar(key, "the path of a file");
    if (node == nullptr) return;
    const std::string path = node->place.resolve(node->text).string();
    require_file(key, *node, path);
    value = path;
  });
}

std::string Section::file_of(std::string_view key, const std::string& name) {
  const Node& node = *find(key);
  std::string path = node.place.resolve(name).string();
  require_file(key, node, path);
  return path;
}

void Section::input_folder(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    path(key, value);
    std::error_code error;
    if (value.empty() || reader_->files() != Files::must_exist || std::filesystem::is_directory(value, error)) return;
    refuse(key, fmt::format("there is no folder '{}'", value), fmt::format("a folder; {}", where_relative(*find(key))));
  });
}

void Section::path(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    if (find(key) != nullptr) value.clear();
    if (!has(key)) return;
    if (const Node* node = scalar(key, "a path")) value = node->place.resolve(node->text).string();
  });
}

std::vector<std::string> Section::listed_texts(const Node& list, const std::string& path) const {
  std::vector<std::string> texts;
  for (const Node& item : list.items) {
    if (item.kind != Node::Kind::scalar)
      refuse_value(item, fmt::format("{}[{}]", path, texts.size()), kind_text(item) + " is no text", "a text");
    texts.push_back(item.text);
  }
  return texts;
}

void Section::texts(std::string_view key, std::vector<std::string>& value, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    value.clear();
    if (node->kind == Node::Kind::null) return;
    if (node->kind == Node::Kind::scalar) return void(value = {node->text});
    if (node->kind != Node::Kind::list) refuse(key, kind_text(*node) + " cannot stand here", "a list of texts");
    value = listed_texts(*node, path_of(key));
  });
}

// Words without a slash are left: a program is looked for in PATH, and where it runs there may be such a file, too.
std::string Section::resolved_word(const Node& node, const std::string& word) const {
  if (word.find('/') == std::string::npos || word.starts_with('/') || word.starts_with('-')) return word;
  const std::filesystem::path path = node.place.resolve(word);
  std::error_code error;
  const bool is_file = reader_->files() == Files::must_exist && std::filesystem::is_regular_file(path, error);
  return is_file ? path.string() : word;
}

void Section::program(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    if (const Node* node = scalar(key, "a program")) value = resolved_word(*node, node->text);
  });
}

void Section::command(std::string_view key, external::Command& value, bool is_of_shell, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    if (node->kind == Node::Kind::scalar && !node->text.empty()) {
      value = node->text;
      if (is_of_shell || node->text.find_first_of("\"'\\") != std::string::npos) return;  // others take it apart
      std::vector<std::string> words;
      std::istringstream text(node->text);
      bool any = false;
      for (std::string word; text >> word;) {
        words.push_back(resolved_word(*node, word));
        any = any || words.back() != word;
      }
      if (any) value = std::move(words);  // whose paths may have blanks
    } else if (node->kind == Node::Kind::list && !node->items.empty() && !is_of_shell) {
      std::vector<std::string> words = listed_texts(*node, path_of(key));
      for (std::string& word : words) word = resolved_word(*node, word);
      value = std::move(words);
    } else {
      refuse(key, kind_text(*node) + " cannot stand here",
             is_of_shell ? "one text, which the shell takes apart"
                         : "a program and its arguments, as a list or in one text");
    }
  });
}

void Section::text_map(std::string_view key, std::map<std::string, std::string>& value, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr) return;
    value.clear();
    if (node->kind == Node::Kind::null) return;
    if (node->kind != Node::Kind::map) refuse(key, kind_text(*node) + " is no map", "a map of texts");
    for (const Node::Entry& entry : node->entries) {
      if (entry.value.kind != Node::Kind::scalar)
        refuse_value(entry.value, join(path_of(key), entry.key), kind_text(entry.value) + " is no text", "a text");
      value[entry.key] = entry.value.text;
    }
  });
}

void Section::json(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    const Node* node = find(key);
    if (node == nullptr || node->kind == Node::Kind::null) return;
    if (node->kind != Node::Kind::map) refuse(key, kind_text(*node) + " is no map", "a map of anything");
    value = to_json(*node);
  });
}

void Section::python_function(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    const std::string allowed = "file.py:name, or package.module:name";
    const Node* node = scalar(key, allowed);
    if (node == nullptr) return;
    const std::size_t colon = node->text.rfind(':');
    const std::string module = node->text.substr(0, colon);
    if (colon == std::string::npos || module.empty() || colon + 1 == node->text.size())
      refuse(key, kind_text(*node) + " names no function of a module", allowed);
    value = node->text;
    if (!module.ends_with(".py")) return;
    const std::string path = node->place.resolve(module).string();
    require_file(key, *node, path);
    value = path + node->text.substr(colon);
  });
}

void Section::optional_input_file(std::string_view key, std::string& value, Meaning) {
  attempt(key, [&] {
    if (find(key) != nullptr) value.clear();
    if (has(key)) input_file(key, value);
  });
}

}  // namespace gmmvi::config
