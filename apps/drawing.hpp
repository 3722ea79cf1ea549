// Samples of a generator as images: finished, stopped on the way, or from one noise to the next.
#pragma once

#include <cstdint>
#include <optional>

#include "firstspike/apps/simulation.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/gan_options.hpp"

namespace firstspike {

struct drawing_request {
  std::uint64_t count = 100;           ///< samples
  std::optional<std::uint64_t> label;  ///< class, below gan_classes; conditional generators only
  std::optional<double> until;  ///< pixels that fire later are black [steps, from the start of the generator's run]
  std::optional<std::uint64_t> film;  ///< images of each sample, at even times of the image's window, the last finished
  std::optional<std::uint64_t> between;  ///< images of each sample, from its noise to the next sample's, that left out
  scheduler engine = scheduler::heap;
  unsigned threads = 1;
};

struct drawing {
  image_set images;          ///< [sample][film or between][row][column]; empty where the record went to a sink
  std::size_t samples = 0;   ///< runs of the generator
  double seconds = 0;        ///< inside of it
  std::uint64_t spikes = 0;  ///< those of bias neurons left out
};

/// Draws the samples of the seed in `options`, in blocks; with a sink, spikes go there as they come and no image is
/// kept. Shows progress; throws `interruption` between blocks once interrupted().
template <class Real>
drawing draw_samples(const network<Real>& generator, const gan_options& options, const drawing_request& request,
                     const record_sink& sink);

}  // namespace firstspike
