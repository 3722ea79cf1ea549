// What a network's output spikes decide, and what the decision cost: computed from the spike record alone.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/network.hpp"
#include "engine/require.hpp"
#include "engine/spikes.hpp"

namespace firstspike {

/// The decision on one sample. tau is the time of the first output spike, t_max where there is none.
struct decision {
  double tau = 0;             ///< [steps]
  bool silent = false;        ///< no output fired
  std::uint32_t output = 0;   ///< earliest output; ties go to the larger v_m, silent samples to the largest v_m at the
                              ///< end, equal v_m to the lower index
  bool tie_includes = false;  ///< whether the asked-for output is one of those that fired first; where all are silent,
                              ///< whether it is `output` (as S4NN counts)
};

/// `times` and `v_m` [output], as recorded; `wanted` is the output that stands for the true label.
inline decision decide(std::span<const double> times, std::span<const double> v_m, std::uint32_t wanted, double t_max) {
  assert(times.size() == v_m.size() && wanted < times.size());
  decision d;
  for (std::uint32_t k = 1; k < times.size(); ++k) {
    const auto best = d.output;
    if (times[k] < times[best] || (times[k] == times[best] && v_m[k] > v_m[best])) d.output = k;
  }
  d.silent = times[d.output] == never;
  d.tau = d.silent ? t_max : times[d.output];
  d.tie_includes = d.silent ? wanted == d.output : times[wanted] == d.tau;
  return d;
}

/// Sums over samples; means are these divided by `images`.
struct readout {
  std::size_t images = 0;
  std::size_t right = 0;               ///< ties broken (`decision::output`)
  std::size_t right_ties_counted = 0;  ///< S4NN's count: any tie for first place that includes the true label is right
  std::size_t right_silent_wrong = 0;  ///< ties broken, samples without an output spike are wrong
  std::size_t no_spike = 0;            ///< samples without an output spike
  double decision_time = 0;            ///< sum of tau [steps]
  std::uint64_t spikes_to_decision = 0;  ///< spikes before tau, all populations but the last and the bias neurons
  std::uint64_t spikes_full = 0;         ///< all spikes in [0, t_max), bias neurons left out
  std::vector<std::uint32_t> decided;    ///< [sample] `decision::output`
};

/// Reads out the last population of a network run with `potentials`. `labels` [sample]; label_of_output [output], each
/// label once. Throws std::invalid_argument where sizes disagree or a label has no output.
template <class Real>
readout read_out(const network<Real>& net, const spike_record& record, std::span<const std::uint8_t> labels,
                 std::span<const std::uint8_t> label_of_output, double t_max) {
  const auto last = static_cast<std::uint32_t>(net.populations().size() - 1);
  const auto outputs = net.populations()[last].size;
  require(
      labels.size() == record.samples && label_of_output.size() == outputs && record.v_m.size() == record.times.size(),
      "read-out: {} labels for {} samples, {} labels of outputs for {} outputs, {} potentials for {} times",
      labels.size(), record.samples, label_of_output.size(), outputs, record.v_m.size(), record.times.size());
  const auto count_before = [](std::span<const double> times, double end) {
    return static_cast<std::uint64_t>(std::ranges::count_if(times, [end](double t) { return t < end; }));
  };
  readout sums{};
  sums.images = record.samples;
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto place = std::ranges::find(label_of_output, labels[sample]);
    require(place != label_of_output.end(), "read-out: label {} of sample {} has no output", labels[sample], sample);
    const auto wanted = static_cast<std::uint32_t>(place - label_of_output.begin());
    const auto times = record.times_of(sample);
    const auto d =
        decide(times.subspan(net.first_id(last)), record.v_m_of(sample).subspan(net.first_id(last)), wanted, t_max);
    sums.decided.push_back(d.output);
    sums.right += d.output == wanted;
    sums.right_ties_counted += d.tie_includes;
    sums.right_silent_wrong += d.output == wanted && !d.silent;
    sums.no_spike += d.silent;
    sums.decision_time += d.tau;
    for (std::uint32_t p = 0; p <= last; ++p) {
      if (net.populations()[p].kind == population_kind::bias) continue;
      const auto of_population = times.subspan(net.first_id(p), net.populations()[p].size);
      sums.spikes_full += count_before(of_population, t_max);
      if (p != last) sums.spikes_to_decision += count_before(of_population, d.tau);
    }
  }
  return sums;
}

/// A readout per image; accuracies are fractions. All 0 where there is no image.
struct readout_means {
  double accuracy = 0, accuracy_ties_counted = 0, accuracy_silent_wrong = 0;
  double no_spike = 0, decision_time = 0, spikes_to_decision = 0, spikes_full = 0;
};
inline readout_means means_of(const readout& sums) {
  const auto mean = [&sums](auto sum) {
    return sums.images > 0 ? static_cast<double>(sum) / static_cast<double>(sums.images) : 0;
  };
  return {mean(sums.right),         mean(sums.right_ties_counted), mean(sums.right_silent_wrong), mean(sums.no_spike),
          mean(sums.decision_time), mean(sums.spikes_to_decision), mean(sums.spikes_full)};
}

/// Adds the sums of another set of samples, which come after those there are.
inline void add(readout& into, const readout& more) {
  into.images += more.images;
  into.right += more.right;
  into.right_ties_counted += more.right_ties_counted;
  into.right_silent_wrong += more.right_silent_wrong;
  into.no_spike += more.no_spike;
  into.decision_time += more.decision_time;
  into.spikes_to_decision += more.spikes_to_decision;
  into.spikes_full += more.spikes_full;
  into.decided.insert(into.decided.end(), more.decided.begin(), more.decided.end());
}

/// Spikes of one population over all samples of a record.
template <class Real>
std::uint64_t count_spikes(const network<Real>& net, const spike_record& record, std::uint32_t population) {
  std::uint64_t spikes = 0;
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample).subspan(net.first_id(population), net.populations()[population].size);
    spikes += times.size() - static_cast<std::size_t>(std::ranges::count(times, never));
  }
  return spikes;
}

/// Synapses reached by the spikes of a record before the window, or the post layer's window, closes.
template <class Real>
std::uint64_t count_synaptic_events(const network<Real>& net, const spike_record& record, double t_max) {
  std::uint64_t events = 0;
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      if (times[id] == never) continue;
      for (auto f = net.first_fan_out(id); f < net.first_fan_out(id + 1); ++f) {
        const auto& out = net.fan_outs()[f];
        const auto stop = net.end_of_arrivals(net.post(out.projection), t_max);
        if (times[id] + out.delay < stop) events += out.count;
      }
    }
  }
  return events;
}

}  // namespace firstspike
