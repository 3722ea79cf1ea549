#include "firstspike/evaluation/reference_classifier.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "firstspike/data/coding.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/models/layers.hpp"
#include "firstspike/models/losses.hpp"

namespace firstspike {
namespace {

/// Latency of a hidden neuron: relative to the start of its fire phase, if it has one.
float latency(double t, double t_fire, const reference_options& options) {
  if (t_fire == never) return static_cast<float>(std::min(t, options.t_max) / options.t_in);
  return static_cast<float>(t == never ? 1 : (t - t_fire) / options.t_in);
}

template <class Real>
void add_block(classifications& all, const network<Real>& classifier, const reference_options& options,
               const layer& last, const spike_record& record) {
  const auto hidden = classifier.first_id(last.pre);
  const auto outputs = classifier.first_id(last.population);
  const double t_fire = classifier.populations()[last.pre].t_fire;
  const auto& xent = loss_called("xent");
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    const auto d = decide(times.subspan(outputs), record.v_m_of(sample).subspan(outputs), 0, options.t_max);
    const auto loss = xent.of(times.subspan(outputs), d.output, {options.t_max, 0, options.beta, 0});
    all.labels.push_back(options.label_of_output[d.output]);
    all.confidence.push_back(std::exp(-loss.value));
    for (const double t : times.subspan(hidden, all.hidden)) all.latencies.push_back(latency(t, t_fire, options));
  }
}

}  // namespace

template <class Real>
classifications classify_images(const network<Real>& classifier, const reference_options& options, const image_set& set,
                                const run_options& run, const progress_callback& progress) {
  const auto layers = layers_of(classifier);
  require(layers.size() >= 2, "reference classifier: {} layers of neurons, needed: 2 or more", layers.size());
  require(classifier.source_count() == pixels_per_image(set),
          "reference classifier: {} sources, needed: {}, the pixels of an image", classifier.source_count(),
          pixels_per_image(set));
  require(classifier.populations().back().size == options.label_of_output.size(),
          "reference classifier: {} outputs, {} labels", classifier.populations().back().size,
          options.label_of_output.size());
  classifications all;
  all.hidden = classifier.populations()[layers.back().pre].size;
  constexpr std::size_t at_once = 512;
  for (std::size_t first = 0; first < set.count; first += at_once) {
    report_progress(progress, first, set.count);
    const auto end = std::min(set.count, first + at_once);
    const auto size = pixels_per_image(set);
    const auto sources = encode_image(std::span(set.pixels).subspan(first * size, (end - first) * size), options.t_in);
    add_block(all, classifier, options, layers.back(),
              simulate(classifier, sources, {options.t_max, run.engine, run.threads, true}));
  }
  return all;
}

std::vector<double> class_shares(const classifications& c) {
  std::vector<double> shares(10);
  for (const auto label : c.labels) {
    if (label < shares.size()) ++shares[label];
  }
  for (auto& share : shares) share /= static_cast<double>(std::max<std::size_t>(1, c.labels.size()));
  return shares;
}

double mean_confidence(const classifications& c) {
  const double sum = std::accumulate(c.confidence.begin(), c.confidence.end(), 0.0);
  return c.confidence.empty() ? 0 : sum / static_cast<double>(c.confidence.size());
}

template classifications classify_images(const network<float>&, const reference_options&, const image_set&,
                                         const run_options&, const progress_callback&);
template classifications classify_images(const network<double>&, const reference_options&, const image_set&,
                                         const run_options&, const progress_callback&);

}  // namespace firstspike
