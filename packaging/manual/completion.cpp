#include <fmt/core.h>

#include <algorithm>

#include "firstspike/engine/text.hpp"
#include "firstspike/packaging/manual/manual.hpp"

namespace firstspike {
namespace {

// What bash completes: words, or one of these two.
constexpr auto any_file = "<file>", any_directory = "<directory>";

constexpr auto bash_head = R"(# bash completion of firstspike, generated from the options that the command declares.
)";

constexpr auto bash_tail = R"(
_firstspike() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' values i
  # --name=value comes as three words.
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $before == '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ " $(_firstspike_commands "$command") " == *" ${COMP_WORDS[i]} "* ]] || break
    command=${command:+$command }${COMP_WORDS[i]}
  done
  if ! values=$(_firstspike_values "$command $before"); then
    values=$(_firstspike_commands "$command")
    [[ -n $values ]] || values=$(_firstspike_values "$command")
    [[ -n $values && $word != -* ]] || values=$(_firstspike_options "$command")
  fi
  case $values in
    '<file>') mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    '<directory>') mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word") ;;
  esac
  [[ $values != '<'* ]] || compopt -o filenames 2> /dev/null
} && complete -F _firstspike firstspike
)";

constexpr auto zsh_head = R"(#compdef firstspike
# zsh completion of firstspike, generated from the options that the command declares.
)";

// Arguments: the function of the command, and its commands below as NAME:TEXT.
constexpr auto zsh_tail = R"(
_firstspike_choose() {
  local function=$1
  shift
  local -a below=("$@")
  if (( CURRENT == 2 )); then
    _describe command below
    return
  fi
  function+=_$words[2]
  shift words
  (( CURRENT-- ))
  (( $+functions[$function] )) && $function
}

_firstspike "$@"
)";

std::string bash_values(const value_description& value) {
  if (value.path == path_kind::file) return any_file;
  if (value.path == path_kind::directory) return any_directory;
  return joined(value.words, " ");
}

struct bash_case {
  std::string pattern;
  std::string text;
};

/// A function that prints the text of the case that its argument is, and fails where it is none.
std::string bash_function(const std::string& name, std::span<const bash_case> cases) {
  auto text = fmt::format("\n{}() {{\n  case $1 in\n", name);
  for (const auto& c : cases) text += fmt::format("    '{}') echo '{}' ;;\n", c.pattern, c.text);
  return text + "    *) return 1 ;;\n  esac\n}\n";
}

std::vector<std::string> option_names(const manual_entry& entry) {
  std::vector<std::string> names;
  for (const auto& option : entry.line.options) names.push_back("--" + option.name);
  if (!entry.commands.empty()) names.push_back("--help");
  names.push_back("-h");
  if (entry.name.empty()) names.push_back("--version");
  return names;
}

/// Text for a specification of _arguments or _describe, between single quotes.
std::string zsh_text(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (std::string_view("\\:[]").find(c) != std::string_view::npos) quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

std::string zsh_action(const value_description& value) {
  if (value.path == path_kind::file) return "_files";
  if (value.path == path_kind::directory) return "_files -/";
  return value.words.empty() ? " " : fmt::format("({})", joined(value.words, " "));
}

std::string zsh_option(const option_description& option) {
  if (option.name == "help") return fmt::format("'(- *)'{{-h,--help}}'[{}]'", zsh_text(option.text));
  if (option.value.placeholder.empty()) return fmt::format("'--{}[{}]'", option.name, zsh_text(option.text));
  return fmt::format("'--{}=[{}]:{}:{}'", option.name, zsh_text(option.text), zsh_text(option.value.placeholder),
                     zsh_action(option.value));
}

std::string zsh_function_name(const std::string& command) {
  auto name = "_firstspike" + (command.empty() ? "" : "_" + command);
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::string zsh_function(const manual_entry& entry) {
  const auto name = zsh_function_name(entry.name);
  std::vector<std::string> arguments;
  if (entry.commands.empty()) {
    for (const auto& option : entry.line.options) arguments.push_back(zsh_option(option));
    const auto& operands = entry.line.operands;
    if (!operands.placeholder.empty()) {
      arguments.push_back(fmt::format("'*:{}:{}'", zsh_text(operands.placeholder), zsh_action(operands)));
    }
  } else {
    for (const auto& c : entry.commands) arguments.push_back(fmt::format("'{}:{}'", c.name, zsh_text(c.text)));
    arguments.emplace_back("--help:'the commands, one line each'");
    arguments.emplace_back("-h:'the commands, one line each'");
    if (entry.name.empty()) arguments.emplace_back("--version:'what was built, from what'");
  }
  const auto call = entry.commands.empty() ? "_arguments" : "_firstspike_choose " + name;
  return fmt::format("\n{}() {{\n  {} \\\n    {}\n}}\n", name, call, joined(arguments, " \\\n    "));
}

}  // namespace

std::string bash_completion(std::span<const manual_entry> entries) {
  std::vector<bash_case> commands, options, values;
  for (const auto& entry : entries) {
    std::vector<std::string> below;
    for (const auto& c : entry.commands) below.push_back(c.name);
    commands.push_back({entry.name, joined(below, " ")});
    options.push_back({entry.name, joined(option_names(entry), " ")});
    if (!entry.line.operands.placeholder.empty()) values.push_back({entry.name, bash_values(entry.line.operands)});
    for (const auto& option : entry.line.options) {
      if (option.value.placeholder.empty()) continue;
      values.push_back({fmt::format("{} --{}", entry.name, option.name), bash_values(option.value)});
    }
  }
  return bash_head + bash_function("_firstspike_commands", commands) + bash_function("_firstspike_options", options) +
         bash_function("_firstspike_values", values) + bash_tail;
}

std::string zsh_completion(std::span<const manual_entry> entries) {
  std::string text = zsh_head;
  for (const auto& entry : entries) text += zsh_function(entry);
  return text + zsh_tail;
}

}  // namespace firstspike
