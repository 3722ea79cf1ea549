// Time of runs and training steps of a convolutional classifier, by the fraction of neurons that fire. See
// bench/README.md. Usage: convolution_bench DIRECTORY_OF_MNIST [ACTIVITY ...]. Prints a JSON object for each activity.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "firstspike/bench/measure.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/models/classifier.hpp"

namespace firstspike {
namespace {

constexpr const char* hidden_layers_text = "conv 16x5 / pool 2 / conv 32x5 / pool 2 / dense 128";
constexpr std::size_t batch = 64;
constexpr std::size_t training_steps = 100;
constexpr std::size_t measured_images = 8 * batch;
constexpr double closest_activity = 1e-3;  // or a tenth of it where that is less

classifier_options options_of_classifier() {
  auto o = classifier_defaults(synapse_kernel::ramp, "relu", {}, {}, hidden_layers_text);
  o.batch = batch;
  o.learning.schedule_steps = training_steps;
  return o;
}

std::vector<std::uint32_t> indices(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> found(count);
  std::iota(found.begin(), found.end(), static_cast<std::uint32_t>(first));
  return found;
}

std::vector<std::uint8_t> labels_between(const image_set& set, std::size_t first, std::size_t count) {
  const auto begin = set.labels.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

void take_step(classifier<float>& c, const image_set& set, std::size_t first) {
  const auto record = run_step(c, set, indices(first, batch), {});
  compute_gradients(c, record, labels_between(set, first, batch), 1);
  apply_gradients(c, record, 1);
}

/// Images of which the fraction `activity` of all pixels is lit: lit pixels become black, or black ones lit, at random.
image_set with_lit_pixels(image_set set, double activity) {
  random_stream random(1, draw::tests);
  const auto lit =
      static_cast<double>(set.pixels.size() - static_cast<std::size_t>(std::ranges::count(set.pixels, 0))) /
      static_cast<double>(set.pixels.size());
  for (auto& p : set.pixels) {
    const double chance = random.uniform();
    if (p > 0 && chance >= activity / lit) p = 0;
    if (p == 0 && activity > lit && chance < (activity - lit) / (1 - lit))
      p = static_cast<std::uint8_t>(1 + random.below(255));
  }
  return set;
}

double activity_of(const network<float>& net, const spike_record& record, std::uint32_t population) {
  return static_cast<double>(count_spikes(net, record, population)) /
         static_cast<double>(record.samples * net.populations()[population].size);
}

/// Adds a number to all biases of each hidden layer, first to last, so that the fraction `activity` of its neurons
/// fires.
void shift_biases(network<float>& net, std::span<const double> times, double t_max, double activity) {
  const auto layers = layers_of(net);
  for (const auto& l : std::span(layers).first(layers.size() - 1)) {
    const auto biases = net.weights(*l.bias);
    const std::vector<float> given(biases.begin(), biases.end());
    double low = -16, high = 16;
    for (int halved = 0; halved < 40; ++halved) {
      const auto shift = (low + high) / 2;
      std::ranges::transform(given, biases.begin(), [&](float w) { return static_cast<float>(w + shift); });
      const auto found = activity_of(net, simulate(net, times, {t_max}), l.population);
      if (std::abs(found - activity) < std::min(closest_activity, activity / 10)) break;
      (found < activity ? low : high) = shift;
    }
  }
}

struct activities {
  double input = 0;
  std::vector<double> hidden;  ///< [layer]
  double all = 0;              ///< spikes of sources and hidden neurons, divided by their number
};

activities activities_of(const network<float>& net, const spike_record& record) {
  activities found{activity_of(net, record, 0), {}, 0};
  double spikes = found.input * net.populations()[0].size, neurons = net.populations()[0].size;
  const auto layers = layers_of(net);
  for (const auto& l : std::span(layers).first(layers.size() - 1)) {
    found.hidden.push_back(activity_of(net, record, l.population));
    spikes += found.hidden.back() * net.populations()[l.population].size;
    neurons += net.populations()[l.population].size;
  }
  found.all = spikes / neurons;
  return found;
}

/// `activity` below 0: the images and biases as they are.
void measure(const classifier<float>& trained, const image_set& images, double activity) {
  auto o = trained.options;
  o.learning.optimizer.lr = 1e-30;  // takes the time of a step, and leaves the weights
  o.learning.schedule = rate_schedule::constant;
  const auto set = activity < 0 ? images : with_lit_pixels(images, activity);
  const auto times = encode_images(set, indices(0, set.count), o.t_in);
  const auto t_max = run_length(o);
  auto net = trained.net();
  if (activity >= 0) shift_biases(net, std::span(times).first(times.size() / 4), t_max, activity);
  const auto record = simulate(net, times, {t_max});
  const auto found = activities_of(net, record);
  auto c = make_classifier<float>(o, net);
  spike_record kept;
  std::size_t first = 0;
  const auto taken = medians({{"run", set.count, [&] { simulate_into(kept, net, times, {t_max}); }},
                              {"training step", batch,
                               [&] {
                                 take_step(c, set, first);
                                 first = (first + batch) % set.count;
                               }}},
                             5);
  fmt::print(
      "{{\"asked\":{},\"activity\":{:.4f},\"input\":{:.4f},\"hidden\":[{:.4f}],\"synaptic_events\":{},\"engine\":"
      "\"{}\",\"run\":{:.1f},\"training\":{:.1f}}}\n",
      activity, found.all, found.input, fmt::join(found.hidden, ","),
      count_synaptic_events(net, record, t_max) / set.count,
      chosen_scheduler(net, scheduler::automatic) == scheduler::sweep ? "sweep" : "heap", 1e9 / taken[0],
      1e9 / taken[1]);
}

void measure_all(const std::filesystem::path& data, std::span<const double> wanted) {
  const auto set = read_image_set(data / "train-images-idx3-ubyte.gz", data / "train-labels-idx1-ubyte.gz");
  auto c = make_classifier<float>(options_of_classifier(), pixel_grid(set));
  for (std::size_t step = 0; step < training_steps; ++step) take_step(c, set, step * batch);
  const auto images = images_between(set, set.count - measured_images, set.count);
  for (const auto activity : wanted) measure(c, images, activity);
}

}  // namespace
}  // namespace firstspike

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: convolution_bench DIRECTORY_OF_MNIST [ACTIVITY ...]\n");
    return 2;
  }
  try {
    std::vector<double> wanted{-1};
    for (int i = 2; i < count; ++i) wanted.push_back(std::stod(arguments[i]));
    firstspike::measure_all(arguments[1], wanted);
  } catch (const std::exception& error) {
    fmt::print(stderr, "convolution_bench: {}\n", error.what());
    return 1;
  }
}
