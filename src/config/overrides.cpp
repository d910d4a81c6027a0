#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/codename.hpp"
#include "config/layers.hpp"
#include "config/values.hpp"
#include "config/yaml.hpp"
#include "core/printable.hpp"

namespace gmmvi::config {

namespace {

std::shared_ptr<const Source> command_line(const std::string& option) {
  return std::make_shared<const Source>(Source{option, present_folder(), false});
}

bool is_key_path(const std::string& path) {
  return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string::npos;
}

void apply_set(Node& tree, const std::string& assignment, Problems& problems) {
  const std::string option = "--set " + core::quotation(assignment);
  const std::size_t equals = assignment.find('=');
  const std::string path = assignment.substr(0, equals);
  if (equals == std::string::npos || !is_key_path(path)) {
    fail(option + ": write it as key=value, for instance --set run.iterations=100");
  }
  Node value = parse_yaml(assignment.substr(equals + 1), command_line(option), problems);
  if (assignment.find_first_not_of(" \t", equals + 1) == std::string::npos) {
    fail(option + ": no value after the '='; write null where nothing is meant");
  }
  Node setting = single_setting(path, std::move(value));
  expand_codename(setting);
  overlay_settings(tree, std::move(setting));
}

void apply_value(Node& tree, const std::string& option, const std::string& path, std::string text,
                 bool quoted = false) {
  Node value(Node::Kind::scalar, {command_line(option)});
  value.text = std::move(text);
  value.quoted = quoted;
  overlay_settings(tree, single_setting(path, std::move(value)));
}

/// `named` says one option, the codename (`who`) another.
void refuse_other_option(const Family& family, const Node& named, const std::string& who, const OptionName& wanted) {
  fail(named.place, fmt::format("{}: '{}' stands here, but {} says '{}' ({}); drop one of the two",
                                named.place.text_of(family.type_key()), core::quotation(named.text), who, wanted.type,
                                wanted.letter));
}

enum class Others { are_refused, are_kept };

/// Names the options of a codename, which stands at `place`, where `tree` names none.
void name_options(Node& tree, const Choices& choices, const Place& place, const std::string& who, Others others) {
  for (std::size_t f = 0; f < choices.size(); ++f) {
    const Family& family = families()[f];
    const OptionName& wanted = family.options[choices[f]];
    const Node* named = tree.find(family.type_key());
    if (named == nullptr || named->kind == Node::Kind::null) {
      Node type(Node::Kind::scalar, place);
      type.text = wanted.type;
      overlay_settings(tree, single_setting(family.type_key(), std::move(type)));
    } else if (others == Others::are_refused && family.find(named->text) != choices[f]) {
      refuse_other_option(family, *named, who, wanted);
    }
  }
}

std::string codename_option(const std::string& codename) {
  return "--codename " + codename;
}

/// Wins over files, as --set does.
void apply_codename(Node& tree, const std::string& codename) {
  const std::string option = codename_option(codename);
  Node setting(Node::Kind::map, {command_line(option)});
  name_options(setting, parse_codename(codename, option), {command_line(option)}, option, Others::are_kept);
  overlay_settings(tree, std::move(setting));
}

/// Of a tree that has got the codename, and then every --set.
void require_codename(Node& tree, const std::string& codename) {
  const std::string option = codename_option(codename);
  name_options(tree, parse_codename(codename, option), {command_line(option)}, option, Others::are_refused);
}

void apply_fallback_codename(Node& tree, const std::string& codename) {
  const std::string option = codename_option(codename);
  name_options(tree, parse_codename(codename, option), {command_line(option)}, option, Others::are_kept);
}

}  // namespace

void expand_codename(Node& tree) {
  const Node* found = tree.find("codename");
  if (found == nullptr) return;
  const Node codename = *found;
  const std::string where = codename.place.text_of("codename");
  tree.erase("codename");
  if (codename.kind != Node::Kind::scalar)
    fail(codename.place, where + ": seven letters have to stand here, for instance SAMTRON");
  const std::string text = core::quotation(codename.text);
  name_options(tree, parse_codename(codename.text, fmt::format("{}: '{}'", where, text)), codename.place,
               fmt::format("the codename {} at {}", text, codename.place.text()), Others::are_refused);
}

std::string to_text(const Overrides& o) {
  std::vector<std::string> options;
  const auto add = [&](const char* option, const auto& value) {
    if (value) options.push_back(fmt::format("{} {}", option, *value));
  };
  add("--preset", o.preset);
  add("--codename", o.codename);
  for (const std::string& assignment : o.set) options.push_back("--set " + assignment);
  add("--seed", o.seed);
  add("--iterations", o.iterations);
  add("--max-evaluations", o.max_evaluations);
  add("--max-seconds", o.max_seconds);
  add("--from", o.initial_model);
  return in_one_line(fmt::format("{}", fmt::join(options, " ")));
}

void apply_overrides(Node& tree, const Overrides& o, Problems& problems) {
  const auto attempt = [&](auto apply) {
    const bool done = problems.attempt(apply);
    if (!done) problems.incomplete();
    return done;
  };
  const bool has_codename = o.codename && attempt([&] { apply_codename(tree, *o.codename); });
  for (const std::string& assignment : o.set) attempt([&] { apply_set(tree, assignment, problems); });
  if (o.seed) apply_value(tree, "--seed", "seed", std::to_string(*o.seed));
  if (o.iterations) apply_value(tree, "--iterations", "run.iterations", std::to_string(*o.iterations));
  if (o.max_evaluations)
    apply_value(tree, "--max-evaluations", "run.max_evaluations", std::to_string(*o.max_evaluations));
  if (o.max_seconds) apply_value(tree, "--max-seconds", "run.max_seconds", to_text(*o.max_seconds));
  if (o.initial_model) apply_value(tree, "--from", "model_initialization.model", *o.initial_model, true);
  if (o.output_directory) apply_value(tree, "--out", "output.directory", *o.output_directory, true);
  if (has_codename) attempt([&] { require_codename(tree, *o.codename); });
  if (o.fallback_codename) attempt([&] { apply_fallback_codename(tree, *o.fallback_codename); });
}

}  // namespace gmmvi::config
