// Lines of an inspection session as words: verbs and their beginnings, arguments, and what may come next.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/inspect/inspection.hpp"

namespace firstspike {

struct verb_words {
  std::string_view name;
  std::string_view letter;  ///< its short form, empty where it has none
  std::string_view usage;   ///< "break [LAYER:ID|LAYER|T|clear]"
  std::string_view summary;
};

/// All verbs of a session.
std::span<const verb_words> inspect_verbs();
/// Them as a list, of at most 80 columns.
std::string inspect_verbs_text();

// Parsing. Each function throws std::invalid_argument, one line: the word and what is allowed.

using words = std::span<const std::string>;

/// The words of a line, still in quotes; '#' outside of quotes starts a comment.
std::vector<std::string> words_of(std::string_view line);

/// The index of the verb of that name or letter, or of the only one that begins with `word`; the number of verbs where
/// none does. Takes what other debuggers call it, such as "step" for next. Refuses what several begin with.
std::size_t verb_index(std::span<const verb_words> verbs, std::string_view word);

/// Refuses another number of arguments than the usage of the verb shows.
void check_count(const verb_words& verb, words arguments);
/// The arguments as the usage shows them, LAYER:ID=T also where LAYER:ID T was typed. Refuses another number of them.
std::vector<std::string> arguments_of(const verb_words& verb, words typed);

double read_number(const std::string& word, std::string_view what);
/// [steps], 0 or more.
double read_time(const std::string& word);
/// The count that words[0] gives, 1 or more, or `otherwise` where there is no word.
std::size_t read_count(words arguments, std::size_t otherwise);
/// A neuron, a population or a time. A quoted ':' belongs to the name of a population.
breakpoint read_break(std::span<const population> populations, const std::string& word);
/// What `run` is to go on to: nothing, "until T", "until fired LAYER:ID"; T or LAYER:ID alone is the same.
run_goal read_goal(std::span<const population> populations, words arguments);

/// A neuron and the time it is to fire at, as LAYER:ID=T.
struct neuron_and_time {
  std::string name;  ///< as typed
  std::uint32_t id;
  double time;  ///< [steps]
};
neuron_and_time read_neuron_and_time(std::span<const population> populations, const std::string& word);

/// What may stand for the last, unfinished word of a line.
struct completions {
  std::size_t start = 0;           ///< where that word begins [bytes]
  std::vector<std::string> words;  ///< whole words, as they are typed, in order; "LAYER:" goes on with an id
};
completions complete(std::span<const verb_words> verbs, std::span<const population> populations, std::string_view line);

}  // namespace firstspike
