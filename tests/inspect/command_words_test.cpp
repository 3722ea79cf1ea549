// Lines of an inspection as words: verbs by their beginnings, arguments, and what may come next.
#include "firstspike/inspect/command_words.hpp"

#include <doctest/doctest.h>

#include "firstspike/tests/engine/build.hpp"

namespace firstspike {
namespace {

using texts = std::vector<std::string>;

const std::vector<population> two_layers{sources("in", 2), neurons("my layer", 3, 1), neurons("a:1", 2, 1)};

std::string verb(std::string_view word) {
  const auto verbs = inspect_verbs();
  const auto index = verb_index(verbs, word);
  return index == verbs.size() ? "none" : std::string(verbs[index].name);
}

texts completed(std::string_view line) { return complete(inspect_verbs(), two_layers, line).words; }

TEST_CASE("words: a comment ends a line, and neither it nor a space in quotes ends a word") {
  CHECK(words_of("") == texts{});
  CHECK(words_of("  run\tuntil 5 # on") == texts{"run", "until", "5"});
  CHECK(words_of("why \"my #1 layer\":3") == texts{"why", "\"my #1 layer\":3"});
  CHECK(words_of("why my\\ layer:3") == texts{"why", "my\\ layer:3"});
  CHECK(refusal([] { words_of("why \"my"); }).find("does not end") != std::string::npos);
}

TEST_CASE("words: a verb is its name, its letter, or what only it begins with") {
  for (const auto& [word, name] : {std::pair{"next", "next"},
                                   {"n", "next"},
                                   {"w", "why"},
                                   {"why", "why"},
                                   {"why-", "why-not"},
                                   {"with", "with"},
                                   {"witho", "without"},
                                   {"b", "break"},
                                   {"ba", "back"},
                                   {"q", "quit"},
                                   {"que", "queue"},
                                   {"step", "next"},
                                   {"continue", "run"},
                                   {"c", "run"},
                                   {"exit", "quit"},
                                   {"?", "help"},
                                   {"nextt", "none"},
                                   {"x", "none"}}) {
    CHECK(verb(word) == name);
  }
  CHECK(refusal([] { verb("wi"); }) == "'wi' begins several verbs, allowed: without, with");
  // Whatever begins one verb only is taken for it, and letters differ.
  for (const auto& v : inspect_verbs()) {
    CHECK(verb(v.name) == v.name);
    if (!v.letter.empty()) CHECK(verb(v.letter) == v.name);
    if (!v.letter.empty()) CHECK(v.name.starts_with(v.letter));
  }
}

TEST_CASE("words: the usage of a verb says how many arguments it takes") {
  const auto check = [](const texts& line) {
    return refusal(
        [&] { check_count(inspect_verbs()[verb_index(inspect_verbs(), line[0])], std::span(line).subspan(1)); });
  };
  CHECK(check({"next"}).empty());
  CHECK(check({"next", "1"}).empty());
  CHECK(check({"next", "1", "2"}) == "'2' is one word too many, allowed: next [N]");
  CHECK(check({"run", "until", "fired", "a:1"}).empty());
  CHECK(check({"run", "until", "fired", "a:1", "x"}).find("'x' is one word too many") == 0);
  CHECK(check({"why"}) == "something is missing, allowed: why LAYER:ID [all]");
  CHECK(check({"why", "a:1", "all"}).empty());
  CHECK(check({"weight", "a:1", "a:1"}) == "something is missing, allowed: weight PRE POST W");
  CHECK(check({"help", "me"}).find("too many") != std::string::npos);
}

TEST_CASE("words: the time of a moved spike may be a word of its own") {
  const auto arguments = [](const texts& line) {
    return arguments_of(inspect_verbs()[verb_index(inspect_verbs(), line[0])], std::span(line).subspan(1));
  };
  for (const auto& line : {texts{"with", "a:1=9"}, texts{"with", "a:1", "9"}, texts{"with", "a:1", "=", "9"},
                           texts{"with", "a:1=", "9"}, texts{"with", "a:1", "=9"}}) {
    CHECK(arguments(line) == texts{"a:1=9"});
  }
  CHECK(arguments({"with", "a=b:1", "9"}) == texts{"a=b:1=9"});
  CHECK(arguments({"with", "a:1"}) == texts{"a:1"});
  CHECK(arguments({"why", "a:1", "all"}) == texts{"a:1", "all"});
  CHECK(refusal([&] { arguments({"with", "a:1", "x"}); }) == "'x' is one word too many, allowed: with LAYER:ID=T");
  CHECK(refusal([&] { arguments({"why"}); }).find("something is missing") == 0);
}

TEST_CASE("words: neurons, layers, times and counts are read") {
  const auto neuron = read_break(two_layers, "\"my layer\":2");
  CHECK(neuron.first == 4);
  CHECK(neuron.end == 5);
  const auto layer = read_break(two_layers, "\"a:1\"");
  CHECK(layer.first == 5);
  CHECK(layer.end == 7);
  CHECK(read_break(two_layers, "a:1:0").end == 6);
  CHECK(read_break(two_layers, "12.5").time == 12.5);
  CHECK(refusal([] { read_break(two_layers, "a:1"); }) == "no layer 'a', allowed: in, \"my layer\", \"a:1\"");
  CHECK(read_goal(two_layers, {}).until == never);
  CHECK(read_goal(two_layers, texts{"until", "7"}).until == 7);
  CHECK(read_goal(two_layers, texts{"until", "fired", "in:1"}).neuron == 1);
  CHECK(read_goal(two_layers, texts{"7"}).until == 7);
  CHECK_FALSE(read_goal(two_layers, texts{"7"}).neuron);
  for (const auto& same : {texts{"in:1"}, texts{"fired", "in:1"}, texts{"until", "in:1"}}) {
    CHECK(read_goal(two_layers, same).neuron == 1);
    CHECK(read_goal(two_layers, same).until == never);
  }
  for (const auto& wrong : {texts{"to", "7"}, texts{"until", "7", "8"}, texts{"in"}})
    CHECK(refusal([&] { read_goal(two_layers, wrong); }).find("allowed: run [until") != std::string::npos);
  CHECK(refusal([] { read_goal(two_layers, texts{"until"}); }) == "run until needs a time T or fired LAYER:ID");
  CHECK(refusal([] { read_goal(two_layers, texts{"until", "fired"}); }) == "run until fired needs a neuron, LAYER:ID");
  CHECK(refusal([] {
          read_goal(two_layers, texts{"until", "in"});
        }) == "'in' is no time, allowed: a number of steps, 0 or more");
  const auto moved = read_neuron_and_time(two_layers, "my\\ layer:0=2.5");
  CHECK(moved.id == 2);
  CHECK(moved.time == 2.5);
  CHECK(read_count({}, 10) == 10);
  CHECK(read_count(texts{"3"}, 10) == 3);
  CHECK(refusal([] { read_count(texts{"0"}, 1); }).find("'0' is no count") == 0);
}

TEST_CASE("words: what may come next is what the usage of the verb shows") {
  CHECK(completed("w") == texts{"watch", "why", "why-not", "without", "with", "weight"});
  CHECK(completed("  ru") == texts{"run"});
  CHECK(completed("run ") == texts{"until"});
  CHECK(completed("run until ") == texts{"fired"});
  CHECK(completed("run until fired ") == texts{"in:", "\"my layer\":", "a:1:"});
  CHECK(completed("run fired ") == texts{});
  CHECK(completed("b ") == texts{"in:", "\"my layer\":", "a:1:", "in", "\"my layer\"", "\"a:1\"", "clear"});
  CHECK(completed("watch c") == texts{"clear"});
  CHECK(completed("why in:1 ") == texts{"all"});
  CHECK(completed("why in:1 all ") == texts{});
  CHECK(completed("weight in:1 ") == texts{"in:", "\"my layer\":", "a:1:"});
  CHECK(completed("weight in:1 in:1 ") == texts{});
  CHECK(completed("next ") == texts{});
  CHECK(completed("nonsense ") == texts{});
  CHECK(completed("wi ") == texts{});
}

TEST_CASE("words: a name in quotes is completed from any beginning") {
  for (const auto* begun : {"why my", "why \"my", "why \"my la", "why my\\ l", "why my\\"}) {
    CAPTURE(begun);
    CHECK(completed(begun) == texts{"\"my layer\":"});
    CHECK(complete(inspect_verbs(), two_layers, begun).start == 4);
  }
}

TEST_CASE("words: the list of verbs fits 80 columns") {
  CHECK(inspect_verbs_text().find("\nb  break [LAYER:ID|LAYER|T|clear]  ") != std::string::npos);
  for (const auto& line : std::vector{inspect_verbs_text()}) {
    for (std::size_t start = 0; start < line.size(); start = line.find('\n', start) + 1) {
      CHECK(line.find('\n', start) - start <= 80);
    }
  }
}

}  // namespace
}  // namespace firstspike
