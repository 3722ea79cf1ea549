// Words of a line of `firstspike inspect`, and the neurons, times and counts they stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike {

using words = std::span<const std::string>;

/// The words of a line; '#' starts a comment.
std::vector<std::string> words_of(std::string_view line);

/// "LAYER:ID" of a global id.
std::string neuron_name(std::span<const population> populations, std::uint32_t id);
/// All of them in `order`, up to `most` and how many there are if there are more: "a:1 a:2 ... (12)".
std::string some_names(std::span<const population> populations, std::span<const std::uint32_t> ids, std::size_t most);

// Each of these throws std::invalid_argument, one line: the word, what is allowed.

/// The global id of "LAYER:ID".
std::uint32_t read_neuron(std::span<const population> populations, const std::string& word);
/// The index of the population called so.
std::uint32_t read_layer(std::span<const population> populations, const std::string& word);
/// A finite number of steps, 0 or more.
double read_time(const std::string& word);
/// Any finite number; `what` it is called.
double read_number(const std::string& word, std::string_view what);
/// The count that words[0] gives, 1 or more, or `otherwise` where there is no word.
std::size_t read_count(words arguments, std::size_t otherwise);
/// Refuses another number of words than from `least` to `most`, naming how the verb is used.
void check_words(words arguments, std::size_t least, std::size_t most, std::string_view usage);

}  // namespace firstspike
