#include "firstspike/apps/command_description.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "firstspike/engine/text.hpp"

namespace firstspike {
namespace {

std::string quoted(const std::string& argument) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
  std::string inner;
  for (const char c : argument) inner += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return fmt::format("'{}'", inner);
}

// The text of an option begins in this column, one line lower where its name and placeholder are longer.
constexpr std::size_t text_column = 26;
constexpr std::size_t line_width = 80;

std::string option_lines(const option_description& option) {
  auto line = fmt::format("  {}--{}", option.name == "help" ? "-h, " : "", option.name);
  if (!option.value.placeholder.empty()) line += " " + option.value.placeholder;
  const auto padding = line.size() + 2 > text_column ? "\n" + std::string(text_column, ' ')
                                                     : std::string(text_column - line.size(), ' ');
  return line + padding + wrapped(text_with_default(option), text_column, line_width) + "\n";
}

// Groups that come last in every list, in this order.
int rank(const option_group& group) { return group.name == "General" ? 2 : group.name == "Run" ? 1 : 0; }

}  // namespace

std::size_t last_column(std::string_view line) {
  const auto gap = line.rfind("  ");
  return gap == std::string_view::npos ? 0 : gap + 2;
}

std::string laid_out(const std::string& text) {
  std::istringstream lines(text);
  std::string all, paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) all += wrapped(paragraph, 0, line_width) + "\n";
    paragraph.clear();
  };
  for (std::string line; std::getline(lines, line);) {
    const auto column = last_column(line);
    if (column == 0 && !line.empty()) {
      paragraph += line + " ";
    } else {
      end_paragraph();
      all += line.substr(0, column) + wrapped(line.substr(column), column, line_width) + "\n";
    }
  }
  end_paragraph();
  return all;
}

std::vector<option_group> options_by_group(const command_description& command) {
  std::vector<option_group> groups;
  for (const auto& option : command.options) {
    auto group = std::ranges::find(groups, option.group, &option_group::name);
    if (group == groups.end()) group = groups.insert(group, {option.group, {}});
    group->options.push_back(option);
  }
  std::ranges::stable_sort(groups, {}, rank);
  return groups;
}

std::string text_with_default(const option_description& option) {
  return option.text + (option.default_value.empty() ? "" : fmt::format(" (default {})", option.default_value));
}

std::string decisive_options(const command_description& command) {
  std::string list;
  for (const auto& name : command.decisive) {
    list += fmt::format("{}--{}", list.empty() ? "" : &name == &command.decisive.back() ? " and " : ", ", name);
  }
  return list;
}

std::string help_text(const command_description& command) {
  const auto operands = command.operands.placeholder.empty() ? "" : " " + command.operands.placeholder;
  auto text = fmt::format("usage: firstspike {}{} [options]\n{}", command.name, operands, laid_out(command.summary));
  if (!command.decisive.empty()) {
    text +=
        laid_out(fmt::format("Defaults depend on {}: shown are those for the ones given.", decisive_options(command)));
  }
  for (const auto& group : options_by_group(command)) {
    text += fmt::format("\n{}:\n", group.name);
    for (const auto& option : group.options) text += option_lines(option);
  }
  for (const auto& note : command.notes) text += "\n" + laid_out(note);
  return text;
}

std::string command_text(std::string_view command, std::span<const std::string> arguments) {
  auto text = fmt::format("firstspike {}", command);
  for (const auto& argument : arguments) text += fmt::format(" {}", quoted(argument));
  return text;
}

}  // namespace firstspike
