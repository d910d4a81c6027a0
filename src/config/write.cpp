#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "config/codename.hpp"
#include "config/configuration.hpp"
#include "config/keys.hpp"
#include "config/read_problem.hpp"
#include "config/tree.hpp"
#include "config/values.hpp"
#include "core/fold.hpp"

namespace gmmvi::config {

namespace {

using Meaning = std::string_view;

std::string quoted(const std::string& text) {
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << text;
  return emitter.c_str();
}

std::string list_text(double value) {
  return to_text(value);
}

template <class Nested>
std::string list_text(const std::vector<Nested>& values) {
  std::vector<std::string> texts(values.size());
  std::ranges::transform(values, texts.begin(), [](const Nested& value) { return list_text(value); });
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

/// Prints what a Section would read, a line a setting.
class Writer {
 public:
  explicit Writer(Comments comments) : comments_(comments) {}
  std::string finish() { return std::move(out_); }

  void number(const char* key, double value, Range range, Meaning meaning) {
    setting(key, to_text(value), meaning, "number" + range.text());
  }
  void number(const char* key, const std::optional<double>& value, Range range, Meaning meaning) {
    setting(key, value ? to_text(*value) : "null", meaning, "number" + range.text() + ", or null");
  }
  void number_or_empty(const char* key, double value, Range range, Meaning meaning) {
    number(key, value, range, meaning);
  }
  template <class T>
  void integer(const char* key, T value, Range range, Meaning meaning) {
    setting(key, std::to_string(value), meaning, "whole number" + range.text());
  }
  template <class T>
  void integer(const char* key, const std::optional<T>& value, Range range, Meaning meaning) {
    setting(key, value ? std::to_string(*value) : "null", meaning, "whole number" + range.text() + ", or null");
  }
  void sample_count(const char* key, const SampleCount& value, Meaning meaning) {
    setting(key, value.factor() ? to_text(*value.factor()) + 'D' : std::to_string(value.count()), meaning,
            "whole number, at least 1, or a multiple of the dimensions D such as 2D, then at least 10");
  }
  void boolean(const char* key, bool value, Meaning meaning) {
    setting(key, value ? "true" : "false", meaning, "true or false");
  }
  void text(const char* key, const std::string& value, Meaning meaning) {
    setting(key, quoted(value), meaning, "text");
  }
  void optional_text(const char* key, const std::string& value, Meaning meaning) {
    setting(key, value.empty() ? "null" : quoted(value), meaning, "text, or null");
  }
  void input_file(const char* key, const std::string& path, Meaning meaning) {
    setting(key, quoted(path), meaning, "path of a file");
  }
  void optional_input_file(const char* key, const std::string& path, Meaning meaning) {
    setting(key, path.empty() ? "null" : quoted(path), meaning, "path of a file, or null");
  }
  void numbers(const char* key, const std::vector<double>& values, Range range, Meaning meaning) {
    setting(key, list_text(values), meaning, "list of numbers" + range.text());
  }
  void integers(const char* key, const std::vector<std::int64_t>& values, Range range, Meaning meaning) {
    setting(key, fmt::format("[{}]", fmt::join(values, ", ")), meaning, "list of whole numbers" + range.text());
  }
  void one_of(const char* key, int value, std::initializer_list<int> allowed, Meaning meaning) {
    setting(key, std::to_string(value), meaning, fmt::format("one of {}", fmt::join(allowed, ", ")));
  }
  template <class Enum, std::size_t n>
  void choice(const char* key, Enum value, const std::array<Word<Enum>, n>& words, Meaning meaning) {
    setting(key, quoted(std::string(std::ranges::find(words, value, &Word<Enum>::value)->text)), meaning,
            fmt::format("one of {}", fmt::join(texts_of(words), ", ")));
  }
  template <class Nested>
  void nested_numbers(const char* key, const std::vector<Nested>& values, Range range, Meaning meaning) {
    setting(key, values.empty() ? "null" : list_text(values), meaning, "list of numbers" + range.text() + ", or null");
  }
  void per_dimension(const char* key, const PerDimension& values, Range range, Meaning meaning) {
    setting(key, values.size() == 1 ? to_text(values[0]) : list_text(values), meaning,
            "number" + range.text() + ", or one per dimension");
  }
  void per_dimension(const char* key, const std::optional<PerDimension>& values, bool given, Range range,
                     Meaning meaning) {
    if (values && given) return per_dimension(key, *values, range, meaning);
    if (!given) setting(key, "null", meaning, "number" + range.text() + ", or one per dimension, or null");
  }
  void input_folder(const char* key, const std::string& path, Meaning meaning) { a_path(key, path, meaning, "folder"); }
  void path(const char* key, const std::string& path, Meaning meaning) { a_path(key, path, meaning, "path"); }
  void texts(const char* key, const std::vector<std::string>& values, Meaning meaning) {
    setting(key, list_of(values), meaning, "list of texts");
  }
  void command(const char* key, const external::Command& value, bool, Meaning meaning) {
    const auto* words = std::get_if<std::vector<std::string>>(&value);
    setting(key, words != nullptr ? list_of(*words) : json_quoted(std::get<std::string>(value)), meaning,
            "text, or list of texts");
  }
  void text_map(const char* key, const std::map<std::string, std::string>& values, Meaning meaning) {
    std::vector<std::string> entries;
    for (const auto& [name, text] : values) entries.push_back(json_quoted(name) + ": " + json_quoted(text));
    setting(key, fmt::format("{{{}}}", fmt::join(entries, ", ")), meaning, "map of texts");
  }
  void json(const char* key, const std::string& value, Meaning meaning) { setting(key, value, meaning, "map"); }
  void program(const char* key, const std::string& value, Meaning meaning) { text(key, value, meaning); }
  void python_function(const char* key, const std::string& value, Meaning meaning) {
    setting(key, quoted(value), meaning, "text");
  }
  template <class Options>
  void target(const char* key, Options& options, Meaning meaning) {
    section(key, meaning, [&](Writer& inner) {
      inner.word("type", type_of(options), fmt::format("one of {}", fmt::join(offered_types<Options>(), ", ")));
      std::visit([&](auto& option) { keys(inner, option); }, options);
    });
  }
  /// One of a few words.
  void word(const std::string& key, std::string_view value, Meaning meaning) { setting(key, value, meaning, ""); }

  template <class Write>
  void section(const std::string& key, Meaning meaning, Write write) {
    paragraph();
    comment(meaning);
    section(key, write);
  }
  template <class Write>
  void section(const std::string& key, Write write) {
    line(key + ":");
    const std::size_t begin = out_.size();
    indent_ += 2;
    write(*this);
    indent_ -= 2;
    if (out_.size() == begin) out_.insert(begin - 1, " {}");
  }

  /// An empty line.
  void paragraph() {
    if (comments_ == Comments::yes && !out_.empty()) out_ += '\n';
  }
  void comment(std::string_view text) {
    if (comments_ == Comments::no) return;
    if (text.empty()) return;
    std::istringstream lines(core::folded(text, core::usual_columns - 2 - static_cast<std::size_t>(indent_)));
    for (std::string each; std::getline(lines, each);) line("# " + each);
  }

 private:
  static std::string list_of(const std::vector<std::string>& values) {
    std::vector<std::string> texts;
    for (const std::string& value : values) texts.push_back(json_quoted(value));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
  void a_path(const char* key, const std::string& path, Meaning meaning, const char* what) {
    setting(key, path.empty() ? "null" : quoted(path), meaning, fmt::format("{}, or null", what));
  }
  void setting(std::string_view key, std::string_view value, Meaning meaning, const std::string& allowed) {
    comment(allowed.empty() ? std::string(meaning) : fmt::format("{} ({})", meaning, allowed));
    line(fmt::format("{}: {}", key, value));
  }
  void line(std::string_view text) { fmt::format_to(std::back_inserter(out_), "{:{}}{}\n", "", indent_, text); }

  Comments comments_;
  std::string out_;
  int indent_ = 0;
};

std::string capitalised(std::string_view text) {
  std::string result(text);
  result[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(result[0])));
  return result;
}

void write_families(Writer& writer, Options& options) {
  for_each_family(options, [&](const Family& family, auto& variant) {
    const OptionName& option = family.options[variant.index()];
    writer.paragraph();
    writer.comment(fmt::format("{}: {}", capitalised(family.what), family.options_text()));
    writer.word(family.type_key(), option.type, option.meaning);
    writer.section(family.config_key(),
                   [&](Writer& section) { std::visit([&](auto& chosen) { keys(section, chosen); }, variant); });
  });
}

std::string bound_text(double bound) {
  return std::isfinite(bound) ? to_text(bound) : "null";
}

void write_problem(Writer& writer, problem::ProblemOptions& problem) {
  if (!problem.parameters.empty()) {
    writer.section("parameters", "The user's parameters, in the order of x", [&](Writer& section) {
      for (const problem::ParameterOptions& parameter : problem.parameters)
        section.section(json_quoted(parameter.name), [&](Writer& own) {
          if (parameter.prior) own.word("prior", json_quoted(to_text(*parameter.prior)), "");
          if (std::isfinite(parameter.lower) || std::isfinite(parameter.upper))
            own.word("bounds", fmt::format("[{}, {}]", bound_text(parameter.lower), bound_text(parameter.upper)), "");
          if (parameter.scale)
            own.word("scale", list_text(std::vector<double>{parameter.scale->first, parameter.scale->second}), "");
        });
    });
  }
  if (!problem.prior_model.empty())
    writer.section("prior", "Of several parameters together",
                   [&](Writer& section) { prior_model_key(section, problem.prior_model); });
  if (!problem.likelihood) return;
  const problem::LikelihoodOptions& likelihood = *problem.likelihood;
  writer.section("likelihood", "What the outputs are compared with", [&](Writer& section) {
    section.input_file("data", likelihood.data, "a table with a row per output");
    section.text("column", likelihood.column, "its column that the outputs are compared with");
    section.text("noise", noise_text(likelihood), "of the outputs, with numbers, parameters, or columns as arguments");
  });
}

}  // namespace

std::string to_yaml(const Configuration& configuration, Comments comments) {
  Configuration c = configuration;  // the tables of keys take what they could write to
  Writer writer(comments);
  write_problem(writer, c.problem);
  writer.target("target", c.target, "The log density that is fitted");
  writer.paragraph();
  keys(writer, c.solver);
  models_key(writer, c.output);
  writer.section("model_initialization", "The first mixture", [&](Writer& section) {
    keys(section, c.solver.model_initialization);
    initial_model_key(section, c.initial_model);
  });
  write_families(writer, c.solver);
  sections(writer, c.run, c.mmd, c.solver.evaluation, c.keep, c.output);
  return writer.finish();
}

}  // namespace gmmvi::config
