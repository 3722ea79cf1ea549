// One session of `firstspike inspect`. Each line calls an inspection; its result is shown as text and as JSON.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/apps/json_output.hpp"
#include "firstspike/inspect/inspection.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

/// The result of a line: as text, and as JSON with one object per line.
struct answer {
  std::string text;
  std::vector<json_object> objects;
};

/// A session over one sample of a model, as a function from line to answer. It throws std::invalid_argument, one line,
/// for an invalid line, which changes nothing. An empty line has an empty answer. `model` must outlive it.
/// `checkpoint_bytes` bounds the memory for going back.
struct session_frame {
  std::function<answer(const std::string& line)> ask;
  std::function<bool()> ended;  ///< by quit
  answer opening;               ///< what there is to inspect, and the bound on memory
};
session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes);

/// The list of verbs, for --help and the verb `help`.
std::string inspect_verbs_text();

// The answers: one function for each result of an inspection.

/// Names for the results of a network.
struct inspected_names {
  std::span<const population> populations;
  std::span<const std::uint8_t> label_of_output;  ///< empty: the outputs are no classes
};

// Used by both the text and the JSON functions.

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

// inspect_text.cpp

std::string opening_text(const inspected_names& names, const run_point& at, double t_max, std::size_t memory_bound);
std::string steps_text(const inspected_names& names, const steps_done& done, std::span<const breakpoint> breakpoints);
std::string run_text(const inspected_names& names, const run_done& done, const std::string& stop);
std::string place_text(const inspected_names& names, const run_point& at);
std::string breakpoints_text(std::span<const breakpoint> all);
std::string watched_text(const inspected_names& names, std::span<const std::uint32_t> ids);
std::string queue_text(const inspected_names& names, std::size_t pending, std::span<const pending_event_info> events);
std::string layers_text(const inspected_names& names, const run_point& at, std::span<const layer_state> layers,
                        const run_decision& decision);
std::string neuron_text(const inspected_names& names, const run_point& at, const neuron_state& state);
std::string nearest_text(const inspected_names& names, std::span<const membrane> nearest);
/// `all`: of the causes and roots; else those with the largest shares.
std::string why_text(const inspected_names& names, const spike_explanation& found, bool all);
std::string why_not_text(const inspected_names& names, const silence& found);
std::string comparison_text(const inspected_names& names, const std::string& change, const run_comparison& found);

// inspect_json.cpp: one object a line. `command` is the verb that was asked.

json_object opening_json(const inspected_names& names, const run_point& at, double t_max, std::size_t memory_bound);
std::vector<json_object> steps_json(const inspected_names& names, const steps_done& done);
std::vector<json_object> run_json(const inspected_names& names, const run_done& done, const std::string& stop);
json_object place_json(const inspected_names& names, const std::string& command, const run_point& at);
json_object breakpoints_json(std::span<const breakpoint> all);
json_object watched_json(const inspected_names& names, std::span<const std::uint32_t> ids);
json_object queue_json(const inspected_names& names, std::size_t pending, std::span<const pending_event_info> events);
json_object layers_json(const inspected_names& names, const run_point& at, std::span<const layer_state> layers,
                        const run_decision& decision);
json_object neuron_json(const inspected_names& names, const neuron_state& state);
json_object nearest_json(const inspected_names& names, std::span<const membrane> nearest);
json_object why_json(const inspected_names& names, const spike_explanation& found);
json_object why_not_json(const inspected_names& names, const silence& found);
json_object comparison_json(const inspected_names& names, const std::string& command, const std::string& change,
                            const run_comparison& found);

}  // namespace firstspike
