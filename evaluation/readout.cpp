#include "firstspike/evaluation/readout.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/data/coding.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

void check_decisions(const readout& decisions, std::span<const std::uint8_t> labels) {
  require(decisions.decided.size() == labels.size(), "{} decisions, {} labels, needed: as many",
          decisions.decided.size(), labels.size());
}

}  // namespace

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
    sums.correct += d.output == wanted;
    sums.correct_ties_counted += d.tie_includes;
    sums.correct_silent_wrong += d.output == wanted && !d.silent;
    sums.no_spike += d.silent;
    sums.decision_time += d.tau;
    sums.decided_at.push_back(d.tau);
    for (std::uint32_t p = 0; p <= last; ++p) {
      if (net.populations()[p].kind == population_kind::bias) continue;
      const auto of_population = times.subspan(net.first_id(p), net.populations()[p].size);
      sums.spikes_full += count_before(of_population, t_max);
      if (p != last) sums.spikes_to_decision += count_before(of_population, d.tau);
    }
  }
  return sums;
}

void check_images(const image_set& images, std::size_t sources) {
  if (pixels_per_image(images) == sources) return;
  throw std::runtime_error(
      fmt::format("images of {} x {} = {} pixels, the network has {} sources; give images of that size, or spikes",
                  images.rows, images.columns, pixels_per_image(images), sources));
}

void check_labels(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> label_of_output) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (std::ranges::find(label_of_output, labels[i]) != label_of_output.end()) continue;
    throw std::runtime_error(fmt::format("label {} of sample {} has no output in the network", labels[i], i));
  }
}

readout_means means_of(const readout& sums) {
  const auto mean = [&sums](auto sum) {
    return sums.images > 0 ? static_cast<double>(sum) / static_cast<double>(sums.images) : 0;
  };
  return {mean(sums.correct),    mean(sums.correct_ties_counted), mean(sums.correct_silent_wrong),
          mean(sums.no_spike),   mean(sums.decision_time),        mean(sums.spikes_to_decision),
          mean(sums.spikes_full)};
}

void add(readout& into, const readout& more) {
  into.images += more.images;
  into.correct += more.correct;
  into.correct_ties_counted += more.correct_ties_counted;
  into.correct_silent_wrong += more.correct_silent_wrong;
  into.no_spike += more.no_spike;
  for (const double tau : more.decided_at) into.decision_time += tau;
  into.spikes_to_decision += more.spikes_to_decision;
  into.spikes_full += more.spikes_full;
  into.decided.insert(into.decided.end(), more.decided.begin(), more.decided.end());
  into.decided_at.insert(into.decided_at.end(), more.decided_at.begin(), more.decided_at.end());
}

std::vector<std::uint64_t> confusion_matrix(const readout& decisions, std::span<const std::uint8_t> labels,
                                            std::span<const std::uint8_t> label_of_output) {
  check_decisions(decisions, labels);
  const auto outputs = label_of_output.size();
  std::vector<std::uint64_t> counts(outputs * outputs);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto place = std::ranges::find(label_of_output, labels[i]);
    require(place != label_of_output.end(), "label {} of sample {} has no output", labels[i], i);
    ++counts[static_cast<std::size_t>(place - label_of_output.begin()) * outputs + decisions.decided[i]];
  }
  return counts;
}

std::vector<std::uint64_t> misclassified(const readout& decisions, std::span<const std::uint8_t> labels,
                                         std::span<const std::uint8_t> label_of_output) {
  check_decisions(decisions, labels);
  std::vector<std::uint64_t> samples;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (label_of_output[decisions.decided[i]] != labels[i]) samples.push_back(i);
  }
  return samples;
}

std::string decision_text(std::span<const double> times, std::span<const double> v_m,
                          std::span<const std::uint8_t> label_of_output, std::optional<unsigned> label) {
  const std::vector<double> equal(times.size());
  const auto decided = decide(times, v_m.empty() ? std::span<const double>(equal) : v_m, 0, never);
  if (decided.silent && v_m.empty()) return "no output fires";
  const unsigned named = label_of_output.empty() ? decided.output : label_of_output[decided.output];
  auto text = decided.silent ? fmt::format("no output fires, the largest v_m decides {}", named)
                             : fmt::format("decides {} at step {:.2f}", named, decided.tau);
  if (label) text += named == *label ? ", correct" : fmt::format(", wrong: the label is {}", *label);
  return text;
}

std::size_t different_decisions(const readout& a, const readout& b) {
  require(a.decided.size() == b.decided.size(), "readouts of {} and of {} samples, allowed: of the same samples",
          a.decided.size(), b.decided.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.decided.size(); ++i) different += a.decided[i] != b.decided[i];
  return different;
}

template <class Real>
std::uint64_t count_spikes(const network<Real>& net, const spike_record& record, std::uint32_t population) {
  std::uint64_t spikes = 0;
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample).subspan(net.first_id(population), net.populations()[population].size);
    spikes += times.size() - static_cast<std::size_t>(std::ranges::count(times, never));
  }
  return spikes;
}

template <class Real>
std::uint64_t count_synaptic_events(const network<Real>& net, const spike_record& record, double t_max) {
  std::uint64_t events = 0;
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      if (times[id] == never) continue;
      net.for_each_fan_out(id, [&](const fan_out& out) {
        const auto stop = net.end_of_arrivals(net.post(out.projection), t_max);
        if (times[id] + out.delay < stop) events += out.count;
      });
    }
  }
  return events;
}

template <class Real>
readout evaluate(const network<Real>& net, const image_set& set, std::span<const std::uint32_t> images,
                 std::span<const std::uint8_t> label_of_output, double t_in, double t_max, const run_options& run,
                 const progress_callback& progress) {
  readout sums{};
  const auto part = [&](std::size_t first, std::size_t end) { return images.subspan(first, end - first); };
  simulate_blocks(
      net, images.size(),
      [&](std::size_t first, std::size_t end) { return encode_images(set, part(first, end), t_in); },
      [&](std::size_t first, const spike_record& record) {
        std::vector<std::uint8_t> labels;
        for (const auto image : part(first, first + record.samples)) labels.push_back(set.labels[image]);
        return [&sums, block = read_out(net, record, labels, label_of_output, t_max)] { add(sums, block); };
      },
      {t_max, run.engine, run.threads, true}, progress);
  return sums;
}

template readout read_out(const network<float>&, const spike_record&, std::span<const std::uint8_t>,
                          std::span<const std::uint8_t>, double);
template readout read_out(const network<double>&, const spike_record&, std::span<const std::uint8_t>,
                          std::span<const std::uint8_t>, double);
template std::uint64_t count_spikes(const network<float>&, const spike_record&, std::uint32_t);
template std::uint64_t count_spikes(const network<double>&, const spike_record&, std::uint32_t);
template std::uint64_t count_synaptic_events(const network<float>&, const spike_record&, double);
template std::uint64_t count_synaptic_events(const network<double>&, const spike_record&, double);
template readout evaluate(const network<float>&, const image_set&, std::span<const std::uint32_t>,
                          std::span<const std::uint8_t>, double, double, const run_options&, const progress_callback&);
template readout evaluate(const network<double>&, const image_set&, std::span<const std::uint32_t>,
                          std::span<const std::uint8_t>, double, double, const run_options&, const progress_callback&);

}  // namespace firstspike
