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

/// Of a hidden neuron: from the start of its fire phase, where it has one.
float latency(double t, double t_fire, const judge_facts& facts) {
  if (t_fire == never) return static_cast<float>(std::min(t, facts.t_max) / facts.t_in);
  return static_cast<float>(t == never ? 1 : (t - t_fire) / facts.t_in);
}

template <class Real>
void add_block(judgements& all, const network<Real>& judge, const judge_facts& facts, const layer& last,
               const spike_record& record) {
  const auto hidden = judge.first_id(last.pre);
  const auto outputs = judge.first_id(last.population);
  const double t_fire = judge.populations()[last.pre].t_fire;
  const auto& xent = loss_called("xent");
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    const auto d = decide(times.subspan(outputs), record.v_m_of(sample).subspan(outputs), 0, facts.t_max);
    const auto loss = xent.of(times.subspan(outputs), d.output, {facts.t_max, 0, facts.beta, 0});
    all.labels.push_back(facts.label_of_output[d.output]);
    all.confidence.push_back(std::exp(-loss.value));
    for (const double t : times.subspan(hidden, all.hidden)) all.latencies.push_back(latency(t, t_fire, facts));
  }
}

}  // namespace

template <class Real>
judgements judge_images(const network<Real>& judge, const judge_facts& facts, const image_set& set,
                        const run_options& run) {
  const auto layers = layers_of(judge);
  require(layers.size() >= 2, "judge: {} layers of neurons, needed: 2 or more", layers.size());
  require(judge.source_count() == pixels_per_image(set), "judge: {} sources, needed: {}, the pixels of an image",
          judge.source_count(), pixels_per_image(set));
  require(judge.populations().back().size == facts.label_of_output.size(), "judge: {} outputs, {} labels",
          judge.populations().back().size, facts.label_of_output.size());
  judgements all;
  all.hidden = judge.populations()[layers.back().pre].size;
  constexpr std::size_t at_once = 512;
  for (std::size_t first = 0; first < set.count; first += at_once) {
    const auto end = std::min(set.count, first + at_once);
    const auto size = pixels_per_image(set);
    const auto sources = encode_image(std::span(set.pixels).subspan(first * size, (end - first) * size), facts.t_in);
    add_block(all, judge, facts, layers.back(), simulate(judge, sources, {facts.t_max, run.engine, run.threads, true}));
  }
  return all;
}

std::vector<double> class_shares(const judgements& j) {
  std::vector<double> shares(10);
  for (const auto label : j.labels) {
    if (label < shares.size()) shares[label] += 1 / static_cast<double>(j.labels.size());
  }
  return shares;
}

double mean_confidence(const judgements& j) {
  const double sum = std::accumulate(j.confidence.begin(), j.confidence.end(), 0.0);
  return j.confidence.empty() ? 0 : sum / static_cast<double>(j.confidence.size());
}

template judgements judge_images(const network<float>&, const judge_facts&, const image_set&, const run_options&);
template judgements judge_images(const network<double>&, const judge_facts&, const image_set&, const run_options&);

}  // namespace firstspike
