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

/// The file in which training step `step`, counted from 1, is recorded, if it is: options.record for the last one, with
/// -STEP before the extension for earlier ones.
std::optional<std::string> recorded_path(const training_options& options, std::uint64_t step, bool is_last);

/// Call before the start of a run, which may remove files of an old run. Throws std::runtime_error if the directory of
/// `trace` does not exist, unless it is the run directory, or if `trace` exists and must not be replaced.
void check_recording(const std::optional<std::string>& trace, const std::string& run_directory, bool may_replace);

/// Writes one training step before the generator's update: spikes under generator_LAYER, discriminator_LAYER and
/// second_pass_LAYER; under /models the generator, the discriminator of the first pass (`first_discriminator`) and
/// discriminator_updated, that of the second; `options` (of `train gan`), training step and gradient hash as metadata.
/// The gradients are the last ones that were computed.
template <class Real>
void record_gan_step(const std::string& path, const gan<Real>& gan, const network<Real>& first_discriminator,
                     const gan_record& record, const std::map<std::string, std::string>& options,
                     run_metadata metadata);

/// The same for a classifier: spikes under LAYER, the network under /models/classifier, labels [batch] as metadata.
template <class Real>
void record_classifier_step(const std::string& path, const classifier<Real>& c, const spike_record& record,
                            const std::vector<std::uint8_t>& labels, const std::map<std::string, std::string>& options,
                            run_metadata metadata);

struct replayed_gradient {
  std::string recorded;    ///< hash written by the training run
  std::string recomputed;  ///< hash of the gradient computed from the trace only
  std::int64_t step = 0;   ///< counted from 1
  std::string trained_by;  ///< "train gan" or "train classifier"
};

/// Computes the gradient of a recorded training step from the file only. Throws std::runtime_error, one line, if the
/// trace has no recorded training step or is inconsistent.
replayed_gradient replay(const std::string& path, unsigned threads);

}  // namespace firstspike
