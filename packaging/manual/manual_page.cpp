#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "firstspike/apps/commands.hpp"
#include "firstspike/packaging/manual/manual.hpp"

namespace firstspike {
namespace {

/// Text that roff shows as it stands.
std::string plain(const std::string& text) {
  static const std::map<char, std::string> escapes{{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                                                   {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
  std::string roff;
  for (const char c : text) {
    const auto found = escapes.find(c);
    roff += found == escapes.end() ? std::string(1, c) : found->second;
  }
  return (text.starts_with('.') ? "\\&" : "") + roff;
}

std::string bold(const std::string& text) { return fmt::format("\\fB{}\\fR", plain(text)); }
std::string italic(const std::string& text) { return fmt::format("\\fI{}\\fR", plain(text)); }

std::string heading(const std::string& text) { return fmt::format(".SH {}\n", text); }

std::string item(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n{}\n{}\n", term, plain(text));
}

/// The lines between empty ones. A line in columns is an item, so that it is wrapped at any width of a page.
std::string block(const std::vector<std::string>& lines) {
  std::string roff;
  bool after_item = false;
  for (const auto& line : lines) {
    const auto column = last_column(line);
    const auto begin = line.find_first_not_of(' '), end = line.find_last_not_of(' ', column == 0 ? 0 : column - 1);
    const bool is_item = begin < column && end != std::string::npos;
    if (is_item) {
      roff += item(bold(line.substr(begin, end + 1 - begin)), line.substr(column));
    } else {
      roff += (after_item ? ".PP\n" : "") + plain(line.substr(column)) + "\n";
    }
    after_item = is_item;
  }
  return roff;
}

/// Paragraphs and tables, as --help shows them.
std::string paragraphs(const std::string& text) {
  std::istringstream lines(text);
  std::string roff, line;
  std::vector<std::string> of_block;
  const auto end_block = [&] {
    if (of_block.empty()) return;
    roff += (roff.empty() ? "" : ".PP\n") + block(of_block);
    of_block.clear();
  };
  while (std::getline(lines, line)) {
    if (line.empty()) {
      end_block();
    } else {
      of_block.push_back(line);
    }
  }
  end_block();
  return roff;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string name(const manual_entry& entry) {
  auto phrase = entry.summary;
  phrase.front() = lower(phrase.front());
  if (phrase.ends_with('.')) phrase.pop_back();
  return heading("NAME") + fmt::format("{} \\- {}\n", plain(page_name(entry.name)), plain(phrase));
}

std::string sentence(std::string text) {
  text.front() = upper(text.front());
  return text + (text.ends_with('.') ? "" : ".");
}

std::string synopsis(const manual_entry& entry) {
  auto text = bold(entry.name.empty() ? "firstspike" : "firstspike " + entry.name);
  if (!entry.commands.empty()) text += " " + italic("COMMAND");
  if (!entry.line.operands.placeholder.empty()) text += " " + italic(entry.line.operands.placeholder);
  return heading("SYNOPSIS") + fmt::format("{} [{}]\n", text, italic("options"));
}

std::string description(const manual_entry& entry) {
  if (!entry.commands.empty()) return heading("DESCRIPTION") + plain(sentence(entry.summary)) + "\n";
  auto text = heading("DESCRIPTION") + paragraphs(entry.line.summary);
  if (!entry.line.decisive.empty()) {
    const auto dependence = fmt::format(
        "Defaults depend on {}. Those below hold where none of these is given; --help shows those for the ones that "
        "are "
        "given with it.",
        decisive_options(entry.line));
    text += ".PP\n" + plain(dependence) + "\n";
  }
  for (const auto& note : entry.line.notes) text += ".PP\n" + paragraphs(note);
  return text;
}

std::string commands_below(const manual_entry& entry) {
  if (entry.commands.empty()) return "";
  auto text = heading("COMMANDS");
  for (const auto& c : entry.commands) text += item(bold(c.name), c.text);
  return text;
}

std::string option_item(const option_description& option) {
  auto term = bold("--" + option.name);
  if (option.name == "help") term = bold("-h") + ", " + term;
  if (!option.value.placeholder.empty()) term += " " + italic(option.value.placeholder);
  return item(term, text_with_default(option));
}

std::string options(const manual_entry& entry) {
  auto text = heading("OPTIONS");
  for (const auto& group : options_by_group(entry.line)) {
    text += fmt::format(".SS {}\n", group.name);
    for (const auto& option : group.options) text += option_item(option);
  }
  if (!entry.commands.empty()) text += item(bold("-h") + ", " + bold("--help"), "the commands, one line each");
  if (entry.name.empty()) text += item(bold("--version"), "what was built, from what");
  return text;
}

std::string exit_status() {
  return heading("EXIT STATUS") + item(bold(std::to_string(exit_done)), "done") +
         item(bold(std::to_string(exit_failed)), "failed; one line on standard error says why") +
         item(bold(std::to_string(exit_usage)), "wrong usage") +
         item(bold(std::to_string(exit_interrupted)), "interrupted");
}

std::string names_with_texts(const std::string& title, std::span<const named_text> names) {
  if (names.empty()) return "";
  auto text = heading(title);
  for (const auto& name : names) text += item(italic(name.name), name.text);
  return text;
}

std::string parent_of(const std::string& name) {
  const auto space = name.rfind(' ');
  return space == std::string::npos ? "" : name.substr(0, space);
}

// The pages above, beside and below: of commands with the same first words.
std::string see_also(const manual_entry& entry, std::span<const manual_entry> all) {
  std::vector<std::string> pages;
  for (const auto& other : all) {
    if (other.name == entry.name) continue;
    const auto above = parent_of(entry.name);
    const bool near = other.name == above || parent_of(other.name) == entry.name || parent_of(other.name) == above;
    if (near || other.name.empty()) pages.push_back(other.name);
  }
  auto text = heading("SEE ALSO");
  for (const auto& page : pages) {
    text += fmt::format(".BR {} (1){}\n", plain(page_name(page)), page == pages.back() ? "" : ",");
  }
  return text;
}

std::string capitals(std::string text) {
  std::ranges::transform(text, text.begin(), upper);
  return text;
}

}  // namespace

std::string manual_page(const manual_entry& entry, std::span<const manual_entry> all, const std::string& version) {
  return fmt::format(
             ".\\\" Generated from the options that the command declares.\n"
             ".TH {} 1 \"\" \"firstspike {}\" \"firstspike manual\"\n",
             plain(capitals(page_name(entry.name))), version) +
         name(entry) + synopsis(entry) + description(entry) + commands_below(entry) + options(entry) + exit_status() +
         names_with_texts("FILES", entry.line.files) + names_with_texts("ENVIRONMENT", entry.line.environment) +
         see_also(entry, all);
}

}  // namespace firstspike
