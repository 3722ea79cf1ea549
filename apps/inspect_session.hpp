// One session of `firstspike inspect`. Each line calls an inspection; its result is shown as text and as JSON.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/apps/json_output.hpp"
#include "firstspike/inspect/command_words.hpp"
#include "firstspike/inspect/result_text.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

/// The result of a line: as text, and as JSON with one object per line.
struct answer {
  std::string text;
  std::vector<json_object> objects;
};

/// A session over one sample of a model, as a function from line to answer. It throws std::invalid_argument, one line,
/// for an invalid line, which changes nothing, and `cancelled` once interrupted(). An empty line has an empty answer.
/// `model` must outlive it. `checkpoint_bytes` bounds the memory for going back.
struct session_frame {
  std::function<answer(const std::string& line)> ask;
  std::function<bool()> ended;         ///< by quit
  std::function<std::string()> place;  ///< the present position, as text
  std::function<completions(const std::string& line)> complete;
  answer opening;  ///< what there is to inspect, and the bound on memory
};
session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes);

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
