// A network as some lanes of a report's scene, and which of its membranes are drawn.
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

/// Adds a lane for each population but bias neurons, called prefix + its name. The network must outlive the result.
template <class Real>
shown_network<Real> add_network(report_scene& scene, const network<Real>& net, double t_max,
                                const std::string& prefix = "", double starts_at = 0);

/// Counts one sample. `times` [neuron], [steps].
template <class Real>
void count(report_scene& scene, const shown_network<Real>& shown, std::span<const double> times);

/// Puts one sample's spikes into `sample`, and membranes: those that mattered and those of `asked` that are among the
/// network's. False, and no membranes, where a neuron that is drawn would have fired at another time: then these
/// spikes are not the network's.
template <class Real>
bool show(const report_scene& scene, const shown_network<Real>& shown, std::span<const double> times,
          std::span<const layer_neuron> asked, shown_sample& sample);

/// All neurons of a small last layer, eight of a large one, evenly in the order of their spikes; and of each layer
/// before it those twelve that mattered most: the largest sums of |share of v_th| over the paths to the decision, the
/// earliest output spike, or to the eight. Global ids, ascending.
template <class Real>
std::vector<std::uint32_t> neurons_that_matter(const observed_run<Real>& run);

/// Names the last lane's neurons after their labels, where these are not their ids.
void name_outputs(report_scene& scene, std::span<const std::uint8_t> label_of_output);

/// What a discriminator's two outputs are called.
inline const std::vector<std::string> verdict_names{"real", "fake"};

/// The decision of a classifier in words: "decides 7 at step 441.05, correct". `times`, `v_m` [output]; without v_m
/// ties go to the lower output. `label_of_output` may be empty, `label` unknown.
std::string decision_text(std::span<const double> times, std::span<const double> v_m,
                          std::span<const std::uint8_t> label_of_output, std::optional<unsigned> label);

/// What a discriminator says, whose clock starts at that step: "... calls it real (real at 120.30, fake silent)",
/// or "... cannot tell" of a tie. `times` [real, fake].
std::string verdict_text(std::span<const double> times, double starts_at = 0);

}  // namespace firstspike
