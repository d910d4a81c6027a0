#include "commands/manual.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gmmvi::commands {
namespace {

/// Text that troff takes as it is: a dot at the start of a line would be a request, a backslash an escape.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
      result += c;
    }
  }
  return result;
}

/// Lines as they stand.
std::string as_they_stand(const std::string& text) {
  return ".nf\n" + escaped(text) + (text.ends_with('\n') ? "" : "\n") + ".fi\n";
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, bool positional) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional() == positional && !option->get_group().empty()) options.push_back(option);
  return options;
}

std::string option_text(const CLI::Option& option) {
  const std::string name = option.get_name(option.get_positional(), !option.get_positional());
  const std::string type = option.get_items_expected_max() == 0 ? "" : " " + option.get_type_name();
  const std::string standard =
      option.get_default_str().empty() ? "" : fmt::format(" Default: {}.", option.get_default_str());
  return fmt::format(".TP\n\\fB{}\\fR\\fI{}\\fR\n{}.{}\n", escaped(name), escaped(type),
                     escaped(option.get_description()), escaped(standard));
}

std::string options_text(const CLI::App& app) {
  std::string text;
  for (const bool positional : {true, false})
    for (const CLI::Option* option : options_of(app, positional)) text += option_text(*option);
  return text;
}

std::vector<std::string> long_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options_of(app, false)) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

}  // namespace

std::string manual_page(const CLI::App& app, const std::string& version) {
  const std::string& program = app.get_name();
  std::string text = fmt::format(
      ".TH {} 1 \"\" \"gmmvi {}\" \"User Commands\"\n.SH NAME\n{} \\- posteriors of expensive log densities as "
      "Gaussian "
      "mixtures\n.SH SYNOPSIS\n.B {}\n.I COMMAND\n.RI [ OPTIONS ]\n.br\n.B mpirun \\-n\n.I RANKS\n.B {}\n.I COMMAND\n"
      ".RI [ OPTIONS ]\n.SH DESCRIPTION\n{}\n.SH COMMANDS\n",
      program, version, program, program, program, escaped(app.get_description()));
  for (const CLI::App* command : app.get_subcommands({}))
    text += fmt::format(".SS {} {}\n{}.\n{}", program, escaped(command->get_name()),
                        escaped(command->get_description()), options_text(*command));
  text += ".SH OPTIONS\n" + options_text(app);
  text += ".SH EXAMPLES AND EXIT CODES\n" + as_they_stand(app.get_footer());
  return text;
}

std::string bash_completion(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : app.get_subcommands({}))
    cases += fmt::format("    {}) options=\"{}\" ;;\n", command->get_name(), fmt::join(long_names(*command), " "));
  return fmt::format(R"(# Completion of {0} for bash, made from its table of options.
_{0}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} command options
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "{1} {2}" -- "$word")
    return
  fi
  command=${{COMP_WORDS[1]}}
  case $command in
{3}    *) options= ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}}
complete -o filenames -F _{0} {0}
)",
                     app.get_name(), fmt::join(command_names(app), " "), fmt::join(long_names(app), " "), cases);
}

}  // namespace gmmvi::commands
