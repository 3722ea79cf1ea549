// The results of an inspection as text for people: lines of at most 80 columns where names are not longer, and times
// as short as tells those of a line or a table apart. Neurons whose population has a shape are named with their row,
// column and channel (row, col and ch in tables). Text between emphasis::begin and emphasis::end matters most.
#pragma once

#include <span>
#include <string>

#include "firstspike/inspect/inspection.hpp"

namespace firstspike {

/// Marks in the text, which whoever shows it replaces or leaves out. No name holds them: names are printable().
struct emphasis {
  static constexpr char begin = '\x0e', end = '\x0f';
};

/// Names for the results of a network.
struct inspected_names {
  std::span<const population> populations;
  std::span<const std::uint8_t> label_of_output;  ///< empty: the outputs are no classes
};

/// The population of a neuron.
const population& population_of(const inspected_names& names, std::uint32_t id);
/// "output:3".
std::string output_name(const inspected_names& names, const run_decision& decided);

/// A pending event in words: its kind, its neuron or population, and its target.
struct event_words {
  std::string kind, whose, where;
};
event_words words_for(const inspected_names& names, const pending_event_info& e);

/// "break 1 (output:3)", numbered from 1.
std::string breakpoint_text(std::span<const breakpoint> all, std::size_t index);
/// What ended `run`.
std::string stop_text(const inspected_names& names, std::span<const breakpoint> all, const run_goal& goal,
                      const run_done& done);

std::string opening_text(const inspected_names& names, const run_point& at, double t_max, std::size_t memory_bound);
std::string steps_text(const inspected_names& names, const steps_done& done, std::span<const breakpoint> breakpoints);
std::string run_text(const inspected_names& names, const run_done& done, const std::string& stop);
/// "t = 3.5, after instant 12".
std::string point_text(const run_point& at);
std::string place_text(const inspected_names& names, const run_point& at);
std::string breakpoints_text(std::span<const breakpoint> all);
std::string watched_text(const inspected_names& names, std::span<const std::uint32_t> ids);
std::string queue_text(const inspected_names& names, std::size_t pending, std::span<const pending_event_info> events);
std::string layers_text(const inspected_names& names, const run_point& at, std::span<const layer_state> layers,
                        const run_decision& decision);
std::string neuron_text(const inspected_names& names, const run_point& at, const neuron_state& state);
std::string nearest_text(const inspected_names& names, std::span<const membrane> nearest);
/// `all`: of the causes, the critical chain and the roots; else those with the largest shares, without roots that are
/// listed as causes, and both ends of the chain: 24 rows or less.
std::string why_text(const inspected_names& names, const spike_explanation& found, bool all);
std::string why_not_text(const inspected_names& names, const silence& found);
std::string comparison_text(const inspected_names& names, const std::string& change, const run_comparison& found);

}  // namespace firstspike
