// What a command line declares, as data: --help, manual pages and completion are made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/models/option_kinds.hpp"

namespace firstspike {

/// The value of an option, or an operand.
struct value_description {
  std::string placeholder;         ///< "X", "on|off"; empty: there is none
  std::vector<std::string> words;  ///< all that is allowed; empty: it is no list of words
  path_kind path = path_kind::none;
};

struct option_description {
  std::string name;  ///< without "--"
  value_description value;
  std::string text;
  std::string default_value;  ///< empty: there is none to show
  std::string group;
};

/// A file that a command reads or leaves, or a variable of the environment.
struct named_text {
  std::string name;
  std::string text;
};

struct command_description {
  std::string name;                         ///< what follows "firstspike": "train gan"
  std::string summary;                      ///< a line or more
  value_description operands;               ///< of arguments without "--"
  std::vector<option_description> options;  ///< --help among them
  std::vector<std::string> notes;           ///< paragraphs
  std::vector<std::string> decisive;        ///< options on which the defaults of others depend
  std::vector<named_text> files;
  std::vector<named_text> environment;
};

struct option_group {
  std::string name;
  std::vector<option_description> options;
};

/// The options under their headings, in the order in which the groups were first named; "Run" and "General"
/// are the last.
std::vector<option_group> options_by_group(const command_description& command);

/// The text of an option with its default: "learning rate (default 0.1)".
std::string text_with_default(const option_description& option);

/// "--kernel, --regime and --loss": the decisive options; empty where there are none.
std::string decisive_options(const command_description& command);

/// Where the last column of a line begins, if it has columns, which are two or more spaces apart; 0: it has none.
std::size_t last_column(std::string_view line);

/// Paragraphs and lines in columns, in lines of at most 80 characters: the last column goes on below itself.
std::string laid_out(const std::string& text);

/// The text of --help, in lines of at most 80 characters.
std::string help_text(const command_description& command);

/// What was typed, quoted so that a shell would read it back.
std::string command_text(std::string_view command, std::span<const std::string> arguments);

}  // namespace firstspike
