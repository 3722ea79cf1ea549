// One session of `firstspike inspect`: a run that can be moved, looked at, explained and changed, one line at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/apps/inspect_words.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/inspect/causes.hpp"
#include "firstspike/inspect/timeline.hpp"

namespace firstspike {

/// What a line is answered with: for people, and as one JSON object a line.
struct answer {
  std::string text;
  std::vector<json_object> objects;
};

/// Where a run stops: after an instant in which one of the neurons [first, end) fires or, with a time, after the first
/// instant at that time or later.
struct breakpoint {
  std::string text;  ///< as it was typed
  std::uint32_t first = 0, end = 0;
  std::optional<double> time;  ///< [steps]
};

template <class Real>
struct inspect_session {
  const network<Real>& net;
  std::vector<double> source_times;           ///< [source], [steps]
  std::vector<std::uint8_t> label_of_output;  ///< empty: the outputs are no classes
  timeline<Real> line;
  std::vector<breakpoint> breaks{};
  std::vector<std::uint32_t> watched{};         ///< global ids
  std::optional<incoming_synapses> incoming{};  ///< listed when first asked for
  std::optional<spike_record> unchanged{};      ///< the whole run, for comparison; made when first asked for
  bool ended = false;                           ///< by quit
};

/// The time up to which everything has happened [steps]: that of the last instant, -1 before the first, t_max at the
/// end.
template <class Real>
double present(const inspect_session<Real>& session);

/// The same for people: "t = 12", "the start", "the end".
template <class Real>
std::string present_text(const inspect_session<Real>& session);

/// What the library's explanations look at. Throws std::invalid_argument before the first instant.
template <class Real>
observed_run<Real> observed(inspect_session<Real>& session);

/// A time for people: "silent" for never.
std::string time_text(double t);
/// A time as JSON: null for never.
json_object time_json(double t);
/// "12.34 %".
std::string share_text(double share);

/// A session over one sample of a model, as a function from line to answer. It throws std::invalid_argument, one line,
/// for a line that is none, and changes nothing then. An empty line has an empty answer. `model` must outlive it.
/// `checkpoint_bytes` bounds the memory for going back.
struct session_frame {
  std::function<answer(const std::string& line)> ask;
  std::function<bool()> ended;
  answer opening;  ///< what there is to inspect, and the bound on memory
};
session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes);

/// How lines are written, for --help and the verb `help`.
std::string inspect_verbs_text();

}  // namespace firstspike
