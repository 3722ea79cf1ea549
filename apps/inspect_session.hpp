// One session of `firstspike inspect`: each line is a call of an inspection, and its result an answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "firstspike/apps/json_output.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

/// What a line is answered with: for people, and as one JSON object a line.
struct answer {
  std::string text;
  std::vector<json_object> objects;
};

/// A session over one sample of a model, as a function from line to answer. It throws std::invalid_argument, one line,
/// for a line that is none, and changes nothing then. An empty line has an empty answer. `model` must outlive it.
/// `checkpoint_bytes` bounds the memory for going back.
struct session_frame {
  std::function<answer(const std::string& line)> ask;
  std::function<bool()> ended;  ///< by quit
  answer opening;               ///< what there is to inspect, and the bound on memory
};
session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes);

/// How lines are written, for --help and the verb `help`.
std::string inspect_verbs_text();

}  // namespace firstspike
