// Options of a struct, described once: name, member, allowed values, help, group. The command line, configuration
// files, checkpoints and model files read and show options with these tables.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firstspike/models/option_kinds.hpp"

namespace firstspike {

/// What the value of an option affects.
enum class option_role : std::uint8_t {
  result,   ///< the result of training
  run,      ///< the files of a run, or how it computes; a resumed run keeps it by default and may change it
  machine,  ///< only the run time on this machine; a resumed run does not keep it
  data,     ///< the result; a run takes the value from its training images: recorded, and not for a user to give
};

/// One option of `Options`, as text.
template <class Options>
struct option {
  std::string name;
  std::string placeholder;  ///< its value in help: "X", "on|off"
  std::string help;
  option_role role = option_role::result;
  std::function<void(Options& options, const std::string& value)>
      read;                                                 ///< throws std::invalid_argument: "allowed: ..."
  std::function<std::string(const Options& options)> show;  ///< read() of it gives the same value; empty: no value
  std::string group{};                                      ///< heading under which help lists it: "Network"
  std::vector<std::string> words{};  ///< all values that are allowed; empty: they are no list of words
  path_kind path = path_kind::none;  ///< what a value names
};

template <class Options>
using option_table = std::vector<option<Options>>;

/// The text of a value; empty if there is none.
template <class T>
std::string text_of(const option_kind<T>& kind, const T& value) {
  return kind.show(value);
}
template <class T>
std::string text_of(const option_kind<T>& kind, const std::optional<T>& value) {
  return value ? kind.show(*value) : "";
}

/// An option of the member that `member(options)` refers to.
template <class Options, class Member, class T>
option<Options> make_option(std::string name, Member member, const option_kind<T>& kind, std::string help,
                            option_role role = option_role::result) {
  option<Options> o{std::move(name), kind.placeholder, std::move(help), role, {}, {}, {}, kind.words, kind.path};
  o.read = [member, kind](Options& options, const std::string& value) { member(options) = kind.read(value); };
  o.show = [member, kind](const Options& options) { return text_of(kind, member(const_cast<Options&>(options))); };
  return o;
}

/// The options of `Inner`, the type of `member(options)`, as options of `Options`.
template <class Options, class Inner, class Member>
void append_options(option_table<Options>& table, const option_table<Inner>& inner, Member member) {
  for (const auto& from : inner) {
    option<Options> o{from.name, from.placeholder, from.help, from.role, {}, {}, from.group, from.words, from.path};
    o.read = [member, read = from.read](Options& options, const std::string& value) { read(member(options), value); };
    o.show = [member, show = from.show](const Options& options) { return show(member(const_cast<Options&>(options))); };
    table.push_back(std::move(o));
  }
}

/// Puts the options at the end of `table` that have no group yet into one.
template <class Options>
void close_group(option_table<Options>& table, const std::string& group) {
  for (auto o = table.rbegin(); o != table.rend() && o->group.empty(); ++o) o->group = group;
}

/// All options that have a value, as text by name.
template <class Options>
std::map<std::string, std::string> show_options(const option_table<Options>& table, const Options& options) {
  std::map<std::string, std::string> values;
  for (const auto& o : table) {
    if (auto value = o.show(options); !value.empty()) values.emplace(o.name, std::move(value));
  }
  return values;
}

/// Sets options from texts, by name; does not change other options. Throws std::invalid_argument, one line: "lr = '0',
/// allowed: numbers above 0", or "unknown option 'lrr', nearest: 'lr'".
template <class Options>
void read_options(const option_table<Options>& table, const std::map<std::string, std::string>& values,
                  Options& options) {
  for (const auto& [name, value] : values) {
    const auto found = std::ranges::find(table, name, &option<Options>::name);
    if (found == table.end()) {
      std::vector<std::string> names;
      for (const auto& o : table) names.push_back(o.name);
      const auto near = nearest_names(name, names);
      throw std::invalid_argument("unknown option '" + name + "'" + (near.empty() ? "" : ", nearest: " + near));
    }
    try {
      found->read(options, value);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(name + " = '" + value + "', " + error.what());
    }
  }
}

}  // namespace firstspike
