#include "firstspike/apps/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "firstspike/apps/output.hpp"

namespace firstspike {
namespace {

namespace po = boost::program_options;

// No short options, and no guessing: an abbreviation that works today would change its meaning with the next option.
constexpr auto style = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                       po::command_line_style::long_allow_next;

// Other programs' name of --overwrite, which is too far from it to be found.
std::string force_error(std::string_view typed) {
  return fmt::format("unknown option {}, nearest: '--overwrite'", typed);
}

}  // namespace

command_line::command_line(std::string name, std::string summary)
    : name_(std::move(name)), summary_(std::move(summary)) {}

void command_line::declare(declared_option option) { options_.push_back(std::move(option)); }

void command_line::flag(const std::string& name, bool& target, const std::string& text) {
  declared_option option{name, {}, text, group_, {}, {}};
  option.read = [&target](const std::string& value) {
    if (value != "true" && value != "false") throw std::invalid_argument("allowed: true or false");
    target = value == "true";
  };
  option.show = [&target] { return target ? std::optional<std::string>("true") : std::nullopt; };
  declare(std::move(option));
}

void command_line::operands(const option_kind<std::string>& kind, std::vector<std::string>& target, std::size_t least,
                            std::size_t most) {
  operands_ = &target;
  operand_ = {kind.placeholder, kind.words, kind.path};
  least_operands_ = least;
  most_operands_ = most;
}

void command_line::config_file() { has_config_ = true; }

namespace {

template <class Options>
po::options_description describe(const Options& options, const std::map<std::string, std::string>& old_spellings,
                                 bool with_config) {
  po::options_description description;
  for (const auto& [old, name] : old_spellings) description.add_options()(old.c_str(), po::value<std::string>());
  for (const auto& option : options) {
    if (option.value.placeholder.empty()) {
      description.add_options()(option.name.c_str(), "");
    } else {
      description.add_options()(option.name.c_str(), po::value<std::string>());
    }
  }
  if (with_config) description.add_options()("config", po::value<std::string>());
  return description;
}

}  // namespace

/// Boost's exceptions, in our words.
template <class Parse>
auto command_line::in_our_words(const Parse& parse) const {
  try {
    return parse();
  } catch (const po::unknown_option& error) {
    const auto typed = error.get_option_name();
    const auto name = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
    if (const auto why = reasons_.find(name); why != reasons_.end()) {
      throw usage_error(fmt::format("unknown option --{}{}", name, why->second));
    }
    if (name == "force" && has("overwrite")) throw usage_error(force_error("--force"));
    std::vector<std::string> names;
    for (const auto& option : options_) names.push_back(fmt::format("--{}", option.name));
    const auto near = nearest_names(fmt::format("--{}", name), names);
    throw usage_error(fmt::format(
        "unknown option --{}, {}", name,
        near.empty() ? fmt::format("allowed: see firstspike {} --help", name_) : fmt::format("nearest: {}", near)));
  } catch (const po::invalid_command_line_syntax& error) {
    const bool extra = error.kind() == po::invalid_syntax::extra_parameter;
    throw usage_error(fmt::format("{} {}", error.get_option_name(), extra ? "takes no value" : "needs a value"));
  } catch (const po::error& error) {
    throw usage_error(error.what());
  }
}

std::string command_line::current_name(const std::string& given) const {
  const auto found = old_spellings_.find(given);
  return found == old_spellings_.end() ? given : found->second;
}

void command_line::take(const std::string& name, const std::string& value) {
  const auto option = std::find_if(options_.begin(), options_.end(), [&](const auto& o) { return o.name == name; });
  try {
    option->read(value);
  } catch (const std::invalid_argument& error) {
    throw usage_error(fmt::format("--{} = '{}', {}", name, value, error.what()));
  }
}

void command_line::read_config_file(const std::string& path) {
  std::ifstream file(path);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {  // a directory opens, but cannot be read
    throw usage_error(
        fmt::format("--config = '{}', is empty or cannot be read; allowed: a file of lines `name = value`", path));
  }
  if (file.peek() == 0xEF) file.ignore(3);  // a byte order mark
  const auto description = describe(options_, old_spellings_, false);
  try {
    const auto parsed = in_our_words([&] { return po::parse_config_file(file, description); });
    std::map<std::string, std::string> values;
    for (const auto& option : parsed.options) {
      const auto value = option.value.empty() ? std::string("true") : option.value.front();
      if (!values.emplace(current_name(option.string_key), value).second) {
        throw usage_error(fmt::format("{} is given twice", option.string_key));
      }
    }
    for (const auto& [name, value] : values) {
      if (given_.emplace(name, value).second) take(name, value);
    }
  } catch (const usage_error& error) {
    throw usage_error(fmt::format("--config = '{}': {}", path, error.what()));
  }
}

std::vector<std::string> command_line::read_arguments(std::span<const std::string> arguments) {
  const auto description = describe(options_, old_spellings_, has_config_);
  const auto parsed = in_our_words([&] {
    return po::command_line_parser(std::vector(arguments.begin(), arguments.end()))
        .options(description)
        .style(style)
        .run();
  });
  std::vector<std::string> operands;
  for (const auto& option : parsed.options) {
    if (option.position_key >= 0 || option.string_key.empty()) {
      operands.insert(operands.end(), option.value.begin(), option.value.end());
      continue;
    }
    const auto value = option.value.empty() ? std::string("true") : option.value.front();
    // Boost takes the next option for the value; `--trace --json` is no file of that name.
    if (option.original_tokens.size() > 1 && value.starts_with("--")) {
      throw usage_error(fmt::format("--{} needs a value", option.string_key));
    }
    if (!given_.emplace(current_name(option.string_key), value).second) {
      throw usage_error(fmt::format("--{} is given twice, allowed: once", option.string_key));
    }
  }
  return operands;
}

void command_line::take_operands(std::vector<std::string> operands) {
  if (has("overwrite") && std::ranges::count(operands, "-f") > 0) throw usage_error(force_error("-f"));
  const auto usage = fmt::format("usage: firstspike {} {}", name_, description().operands.placeholder);
  if (operands.size() > most_operands_) {
    throw usage_error(fmt::format("unexpected argument '{}', {}", operands[most_operands_],
                                  most_operands_ == 0 ? "this command takes options only" : usage));
  }
  if (operands.size() < least_operands_) {
    throw usage_error(fmt::format("{}; got {} of {}{}", usage, operands.size(), least_operands_,
                                  most_operands_ > least_operands_ ? " or more" : ""));
  }
  if (operands_ != nullptr) *operands_ = std::move(operands);
}

bool command_line::parse(std::span<const std::string> arguments) {
  if (std::ranges::any_of(arguments, asks_for_help)) {
    print(help_text(description()));
    return false;
  }
  take_operands(read_arguments(arguments));
  for (const auto& [name, value] : given_) {
    if (name != "config") take(name, value);
  }
  if (given("config")) read_config_file(given_.at("config"));
  return true;
}

bool command_line::has(const std::string& name) const {
  return std::ranges::any_of(options_, [&](const auto& o) { return o.name == name; });
}

void command_line::refuse_both(const std::string& a, const std::string& b) const {
  if (given(a) && given(b)) throw usage_error(fmt::format("--{} and --{}, allowed: one of them", a, b));
}

void command_line::require_one_of(std::span<const std::string> names) const {
  if (std::any_of(names.begin(), names.end(), [this](const auto& name) { return given(name); })) return;
  std::string list;
  for (const auto& name : names) list += fmt::format("{}--{}", list.empty() ? "" : " or ", name);
  throw usage_error(fmt::format("{} is needed", list));
}

command_description command_line::description() const {
  command_description shown{name_, summary_, operand_, {}, notes_, decisive_, files_, environment_};
  for (const auto& option : options_) {
    const auto value = option.value.placeholder.empty() ? std::nullopt : option.show();
    const auto instead = shown_defaults_.find(option.name);
    shown.options.push_back({option.name, option.value, option.text,
                             instead != shown_defaults_.end() ? instead->second : value.value_or(""), option.group});
  }
  if (operands_ != nullptr && least_operands_ == 0) shown.operands.placeholder = "[" + operand_.placeholder + "]";
  if (has_config_) {
    shown.options.push_back({"config",
                             {"FILE", {}, path_kind::file},
                             "lines `name = value` for options that are not given here",
                             "",
                             "General"});
  }
  shown.options.push_back({"help", {}, "this text", "", "General"});
  return shown;
}

bool asks_for_help(const std::string& argument) { return argument == "--help" || argument == "-h"; }

std::optional<std::string> naming_an_option(const std::string& message,
                                            const std::function<bool(const std::string& name)>& is_option) {
  const auto spelled = [&](const std::string& word) -> std::optional<std::string> {
    const auto end = std::min(word.find_first_of(",;:"), word.size());
    auto name = word.substr(0, end);
    std::ranges::replace(name, '_', '-');
    if (!is_option(name)) return {};
    return "--" + name + word.substr(end);
  };
  constexpr std::array before{"or", "and", "with", "without", "needs"};
  // Up to the first colon, words after these are other options: "t_in is needed, with t_max, v_th: ...".
  const auto clause = std::min(message.find(':'), message.size());
  std::istringstream words(message.substr(0, clause));
  std::string text, last;
  for (std::string word; words >> word;) {
    const bool is_named = text.empty() || std::ranges::find(before, last) != before.end() ||
                          (last.starts_with("--") && last.ends_with(','));
    const auto option = is_named ? spelled(word) : std::nullopt;
    if (text.empty() && !option) return {};
    last = option.value_or(word);
    text += (text.empty() ? "" : " ") + last;
  }
  return text + message.substr(clause);
}

void add_common(command_line& line, common_options& common, const common_uses& uses) {
  common.threads = std::max(1U, std::thread::hardware_concurrency());
  constexpr std::uint64_t most_threads = 1024;
  option_kind<unsigned> threads{"N", {}, {}};
  threads.read = [](const std::string& value) {
    return static_cast<unsigned>(whole_number(1, most_threads).read(value));
  };
  threads.show = [](unsigned n) { return std::to_string(n); };
  line.group("General");
  if (uses.seed) line.add("seed", common.seed, whole_number(), "seed of all random numbers");
  if (!uses.seed) line.gone("seed", "this command draws no random numbers");
  if (uses.threads) line.add("threads", common.threads, threads, "number of threads; does not affect the result");
  if (uses.threads) line.show_default("threads", all_processors);
  if (!uses.threads) line.gone("threads", "this command uses one thread");
  line.flag("json", common.json, "print one JSON object");
  line.environment("NO_COLOR", "if it is not empty, a terminal shows no bold type and no colours");
  if (uses.files) line.flag("overwrite", common.overwrite, "replace files that exist");
}

void name_data_folders(command_line& line) {
  line.file("~/.cache/firstspike/mnist", "MNIST, once it was fetched");
  line.environment("FIRSTSPIKE_DATA", "a folder where MNIST is looked for first");
  line.environment("XDG_CACHE_HOME", "the folder of caches, in place of ~/.cache");
}

}  // namespace firstspike
