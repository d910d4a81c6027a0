#include <string>
#include <variant>

#include <yaml-cpp/yaml.h>

#include "config/configuration.hpp"
#include "config/keys.hpp"
#include "config/values.hpp"

namespace gmmvi::config {

namespace {

/// Prints what a Section would read.
class Writer {
 public:
  Writer() { out_.SetNullFormat(YAML::LowerNull); }
  std::string finish() {
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

  void number(const char* key, double value, Range) { plain(key, to_text(value)); }
  void number(const char* key, const std::optional<double>& value, Range range) {
    value ? number(key, *value, range) : null(key);
  }
  template <class T>
  void integer(const char* key, T value, Range) {
    plain(key, std::to_string(value));
  }
  template <class T>
  void integer(const char* key, const std::optional<T>& value, Range range) {
    value ? integer(key, *value, range) : null(key);
  }
  void boolean(const char* key, bool value) { at(key) << value; }
  void text(const char* key, const std::string& value) { at(key) << YAML::DoubleQuoted << value; }
  void input_file(const char* key, const std::string& path) { text(key, path); }
  void numbers(const char* key, const std::vector<double>& values, Range) {
    at(key) << YAML::Flow << YAML::BeginSeq;
    for (const double value : values) out_ << to_text(value);
    out_ << YAML::EndSeq;
  }
  void per_dimension(const char* key, const PerDimension& values, Range range) {
    values.size() == 1 ? number(key, values[0], range) : numbers(key, values, range);
  }
  void per_dimension(const char* key, const std::optional<PerDimension>& values, bool given, Range range) {
    if (!given) {
      null(key);
    } else if (values) {
      per_dimension(key, *values, range);
    }
  }
  template <class Write>
  void section(const std::string& key, Write write) {
    at(key);
    map_is_open_ = false;
    write(*this);
    if (!map_is_open_) out_ << YAML::Flow << YAML::BeginMap;
    out_ << YAML::EndMap;
    map_is_open_ = true;
  }
  void plain(const std::string& key, const std::string& value) { at(key) << value; }

 private:
  void null(const char* key) { at(key) << YAML::Null; }
  /// Ready for the value of `key`. A map opens with its first key: without one it is written as {}.
  YAML::Emitter& at(const std::string& key) {
    if (!map_is_open_) out_ << YAML::BeginMap;
    map_is_open_ = true;
    return out_ << YAML::Key << key << YAML::Value;
  }

  YAML::Emitter out_;
  bool map_is_open_ = false;
};

void write_target(Writer& writer, target::TargetOptions target) {
  writer.section("target", [&](Writer& section) {
    section.plain("type", std::string(target_types[target.index()]));
    std::visit([&](auto& option) { keys(section, option); }, target);
  });
}

void write_families(Writer& writer, Options& options) {
  for_each_family(options, [&](const Family& family, auto& variant) {
    writer.plain(family.type_key(), std::string(family.options[variant.index()].type));
    writer.section(family.config_key(),
                   [&](Writer& section) { std::visit([&](auto& option) { keys(section, option); }, variant); });
  });
}

}  // namespace

std::string to_yaml(const Configuration& configuration) {
  Configuration c = configuration;  // the tables of keys take what they could write to
  Writer writer;
  write_target(writer, c.target);
  keys(writer, c.solver);
  writer.section("model_initialization", [&](Writer& section) { keys(section, c.solver.model_initialization); });
  write_families(writer, c.solver);
  sections(writer, c.run, c.output);
  return writer.finish();
}

}  // namespace gmmvi::config
