// Why one neuron of a recorded run fired or stayed silent, by one call with a network and a spike record.
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
  /// End of the run [steps]. A spike can be explained without it, but explanation::without_critical may then be later.
  std::optional<double> t_max{};
};

/// Explains a spike by the whole run, as explain() in causes.hpp. Throws std::invalid_argument, one line, if the
/// record has another number of neurons than the network, if the sample, population or neuron does not exist, and if
/// the neuron is silent, a source or a bias neuron.
template <class Real>
explanation explain(const network<Real>& net, const spike_record& record, const recorded_neuron& which);

/// Explains silence by the whole run, as explain_silence() in silence.hpp. Throws the same, except that the
/// neuron must be silent; also if t_max is missing.
template <class Real>
silence explain_silence(const network<Real>& net, const spike_record& record, const recorded_neuron& which);

}  // namespace firstspike
