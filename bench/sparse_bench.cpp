// Time of a run of a large sparse network on the heap. See bench/README.md. Usage: sparse_bench [NEURONS [FAN_OUT]]
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "firstspike/bench/measure.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/evaluation/readout.hpp"

namespace firstspike {
namespace {

constexpr double t_max = 256;
constexpr std::size_t rounds = 5;

struct drawn_network {
  network<float> net;
  std::vector<double> times;
};

synapse_table<float> draw_synapses(random_stream& random, std::uint32_t pre_size, std::uint32_t post_size,
                                   std::uint32_t fan_out, bool whole) {
  auto synapses = synapse_table<float>::with_row_sizes(std::vector<std::uint32_t>(pre_size, fan_out));
  for (std::uint32_t pre = 0; pre < pre_size; ++pre) {
    for (std::uint32_t k = 0; k < fan_out; ++k) {
      const double delay = whole ? 1 + random.below(20) : 1 + 19 * random.uniform();
      synapses.place(pre, random.below(post_size), static_cast<float>(0.5 + 0.5 * random.normal()), delay);
    }
  }
  synapses.finish();
  return synapses;
}

/// One neuron in ten is a source, which fires once within 100 steps.
drawn_network draw_network(std::uint32_t neurons, std::uint32_t fan_out, bool whole) {
  random_stream random(7, draw::tests);
  const auto sources = neurons / 10, hearers = neurons - sources;
  std::vector<projection<float>> projections{{0, 1, synapse_kernel::step, true, 0, {}, {}},
                                             {1, 1, synapse_kernel::step, true, 0, {}, {}}};
  projections[0].synapses = draw_synapses(random, sources, hearers, fan_out, whole);
  projections[1].synapses = draw_synapses(random, hearers, hearers, fan_out, whole);
  std::vector<population> populations{{"in", population_kind::source, sources, {}},
                                      {"net", population_kind::neurons, hearers, std::vector<double>(hearers, 3.0)}};
  std::vector<double> times(sources);
  for (auto& t : times) t = whole ? std::floor(100 * random.uniform()) : 100 * random.uniform();
  return {network<float>(std::move(populations), std::move(projections)), std::move(times)};
}

void measure(std::uint32_t neurons, std::uint32_t fan_out, bool whole) {
  const auto drawn = draw_network(neurons, fan_out, whole);
  const auto run = [&] { return simulate(drawn.net, drawn.times, {t_max, scheduler::heap}); };
  const auto record = run();
  const auto events = count_synaptic_events(drawn.net, record, t_max);
  const auto spikes = count_spikes(drawn.net, record, 1);
  const auto taken = medians({{"run", 1, [&] { run(); }}}, rounds)[0];
  fmt::print("{} neurons, {} synapses, {} delays: {} synaptic events, {} spikes; {:.1f} ms, {:.1f} ns an event\n",
             neurons, std::uint64_t{neurons} * fan_out, whole ? "whole" : "any", events, spikes, 1e-6 * taken,
             taken / static_cast<double>(events));
}

}  // namespace
}  // namespace firstspike

int main(int count, char** arguments) {
  const auto neurons = count > 1 ? std::stoul(arguments[1]) : 1'000'000;
  const auto fan_out = count > 2 ? std::stoul(arguments[2]) : 10;
  for (const bool whole : {true, false}) {
    firstspike::measure(static_cast<std::uint32_t>(neurons), static_cast<std::uint32_t>(fan_out), whole);
  }
}
