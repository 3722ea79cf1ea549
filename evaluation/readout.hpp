// Decisions of a network by its output spikes, and their latency and spike counts, from the spike record only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/decision.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// Sums over samples; means are these divided by `images`.
struct readout {
  std::size_t images = 0;
  std::size_t correct = 0;  ///< ties broken (`decision::output`)
  std::size_t correct_ties_counted =
      0;  ///< S4NN's count: any tie for first place that includes the true label is correct
  std::size_t correct_silent_wrong = 0;  ///< ties broken, samples without an output spike are wrong
  std::size_t no_spike = 0;              ///< samples without an output spike
  double decision_time = 0;              ///< sum of tau [steps], added in the order of samples
  std::uint64_t spikes_to_decision = 0;  ///< spikes before tau, all populations but the last and the bias neurons
  std::uint64_t spikes_full = 0;         ///< all spikes in [0, t_max), bias neurons left out
  std::vector<std::uint32_t> decided;    ///< [sample] `decision::output`
  std::vector<double> decided_at;        ///< [sample] tau [steps]
};

/// Reads out the last population of a network run with `potentials`. `labels` [sample]; label_of_output [output], each
/// label once. Throws std::invalid_argument if sizes disagree or a label has no output.
template <class Real>
readout read_out(const network<Real>& net, const spike_record& record, std::span<const std::uint8_t> labels,
                 std::span<const std::uint8_t> label_of_output, double t_max);

/// Throws std::runtime_error, one line, if the number of pixels differs from the network's number of sources.
void check_images(const image_set& images, std::size_t sources);

/// Throws std::runtime_error, one line, if a label has no output in the network.
void check_labels(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> label_of_output);

/// A readout per image; accuracies are fractions. All 0 without images.
struct readout_means {
  double accuracy = 0, accuracy_ties_counted = 0, accuracy_silent_wrong = 0;
  double no_spike_fraction = 0, decision_time = 0, spikes_to_decision = 0, spikes_full = 0;
};
readout_means means_of(const readout& sums);

/// Adds the sums of another set of samples, which follows the existing ones. The sums do not depend on how samples are
/// divided into sets.
void add(readout& into, const readout& more);

/// [true output][decided output], row-major: numbers of samples, ties broken. `labels` [sample] and `label_of_output`
/// as in read_out().
std::vector<std::uint64_t> confusion_matrix(const readout& decisions, std::span<const std::uint8_t> labels,
                                            std::span<const std::uint8_t> label_of_output);

/// Indices of the samples whose decision, ties broken, is not their label, in ascending order.
std::vector<std::uint64_t> misclassified(const readout& decisions, std::span<const std::uint8_t> labels,
                                         std::span<const std::uint8_t> label_of_output);

/// The decision of one sample in words: "decides 7 at step 441.05, correct". `times`, `v_m` [output]; without v_m ties
/// go to the lower output. `label_of_output` may be empty, `label` unknown.
std::string decision_text(std::span<const double> times, std::span<const double> v_m,
                          std::span<const std::uint8_t> label_of_output, std::optional<unsigned> label);

/// Samples on which two readouts of the same samples, in the same order, decided differently.
std::size_t different_decisions(const readout& a, const readout& b);

/// Spikes of one population over all samples of a record.
template <class Real>
std::uint64_t count_spikes(const network<Real>& net, const spike_record& record, std::uint32_t population);

/// Number of synapses that spikes of a record reach before the end of the run and of the postsynaptic layer's window.
template <class Real>
std::uint64_t count_synaptic_events(const network<Real>& net, const spike_record& record, double t_max);

/// Runs `net` on images of a set (indices) and reads out the decisions. Reports (images done, all); throws `cancelled`.
template <class Real>
readout evaluate(const network<Real>& net, const image_set& set, std::span<const std::uint32_t> images,
                 std::span<const std::uint8_t> label_of_output, double t_in, double t_max, const run_options& run,
                 const progress_callback& progress = {});

}  // namespace firstspike
