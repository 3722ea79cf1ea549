// Why one neuron of a recorded run fired, or did not: one call for a network and what simulate() gave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "firstspike/inspect/causes.hpp"
#include "firstspike/inspect/silence.hpp"

namespace firstspike {

struct recorded_neuron {
  std::size_t sample = 0;
  std::string population;
  std::uint32_t neuron = 0;  ///< within the population
  /// [steps], the end of the run's window. A spike can be explained without it: then explanation::without_critical may
  /// lie after the window.
  std::optional<double> t_max{};
};

/// Explains a spike by the whole run, as explain() in causes.hpp. Throws std::invalid_argument, one line, where the
/// record is none of this network's, the sample, population or neuron is not there, the neuron is silent, or its time
/// was given.
template <class Real>
explanation explain(const network<Real>& net, const spike_record& record, const recorded_neuron& which);

/// Explains silence by the whole run, as explain_silence() in silence.hpp. Throws the same, but where the neuron
/// fired, and where t_max is missing.
template <class Real>
silence explain_silence(const network<Real>& net, const spike_record& record, const recorded_neuron& which);

}  // namespace firstspike
