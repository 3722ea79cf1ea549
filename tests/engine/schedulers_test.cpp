// Comparison of the three schedulers on random networks, and properties of all of them.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/engine/arrivals.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"
#include "firstspike/tests/engine/tally.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t seed = 10;
constexpr std::uint64_t networks = 12000;

network_choice choice_of(std::uint64_t number) {
  network_choice choice;
  choice.shape = static_cast<network_shape>(number % 4);
  choice.whole = number / 4 % 2 == 0;
  choice.whole_times = choice.whole || number / 8 % 2 == 0;
  return choice;
}

template <class Real>
spike_record compare_schedulers(const random_case& drawn) {
  const auto net = build<Real>(drawn);
  const auto heap = simulate(net, drawn.source_times, {drawn.t_max, scheduler::heap, 1, true});
  const auto naive = simulate(net, drawn.source_times, {drawn.t_max, scheduler::naive, 1, true});
  REQUIRE(heap.times == naive.times);
  REQUIRE(heap.v_m == naive.v_m);
  if (!net.acyclic()) return heap;
  const auto sweep = simulate(net, drawn.source_times, {drawn.t_max, scheduler::sweep, 1, true});
  REQUIRE(heap.times == sweep.times);
  REQUIRE(heap.v_m == sweep.v_m);
  return heap;
}

TEST_CASE("schedulers: heap, sweep and naive are bit-identical on random networks of every shape") {
  tally seen;
  for (std::uint64_t number = 0; number < networks; ++number) {
    CAPTURE(number);
    const auto drawn = draw_case(seed, number, choice_of(number));
    compare_schedulers<float>(drawn);
    const auto record = compare_schedulers<double>(drawn);
    count(seen, drawn, build<double>(drawn), record);
  }
  print(seen);
  CHECK(seen.networks >= 2000);
  CHECK(seen.recurrent > 800);
  CHECK(seen.with_threshold_met > 400);
  CHECK(seen.with_ties > 400);
  CHECK(seen.with_retractions > 400);
  CHECK(seen.with_silence > 400);
  CHECK(seen.wide > 400);
  CHECK(seen.fire_phases * 20 > seen.networks * 9);
  CHECK(seen.recurrent_fire_phases > 400);
  CHECK(seen.dense_fire_phases > 400);
  CHECK(seen.sparse_fire_phases > 400);
  CHECK(seen.wide_fire_phases > 100);
  CHECK(seen.late_fire_phases > 200);
  CHECK(seen.with_v_at_threshold > 400);
  CHECK(seen.with_slope_0 > 400);
  CHECK(seen.with_silence_in_phase > 400);
  CHECK(seen.with_spikes_at_t_fire > 400);
  CHECK(seen.with_spikes_inside > 400);
  CHECK(seen.with_ties_inside > 400);
  CHECK(seen.with_arrivals_at_t_fire > 400);
  CHECK(seen.with_instant_arrivals > 400);
  CHECK(seen.with_lost_arrivals > 400);
  CHECK(seen.with_zero_delay_paths > 400);
  CHECK(seen.with_spikes > 1000);
}

/// Few times and delays, zero among them, in networks wide enough that the queue sorts many events of one instant.
random_case draw_wide(std::uint64_t number) {
  random_stream random(seed + 20, draw::tests, number);
  const bool whole = number % 2 == 0, recurrent = number % 3 != 0;
  const auto kernel = number % 5 == 0 ? synapse_kernel::ramp : synapse_kernel::step;
  random_case c;
  c.t_max = 40;
  const std::uint32_t sizes[] = {40 + random.below(60), 40 + random.below(60), 5 + random.below(30)};
  for (std::uint32_t p = 0; p < 3; ++p) {
    c.populations.push_back({fmt::format("p{}", p), p == 0 ? population_kind::source : population_kind::neurons,
                             sizes[p],
                             std::vector<double>(p == 0 ? 0 : sizes[p], kernel == synapse_kernel::ramp ? 6 : 2)});
  }
  const auto connect = [&](std::uint32_t pre, std::uint32_t post, bool may_be_zero) {
    projection<double> p{pre, post, kernel, true, 0, {}, {}};
    for (std::uint32_t s = 0; s < 6 * sizes[pre]; ++s) {
      const double delay = whole ? 1 + random.below(5) : 0.3 + 5 * random.uniform();
      p.synapses.push_back({random.below(sizes[pre]), random.below(sizes[post]), 0.6 + random.normal(),
                            may_be_zero && random.below(3) == 0 ? 0 : delay});
    }
    c.projections.push_back(std::move(p));
  };
  connect(0, 1, number % 7 == 0);
  connect(0, 1, false);
  connect(1, 2, number % 7 < 2);
  if (recurrent) connect(1, 1, false);
  if (recurrent) connect(2, 1, false);
  for (std::uint32_t i = 0; i < sizes[0]; ++i) c.source_times.push_back(whole ? random.below(8) : 8 * random.uniform());
  return c;
}

TEST_CASE("schedulers: they are bit-identical on wide sparse networks with many simultaneous arrivals") {
  std::size_t spikes = 0;
  for (std::uint64_t number = 0; number < 300; ++number) {
    CAPTURE(number);
    const auto drawn = draw_wide(number);
    compare_schedulers<float>(drawn);
    const auto record = compare_schedulers<double>(drawn);
    spikes += record.times.size() - static_cast<std::size_t>(std::ranges::count(record.times, never));
  }
  CHECK(spikes > 30'000);
}

TEST_CASE("schedulers: no neuron fires before something has reached it or its fire phase has begun, or too late") {
  std::size_t spikes = 0, in_fire_phase = 0;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    const auto drawn = draw_case(seed + 1, number, choice_of(number));
    const auto net = build<double>(drawn);
    const auto record = simulate(net, drawn.source_times, {drawn.t_max});
    for (std::size_t sample = 0; sample < record.samples; ++sample) {
      const auto times = record.times_of(sample);
      const auto heard = arrivals_of(drawn.populations, drawn.projections, times, drawn.t_max);
      for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
        const auto& layer = net.populations()[net.population_of(id)];
        if (times[id] == never) continue;
        CAPTURE(id);
        REQUIRE(times[id] >= 0);
        REQUIRE(times[id] < drawn.t_max);
        if (layer.kind != population_kind::neurons) continue;
        REQUIRE(times[id] < layer.t_close);
        if (layer.t_fire < never) {
          REQUIRE(times[id] >= layer.t_fire);
          ++in_fire_phase;
          continue;
        }
        REQUIRE_FALSE(heard[id].empty());
        REQUIRE(heard[id].front().time <= times[id]);
        ++spikes;
      }
    }
  }
  CHECK(spikes > 4000);
  CHECK(in_fire_phase > 4000);
}

TEST_CASE("schedulers: results do not depend on the number of threads") {
  for (std::uint64_t number = 0; number < 40; ++number) {
    auto choice = choice_of(number);
    choice.samples = 70;
    const auto drawn = draw_case(seed + 2, number, choice);
    const auto net = build<float>(drawn);
    for (const auto engine : {scheduler::heap, scheduler::naive, scheduler::sweep}) {
      if (engine == scheduler::sweep && !net.acyclic()) continue;
      const auto one = simulate(net, drawn.source_times, {drawn.t_max, engine, 1, true});
      for (const unsigned threads : {2u, 4u}) {
        CAPTURE(number);
        CAPTURE(threads);
        CHECK(same_records(one, simulate(net, drawn.source_times, {drawn.t_max, engine, threads, true})));
      }
    }
  }
}

/// Shuffles the list, but keeps the order of synapses with equal (pre, delay), which affects the result.
std::vector<synapse> reordered(const std::vector<synapse>& from, random_stream& random) {
  auto mixed = from;
  for (auto i = static_cast<std::uint32_t>(mixed.size()); i > 1; --i) std::swap(mixed[i - 1], mixed[random.below(i)]);
  std::vector<bool> taken(from.size());
  for (auto& place : mixed) {
    for (std::size_t k = 0; k < from.size(); ++k) {
      if (taken[k] || from[k].pre != place.pre || from[k].delay != place.delay) continue;
      taken[k] = true;
      place = from[k];
      break;
    }
  }
  return mixed;
}

TEST_CASE("schedulers: results do not depend on the order of synapses with different presynaptic neurons or delays") {
  std::size_t moved = 0;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    const auto drawn = draw_case(seed + 3, number, choice_of(number));
    random_stream random(seed + 4, draw::tests, number);
    auto other = drawn;
    for (auto& p : other.projections) p.synapses = reordered({p.synapses.begin(), p.synapses.end()}, random);
    moved += other.projections != drawn.projections;
    const simulation_options options{drawn.t_max, scheduler::heap, 1, true};
    REQUIRE(same_records(simulate(build<float>(drawn), drawn.source_times, options),
                         simulate(build<float>(other), other.source_times, options)));
  }
  CHECK(moved > 150);
}

/// The same network with its populations in reverse order. Its samples are those of `from` with sources moved alike.
random_case reversed(const random_case& from) {
  random_case to = from;
  std::reverse(to.populations.begin(), to.populations.end());
  std::reverse(to.projections.begin(), to.projections.end());
  const auto last = static_cast<std::uint32_t>(from.populations.size() - 1);
  for (auto& p : to.projections) {
    p.pre = last - p.pre;
    p.post = last - p.post;
  }
  return to;
}

/// Blocks [sample][population][index] with the populations of each sample in reverse order; those `sizes` 0 have none.
std::vector<double> reversed_blocks(const std::vector<double>& values, const std::vector<std::uint32_t>& sizes) {
  std::vector<double> out;
  const auto width = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  for (std::size_t row = 0; row < values.size(); row += width) {
    auto end = values.begin() + static_cast<std::ptrdiff_t>(row + width);
    for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
      out.insert(out.end(), end - *size, end);
      end -= *size;
    }
  }
  return out;
}

TEST_CASE("schedulers: with exact sums, results depend neither on the order of populations nor on the precision") {
  for (std::uint64_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    auto choice = choice_of(number);
    choice.whole = choice.whole_times = choice.on_clock = true;
    const auto drawn = draw_case(seed + 5, number, choice);
    std::vector<std::uint32_t> all, given;
    for (const auto& p : drawn.populations) {
      all.push_back(p.size);
      given.push_back(p.kind == population_kind::source ? p.size : 0);
    }
    const simulation_options options{drawn.t_max, scheduler::heap, 1, true};
    const auto record = simulate(build<float>(drawn), drawn.source_times, options);
    REQUIRE(same_records(record, simulate(build<double>(drawn), drawn.source_times, options)));
    const auto other = reversed(drawn);
    const auto turned = simulate(build<float>(other), reversed_blocks(drawn.source_times, given), options);
    REQUIRE(turned.times == reversed_blocks(record.times, all));
    REQUIRE(turned.v_m == reversed_blocks(record.v_m, all));
  }
}

}  // namespace
}  // namespace firstspike
