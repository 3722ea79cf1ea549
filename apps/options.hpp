// Options of a subcommand: declared once, bound to variables, checked before anything else is done.
//
//   struct { std::uint64_t epochs = 5; std::optional<double> gamma; } o;
//   common_options common;
//   command_line line("train classifier", "train a classifier");
//   line.group("Learning");
//   line.add("epochs", o.epochs, whole_number(1, 100'000), "passes over the training images");
//   line.add("gamma", o.gamma, real_number(0, 256), "margin [steps]");
//   add_common(line, common, {.seed = true, .threads = true});
//   if (!line.parse(arguments)) return exit_done;  // --help was printed
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "firstspike/apps/command_description.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

/// Wrong usage of the command: exit 2. what() is one line that names the option and what is allowed.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class command_line {
 public:
  /// `name` is what follows "firstspike", `summary` one line for --help.
  command_line(std::string name, std::string summary);

  /// The heading under which --help lists the options that are declared from here on; "Options" before the first.
  void group(const std::string& heading) { group_ = heading; }

  /// An option --name that is present or not.
  void flag(const std::string& name, bool& target, const std::string& text);

  /// An option --name VALUE. Target is T, whose value on entry is the default, or std::optional<T>; it must outlive
  /// parse(). `text` for --help.
  template <class Target, class T>
  void add(const std::string& name, Target& target, const option_kind<T>& kind, const std::string& text) {
    declared_option option{name, {kind.placeholder, kind.words, kind.path}, text, group_, {}, {}};
    option.read = [&target, kind](const std::string& value) { target = kind.read(value); };
    option.show = [&target, kind] { return show_value(target, kind); };
    declare(std::move(option));
  }

  /// The options of a table, those of `target`, which must outlive parse(), in the table's groups.
  template <class Options>
  void add_table(const option_table<Options>& table, Options& target) {
    for (const auto& o : table) {
      if (o.role == option_role::data) continue;
      declared_option declared{o.name, {o.placeholder, o.words, o.path}, o.help, o.group, {}, {}};
      declared.read = [&o, &target](const std::string& value) { o.read(target, value); };
      declared.show = [&o, &target]() -> std::optional<std::string> {
        auto value = o.show(target);
        return value.empty() ? std::nullopt : std::optional(std::move(value));
      };
      declare(std::move(declared));
    }
  }

  /// Arguments without "--", such as files; without this call they are refused. What `kind` allows is shown, and is
  /// for the caller to check.
  void operands(const option_kind<std::string>& kind, std::vector<std::string>& target, std::size_t least,
                std::size_t most);

  /// An option --config FILE whose lines `name = value` stand for options that the command line does not give (a flag
  /// is `name = true`). '#' starts a comment.
  void config_file();

  /// An old spelling of an option, which stays accepted; --help does not show it.
  void old_spelling(const std::string& old, const std::string& name) { old_spellings_.emplace(old, name); }

  /// An option that there was: refused as unknown, with what to use now.
  void gone(const std::string& name, const std::string& now) { reasons_.emplace(name, ", which is gone: " + now); }

  /// An option of another command: refused as unknown, with what to use here.
  void of_another(const std::string& name, const std::string& here) { reasons_.emplace(name, ": " + here); }

  /// In help, `text` is the default of the option, where its value would differ from machine to machine.
  void show_default(const std::string& name, const std::string& text) { shown_defaults_[name] = text; }

  /// Help says that the defaults of other options depend on these.
  void defaults_depend_on(const std::vector<std::string>& names) { decisive_ = names; }

  /// A paragraph for the end of --help.
  void note(const std::string& text) { notes_.push_back(text); }

  /// A file that the command reads or leaves, and a variable of the environment: for the manual page.
  void file(const std::string& name, const std::string& text) { files_.push_back({name, text}); }
  void environment(const std::string& name, const std::string& text) { environment_.push_back({name, text}); }

  /// All that was declared. Defaults are the targets' values now.
  command_description description() const;

  /// Reads the arguments into the targets. False where --help or -h was given, and help has been printed. Throws
  /// usage_error, one line, for an unknown or repeated option, a missing value, a value out of range, and operands.
  bool parse(std::span<const std::string> arguments);

  /// What the arguments (or the configuration file) held, by name.
  const std::map<std::string, std::string>& given() const { return given_; }
  /// Whether they held the option.
  bool given(const std::string& name) const { return given_.contains(name); }
  /// Whether there is an option of that name.
  bool has(const std::string& name) const;
  /// Throws usage_error where both were given.
  void refuse_both(const std::string& a, const std::string& b) const;
  /// Throws usage_error where none was given.
  void require_one_of(std::span<const std::string> names) const;

 private:
  struct declared_option {
    std::string name;
    value_description value;  // no placeholder for a flag
    std::string text;
    std::string group;
    std::function<void(const std::string&)> read;
    std::function<std::optional<std::string>()> show;
  };
  template <class T>
  static std::optional<std::string> show_value(const T& value, const option_kind<T>& kind) {
    return kind.show(value);
  }
  template <class T>
  static std::optional<std::string> show_value(const std::optional<T>& value, const option_kind<T>& kind) {
    return value ? std::optional(kind.show(*value)) : std::nullopt;
  }
  void declare(declared_option option);
  std::vector<std::string> read_arguments(std::span<const std::string> arguments);
  void take_operands(std::vector<std::string> operands);
  void take(const std::string& name, const std::string& value);
  void read_config_file(const std::string& path);
  std::string current_name(const std::string& given) const;
  template <class Parse>
  auto in_our_words(const Parse& parse) const;

  std::string name_;
  std::string summary_;
  std::vector<declared_option> options_;
  std::map<std::string, std::string> given_;
  std::map<std::string, std::string> old_spellings_;  // to the names of today
  std::map<std::string, std::string> reasons_;        // why options are refused that have been, or are elsewhere
  std::map<std::string, std::string> shown_defaults_;
  std::string group_ = "Options";
  std::vector<std::string> notes_;
  std::vector<std::string> decisive_;
  std::vector<named_text> files_;
  std::vector<named_text> environment_;
  std::vector<std::string>* operands_ = nullptr;
  value_description operand_;
  std::size_t least_operands_ = 0;
  std::size_t most_operands_ = 0;
  bool has_config_ = false;
};

/// Whether an argument asks for help: --help or -h.
bool asks_for_help(const std::string& argument);

/// A library's message in the command's words, where it begins with the name of an option: "t_max = 0, allowed: ..."
/// becomes "--t-max = 0, allowed: ...". Nothing where it does not.
std::optional<std::string> naming_an_option(const std::string& message,
                                            const std::function<bool(const std::string& name)>& is_option);

/// Calls a library. An std::invalid_argument that names an option of `line` becomes a usage_error; others pass.
template <class Call>
auto with_options_named(const command_line& line, const Call& call) {
  try {
    return call();
  } catch (const std::invalid_argument& error) {
    const auto message = naming_an_option(error.what(), [&](const auto& name) { return line.has(name); });
    if (message) throw usage_error(*message);
    throw;
  }
}

/// Options of most commands.
struct common_options {
  std::uint64_t seed = 1;
  unsigned threads = 1;  ///< default: those the machine has
  bool json = false;
  bool overwrite = false;
};

/// What help says of the default of --threads.
inline constexpr auto all_processors = "all processors";

/// What a command does with its common options; an option without use is refused.
struct common_uses {
  bool seed = false;     ///< it draws random numbers
  bool threads = false;  ///< it shares work among threads
  bool files = false;    ///< it writes files
};

/// Adds, in the group "General", --json, and --seed, --threads and --overwrite where they have a use; sets the default
/// of threads.
void add_common(command_line& line, common_options& common, const common_uses& uses = {});

/// Help of --first-spikes, of commands that read the spikes of other tools.
inline constexpr auto first_spikes_help = "keep each neuron's first spike in a sample, where a file has several";

/// Names the folders where MNIST is looked for, and the variables that choose them.
void name_data_folders(command_line& line);

}  // namespace firstspike
