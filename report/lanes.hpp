// A network as lanes of a report's scene, and the selection of its voltage traces.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/inspect/causes.hpp"
#include "firstspike/inspect/synapses.hpp"
#include "firstspike/report/report.hpp"
#include "firstspike/report/scene.hpp"

namespace firstspike {

template <class Real>
struct shown_network {
  const network<Real>& net;
  double t_max;  ///< [steps]
  incoming_synapses incoming;
  std::vector<std::optional<std::size_t>> lane_of;  ///< [population]; bias neurons have no lane
};

/// Adds a lane for each population except bias neurons, with the name prefix + name. The network must outlive the
/// result.
template <class Real>
shown_network<Real> add_network(report_scene& scene, const network<Real>& net, double t_max,
                                const std::string& prefix = "", double starts_at = 0);

/// Counts one sample. `times` [neuron], [steps].
template <class Real>
void count(report_scene& scene, const shown_network<Real>& shown, std::span<const double> times);

/// Adds one sample's spikes to `sample`, and voltage traces of the neurons with the largest contributions and of those
/// in `asked` that belong to the network. Returns false, without voltage traces, if a drawn neuron would have fired at
/// another time: then the spikes are not those of this network.
template <class Real>
bool show(const report_scene& scene, const shown_network<Real>& shown, std::span<const double> times,
          std::span<const layer_neuron> asked, shown_sample& sample);

/// All neurons of a small last layer, eight of a large one, evenly in the order of their spikes; and of each layer
/// before it the twelve with the largest contributions: sums of |contribution| over the paths to the decision, the
/// earliest output spike, or to the eight. Global ids, ascending.
template <class Real>
std::vector<std::uint32_t> neurons_that_matter(const observed_run<Real>& run);

/// Names the last lane's neurons by their labels, if these differ from their ids.
void name_outputs(report_scene& scene, std::span<const std::uint8_t> label_of_output);

/// Names of a discriminator's two outputs.
inline const std::vector<std::string> verdict_names{"real", "fake"};

/// The decision of a discriminator in words, with times relative to `starts_at`: "... calls it real (real at 120.30,
/// fake silent)", or "... is undecided" for a tie. `times` [real, fake].
std::string verdict_text(std::span<const double> times, double starts_at = 0);

}  // namespace firstspike
