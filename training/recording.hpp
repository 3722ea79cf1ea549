// Traces of training steps: spikes, weights and options, from which `trace replay` computes the gradient again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan.hpp"
#include "firstspike/traces/run_metadata.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// Where training step number `step`, from 1 on, is recorded, if it is: options.record for the last one, TRACE-STEP
/// before the extension for those on the way.
std::optional<std::string> recorded_path(const training_options& options, std::uint64_t step, bool is_last);

/// Before a run is begun, which may clear an old one: throws std::runtime_error where `trace` lies in no
/// directory there is, the one that the run will make apart, or exists and may not be replaced.
void check_recording(const std::optional<std::string>& trace, const std::string& run_directory, bool may_replace);

/// Writes one step as it is before the generator's update: spikes under generator_<layer>, discriminator_<layer> and
/// second_pass_<layer>; under /models the generator, the discriminator of the first pass (`first_discriminator`) and
/// discriminator_updated, that of the second; `options` (of `train gan`), step and gradient hash as metadata. The
/// gradients are those that were computed last.
template <class Real>
void record_gan_step(const std::string& path, const gan<Real>& gan, const network<Real>& first_discriminator,
                     const gan_record& record, const std::map<std::string, std::string>& options,
                     run_metadata metadata);

/// The same of a classifier: spikes under <layer>, the network under /models/classifier, labels [batch] as metadata.
template <class Real>
void record_classifier_step(const std::string& path, const classifier<Real>& c, const spike_record& record,
                            const std::vector<std::uint8_t>& labels, const std::map<std::string, std::string>& options,
                            run_metadata metadata);

struct replayed_gradient {
  std::string recorded;    ///< hash that the training run wrote
  std::string recomputed;  ///< hash of the gradient computed from the trace alone
  std::int64_t step = 0;   ///< counted from 1
  std::string trained_by;  ///< "train gan" or "train classifier"
};

/// Computes the gradient of a recorded step from the file alone. Throws std::runtime_error, one line, where the trace
/// holds no recorded step or contradicts itself.
replayed_gradient replay(const std::string& path, unsigned threads);

}  // namespace firstspike
