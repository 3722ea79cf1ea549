#include "firstspike/inspect/command_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/inspect/neuron_names.hpp"

namespace firstspike {
namespace {

constexpr std::string_view spaces = " \t\r\n\v\f";

constexpr std::array verb_table{
    verb_words{"next", "n", "next [N]", "do the next instant, or N of them"},
    verb_words{"run", "r", "run [until T|until fired LAYER:ID]", "go on to a break, T (included) or the end"},
    verb_words{"back", "", "back [N]", "undo the last instant, or N, exactly"},
    verb_words{"goto", "g", "goto T", "to the state after all instants up to T"},
    verb_words{"break", "b", "break [LAYER:ID|LAYER|T|clear]", "stop where it fires, or at T; alone: list"},
    verb_words{"watch", "", "watch [LAYER:ID|clear]", "show its v_m at every change; alone: list"},
    verb_words{"queue", "", "queue [N]", "the first N pending events (10)"},
    verb_words{"state", "s", "state [LAYER:ID]", "what has fired by now, or one neuron"},
    verb_words{"top", "t", "top [N]", "N silent neurons nearest to firing (10)"},
    verb_words{"why", "w", "why LAYER:ID [all]", "what made it fire, and the critical spike"},
    verb_words{"why-not", "", "why-not LAYER:ID", "how close it came, and what stopped it"},
    verb_words{"without", "", "without LAYER:ID", "run again without its spike, and compare"},
    verb_words{"with", "", "with LAYER:ID=T", "run again with it at T, and compare"},
    verb_words{"weight", "", "weight PRE POST W", "run again with W from PRE to POST"},
    verb_words{"help", "h", "help", "this list"},
    verb_words{"quit", "q", "quit", "end the session"},
};

/// What users of other debuggers type.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> aliases{
    {{"step", "next"}, {"continue", "run"}, {"c", "run"}, {"exit", "quit"}, {"?", "help"}}};

template <class Number>
std::optional<Number> number_in(const std::string& word) {
  Number value = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

/// The ways to go on after a verb, each as its words: "why LAYER:ID [all]" has LAYER:ID, and LAYER:ID all.
std::vector<std::vector<std::string>> ways_of(const verb_words& verb) {
  const auto words_in = [](std::string_view text) {
    auto found = split_unquoted(text, spaces);
    std::erase(found, "");
    return found;
  };
  const auto usage = verb.usage;
  const auto bracket = std::min(usage.find('['), usage.size());
  auto needed = words_in(usage.substr(0, bracket));
  needed.erase(needed.begin());
  std::vector<std::vector<std::string>> ways{needed};
  if (bracket == usage.size()) return ways;
  for (const auto& choice : split_unquoted(usage.substr(bracket + 1, usage.size() - bracket - 2), "|")) {
    ways.push_back(needed);
    for (const auto& word : words_in(choice)) ways.back().push_back(word);
  }
  return ways;
}

bool is_literal(const std::string& word) { return word[0] >= 'a' && word[0] <= 'z'; }

/// What may stand for a word of a usage, as it is typed.
std::vector<std::string> choices_for(std::span<const population> populations, const std::string& word) {
  if (is_literal(word)) return {word};
  if (word == "T" || word == "N" || word == "W") return {};
  std::vector<std::string> choices;
  for (const auto& p : populations) {
    choices.push_back(word == "LAYER" ? population_name(p.name) : quoted_name(p.name) + ":");
  }
  return choices;
}

/// The name that an unfinished word stands for so far.
std::string begun(const std::string& typed) {
  try {
    return unquoted(typed);
  } catch (const std::invalid_argument&) {  // it ends within quotes or with a backslash
    return typed.ends_with('\\') ? begun(typed.substr(0, typed.size() - 1)) : unquoted(typed + '"');
  }
}

}  // namespace

std::span<const verb_words> inspect_verbs() { return verb_table; }

std::string inspect_verbs_text() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& v : verb_table) {
    rows.push_back({std::string(v.letter), std::string(v.usage), std::string(v.summary)});
  }
  return table_text(rows, false) +
         "\nA verb may be shortened to its letter, or to any beginning that only it has.\n"
         "step is taken for next, continue and c for run, exit for quit, ? for help.\n"
         "A layer whose name has a space or ':' goes in quotes: \"my layer\":3.\n";
}

std::vector<std::string> words_of(std::string_view line) {
  line = line.substr(0, find_unquoted(line, "#"));
  auto found = split_unquoted(line, spaces);
  std::erase(found, "");
  if (!found.empty()) unquoted(found.back());  // refuses quotes that do not end
  return found;
}

std::size_t verb_index(std::span<const verb_words> verbs, std::string_view word) {
  for (const auto& [alias, name] : aliases) {
    if (word == alias) word = name;
  }
  auto found = verbs.size();
  std::vector<std::string> all;
  for (std::size_t v = 0; v < verbs.size(); ++v) {
    if (verbs[v].name == word || verbs[v].letter == word) return v;
    if (!verbs[v].name.starts_with(word)) continue;
    found = v;
    all.emplace_back(verbs[v].name);
  }
  require(all.size() < 2, "'{}' begins several verbs, allowed: {}", word, joined(all));
  return found;
}

void check_count(const verb_words& verb, words arguments) {
  const auto ways = ways_of(verb);
  const auto most = std::ranges::max(ways, {}, [](const auto& way) { return way.size(); }).size();
  require(arguments.size() >= ways[0].size(), "something is missing, allowed: {}", verb.usage);
  if (arguments.size() <= most) return;
  throw std::invalid_argument(fmt::format("'{}' is one word too many, allowed: {}", arguments[most], verb.usage));
}

std::vector<std::string> arguments_of(const verb_words& verb, words typed) {
  std::vector<std::string> all(typed.begin(), typed.end());
  if (verb.name == "with" && all.size() > 1) {
    const bool has_sign = all[0].ends_with('=') || all[1].starts_with('=');
    if (has_sign || (all.size() == 2 && number_in<double>(all[1]))) all = {joined(all, has_sign ? "" : "=")};
  }
  check_count(verb, all);
  return all;
}

double read_number(const std::string& word, std::string_view what) {
  const auto value = number_in<double>(word);
  require(value && std::isfinite(*value), "'{}' is no {}, allowed: a finite number", word, what);
  return *value;
}

double read_time(const std::string& word) {
  const auto value = number_in<double>(word);
  require(value && std::isfinite(*value) && *value >= 0, "'{}' is no time, allowed: a number of steps, 0 or more",
          word);
  return *value;
}

std::size_t read_count(words arguments, std::size_t otherwise) {
  if (arguments.empty()) return otherwise;
  const auto count = number_in<std::size_t>(arguments[0]);
  require(count && *count > 0, "'{}' is no count, allowed: a whole number, 1 or more", arguments[0]);
  return *count;
}

breakpoint read_break(std::span<const population> populations, const std::string& word) {
  if (rfind_unquoted(word, ":") != std::string::npos) {
    const auto id = neuron_id(populations, word);
    return {id, id + 1, {}, word};
  }
  if (number_in<double>(word)) return {0, 0, read_time(word), word};
  const auto& layer = populations[population_index(populations, unquoted(word))];
  const auto first = neuron_id(populations, layer.name, 0);
  return {first, first + layer.size, {}, word};
}

run_goal read_goal(std::span<const population> populations, words arguments) {
  if (arguments.empty()) return {};
  constexpr auto usage = "run [until T|until fired LAYER:ID]";
  const bool until = arguments[0] == "until";
  auto rest = arguments.subspan(until ? 1 : 0);
  require(!rest.empty(), "run until needs a time T or fired LAYER:ID");
  bool fires = rest[0] == "fired";
  if (fires) rest = rest.subspan(1);
  require(!rest.empty(), "run until fired needs a neuron, LAYER:ID");
  fires = fires || rfind_unquoted(rest[0], ":") != std::string::npos;
  require(until || fires || number_in<double>(rest[0]), "'{}' is no goal, allowed: {}", rest[0], usage);
  require(rest.size() == 1, "'{}' is one word too many, allowed: {}", rest.back(), usage);
  if (fires) return {never, neuron_id(populations, rest[0])};
  return {read_time(rest[0]), {}};
}

neuron_and_time read_neuron_and_time(std::span<const population> populations, const std::string& word) {
  const auto equals = rfind_unquoted(word, "=");
  require(equals != std::string::npos, "'{}' has no time, allowed: LAYER:ID=T", word);
  const auto name = word.substr(0, equals);
  return {name, neuron_id(populations, name), read_time(word.substr(equals + 1))};
}

completions complete(std::span<const verb_words> verbs, std::span<const population> populations,
                     std::string_view line) {
  const auto parts = split_unquoted(line, spaces);
  const auto& last = parts.back();
  completions found{line.size() - last.size(), {}};
  std::vector<std::string> before(parts.begin(), parts.end() - 1), choices;
  std::erase(before, "");
  if (before.empty()) {
    for (const auto& v : verbs) choices.emplace_back(v.name);
  } else {
    std::size_t verb = verbs.size();
    try {
      verb = verb_index(verbs, before[0]);
    } catch (const std::invalid_argument&) {  // of several verbs nothing is known
    }
    if (verb == verbs.size()) return found;
    const auto at = before.size() - 1;
    for (const auto& way : ways_of(verbs[verb])) {
      const auto fits = [&](std::size_t i) { return !is_literal(way[i]) || way[i] == before[i + 1]; };
      bool all_fit = at < way.size();
      for (std::size_t i = 0; all_fit && i < at; ++i) all_fit = fits(i);
      for (const auto& choice : all_fit ? choices_for(populations, way[at]) : std::vector<std::string>()) {
        if (std::ranges::find(choices, choice) == choices.end()) choices.push_back(choice);
      }
    }
  }
  const auto wanted = begun(last);
  for (const auto& choice : choices) {
    if (choice.starts_with(last) || unquoted(choice).starts_with(wanted)) found.words.push_back(choice);
  }
  return found;
}

}  // namespace firstspike
