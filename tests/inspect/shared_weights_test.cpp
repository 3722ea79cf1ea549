// Networks with shared weights: every answer is that on the same network with its synapses listed, and by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>

#include "firstspike/inspect/inspection.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/inspect/synapses.hpp"
#include "firstspike/inspect/voltage_trace.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_convolutions.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr double t_max = 40;

/// Free neurons, a fire phase with a falling threshold, and one sampled at a fixed time, each with both kernels.
template <class Real>
struct compared_networks {
  explicit compared_networks(std::uint64_t number) : random(24, draw::tests, number) {
    auto drawn = draw_chain(number, number % 3 != 0);
    for (auto& p : drawn.populations) {
      if (number % 3 == 2) p.threshold_slope = 0;
    }
    source_times = drawn.source_times;
    net = with_precision<Real>(network<double>(drawn.populations, drawn.projections));
    listed = expanded(net);
  }

  std::uint32_t any_neuron() { return random.below(net.neuron_count()); }
  bool computes(std::uint32_t id) const {
    return net.populations()[net.population_of(id)].kind == population_kind::neurons;
  }

  /// A projection without synapses has its rank only where it is not a list, and ranks order what arrives at one time.
  bool lists_all_ranks() const {
    for (std::size_t p = 0; p < net.populations().size(); ++p) {
      if (net.rank(p) != listed.rank(p)) return false;
    }
    return true;
  }

  random_stream random;
  std::vector<double> source_times;
  network<Real> net, listed;  ///< with shared weights, and without
};

/// The sum of two precisions, over networks of all kinds.
template <class Compare>
void on_networks(std::uint64_t count, const Compare& compare) {
  for (std::uint64_t number = 0; number < count; ++number) {
    CAPTURE(number);
    const compared_networks<float> single(number);
    if (single.lists_all_ranks()) {
      compare(single);
      compare(compared_networks<double>(number));
    }
  }
}

TEST_CASE("shared weights: the synapses into a neuron and between two are those of a list, without one") {
  std::size_t between = 0;
  on_networks(300, [&]<class Real>(compared_networks<Real> c) {
    const auto shared = list_incoming(c.net), listed = list_incoming(c.listed);
    std::size_t in_lists = 0;
    for (std::uint32_t i = 0; i < c.net.projection_count(); ++i) in_lists += c.net.describe(i).synapses.size();
    CHECK(shared.places.size() == in_lists);
    std::vector<double> times;
    for (std::uint32_t id = 0; id < c.net.neuron_count(); ++id) times.push_back(10 * c.random.uniform());
    for (std::uint32_t id = c.net.source_count(); id < c.net.neuron_count(); ++id) {
      const auto end = c.net.end_of_arrivals(c.net.population_of(id), t_max);
      for (const double until : {4.0, t_max}) {
        CHECK(arrivals_at(c.net, shared, id, times, until, end) ==
              arrivals_at(c.listed, listed, id, times, until, end));
      }
    }
    for (int pair = 0; pair < 100; ++pair) {
      const auto pre = c.any_neuron(), post = c.any_neuron();
      const auto places = synapses_between(c.net, pre, post), in_list = synapses_between(c.listed, pre, post);
      REQUIRE(places.size() == in_list.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        CHECK(places[i].projection == in_list[i].projection);
        CHECK(weight_of(c.net, places[i]) == weight_of(c.listed, in_list[i]));
      }
      between += places.size();
    }
  });
  CHECK(between > 1000);
}

struct tally {
  std::size_t fired = 0, silent = 0, inhibited = 0, critical = 0, refused = 0;
};

/// At the present of a run and all that has happened.
template <class Real>
void compare_explanations(const compared_networks<Real>& c, std::span<const double> times, double until, tally& seen) {
  const auto of_shared = list_incoming(c.net), of_list = list_incoming(c.listed);
  const observed_run<Real> shared{c.net, of_shared, times, until, t_max},
      listed{c.listed, of_list, times, until, t_max};
  for (std::uint32_t id = c.net.source_count(); id < c.net.neuron_count(); ++id) {
    CHECK(voltage_trace_of(shared, id) == voltage_trace_of(listed, id));
    if (times[id] <= until) {
      const auto why = explain(shared, id);
      CHECK(why == explain(listed, id));
      CHECK(explain_causes(shared, id) == explain_causes(listed, id));
      ++seen.fired;
      seen.critical += why.critical.has_value();
    } else {
      const auto why_not = explain_silence(shared, id);
      CHECK(why_not == explain_silence(listed, id));
      ++seen.silent;
      seen.inhibited += why_not.holder.has_value();
    }
  }
  const auto last = c.net.neuron_count() - 1;
  if (times[last] > until) return;
  CHECK(critical_chain(shared, last) == critical_chain(listed, last));
  CHECK(roots_of(shared, last) == roots_of(listed, last));
}

TEST_CASE("shared weights: why, why not and voltage traces are those of a list of synapses") {
  tally seen;
  on_networks(120, [&]<class Real>(const compared_networks<Real>& c) {
    const auto record = simulate(c.net, c.source_times, {t_max, scheduler::heap, 1, true});
    for (const double until : {7.0, t_max}) compare_explanations(c, record.times_of(0), until, seen);
  });
  CHECK(seen.fired > 5000);
  CHECK(seen.critical > 1000);
  CHECK(seen.silent > 5000);
  CHECK(seen.inhibited > 300);
}

/// But for the places of synapses, which differ.
void same_instants(const std::vector<instant>& a, const std::vector<instant>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].position == b[i].position);
    CHECK(a[i].time == b[i].time);
    CHECK(a[i].senders == b[i].senders);
    CHECK(a[i].began == b[i].began);
    CHECK(a[i].retracted == b[i].retracted);
    CHECK(a[i].fired == b[i].fired);
  }
}

template <class Real>
void same_state(const inspection<Real>& a, const inspection<Real>& b) {
  CHECK(a.point() == b.point());
  CHECK(a.queue(20) == b.queue(20));
  CHECK(a.layers() == b.layers());
  CHECK(a.nearest(20) == b.nearest(20));
  CHECK(a.decision() == b.decision());
}

TEST_CASE("shared weights: a run moves, stops and tells what a watched neuron receives as with a list of synapses") {
  std::size_t changes = 0, received = 0;
  on_networks(150, [&]<class Real>(compared_networks<Real> c) {
    inspection<Real> a(c.net, c.source_times, t_max, 1 << 16), b(c.listed, c.source_times, t_max, 1 << 16);
    CHECK(a.memory_bound() == b.memory_bound());
    for (int k = 0; k < 8; ++k) {
      const auto id = c.net.source_count() + c.random.below(c.net.neuron_count() - c.net.source_count());
      a.watch(id);
      b.watch(id);
    }
    while (!a.point().at_end) {
      const auto one = a.step(7), other = b.step(7);
      same_instants(one.instants, other.instants);
      CHECK(one.watched == other.watched);
      same_state(a, b);
      changes += one.watched.size();
      for (const auto& change : one.watched) received += change.received.size();
      const auto id = c.any_neuron();
      CHECK(a.state(id) == b.state(id));
    }
    CHECK(b.point().at_end);
    const auto back = std::min<std::size_t>(a.point().instant, 5);
    a.back(back);
    b.back(back);
    same_state(a, b);
  });
  CHECK(changes > 5000);
  CHECK(received > 5000);
}

void same_comparison(const run_comparison& a, const run_comparison& b) {
  CHECK(a.changed == b.changed);
  CHECK(a.layers == b.layers);
  CHECK(a.before == b.before);
  CHECK(a.after == b.after);
}

TEST_CASE("shared weights: runs without a spike and with another one are those of a list of synapses") {
  std::size_t changed = 0;
  on_networks(150, [&]<class Real>(compared_networks<Real> c) {
    inspection<Real> a(c.net, c.source_times, t_max), b(c.listed, c.source_times, t_max);
    for (int k = 0; k < 3; ++k) {
      const auto id = c.any_neuron();
      const auto without = a.without(id);
      same_comparison(without, b.without(id));
      same_comparison(a.with_spike(id, 2 * k), b.with_spike(id, 2 * k));
      changed += without.changed.size();
    }
  });
  CHECK(changed > 500);
}

/// The list of synapses with `weight` in all that share the weight of one from `pre` to `post` (indices), and how many
/// these are. Projections without shared weights lose only those from `pre` to `post`.
template <class Real>
network<Real> changed_list(const compared_networks<Real>& c, std::uint32_t pre, std::uint32_t post, double weight,
                           std::uint64_t& synapses) {
  std::vector<projection<Real>> projections;
  const auto from = c.net.population_of(pre), to = c.net.population_of(post);
  const auto pre_index = pre - c.net.first_id(from), post_index = post - c.net.first_id(to);
  for (std::uint32_t i = 0; i < c.net.projection_count(); ++i) {
    auto p = c.listed.describe(i);
    const auto& shared = c.net.describe(i).shared;
    const bool between = p.pre == from && p.post == to;
    const auto of_pair = shared && between ? c.net.weight_between(i, pre_index, post_index) : std::nullopt;
    for (std::size_t s = 0; between && s < p.synapses.size(); ++s) {
      const auto one = p.synapses[s];
      const bool same = shared ? of_pair && c.net.weight_between(i, one.pre, one.post) == of_pair
                               : one.pre == pre_index && one.post == post_index;
      if (!same) continue;
      // As the kernel gives it.
      const auto factor = shared ? pooling_factor<Real>(*shared) : Real{1};
      p.synapses.set_weight(s, static_cast<Real>(weight) / factor * factor);
      ++synapses;
    }
    if (between && !p.sparse) {
      p.weights[std::size_t{pre_index} * c.net.populations()[to].size + post_index] = static_cast<Real>(weight);
      ++synapses;
    }
    projections.push_back(std::move(p));
  }
  return {{c.net.populations().begin(), c.net.populations().end()}, std::move(projections)};
}

TEST_CASE("shared weights: another weight is that of all synapses that share it, which are counted") {
  std::size_t compared = 0, shared_by_many = 0;
  on_networks(300, [&]<class Real>(compared_networks<Real> c) {
    inspection<Real> run(c.net, c.source_times, t_max);
    const auto before = run_clamped(c.net, c.source_times, t_max, {});
    for (int k = 0; k < 40; ++k) {
      const auto pre = c.any_neuron(), post = c.any_neuron();
      const auto places = synapses_between(c.net, pre, post);
      if (places.empty()) continue;
      const double weight = k % 3 == 0 ? 0 : 3 * c.random.normal();
      std::uint64_t synapses = 0;
      const auto fresh = run_clamped(changed_list(c, pre, post, weight, synapses), c.source_times, t_max, {});
      const auto found = run.with_weight(pre, post, weight);
      CHECK(found.changed == changed_spikes(before.times, fresh.times));
      CHECK(found.after == decision_of(c.listed, fresh, t_max));
      CHECK(found.synapses == synapses);
      REQUIRE(found.replaced_weights.size() == places.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        CHECK(found.replaced_weights[i] == static_cast<double>(weight_of(c.net, places[i])));
      }
      ++compared;
      shared_by_many += synapses > 10;
      break;
    }
  });
  CHECK(compared > 300);
  CHECK(shared_by_many > 100);
}

TEST_CASE("shared weights: by hand, the causes of a neuron are the pixels that its kernel covers") {
  const auto [net, source_times] = small_convolution();
  inspection run(net, source_times, 20);
  run.go_on();
  // hidden (0, 0, channel 0) receives input (0, 0) with 1 and (1, 1) with 4: 5 is not above 5. hidden (1, 1, channel 0)
  // receives (1, 1) with 1, (1, 2) with 2 and (2, 2) with 4: 7 at 4. hidden (0, 1, channel 0) receives (1, 1) with 3
  // and (1, 2) with 4: 7 at 3.
  CHECK(run.why_not(9).peak_v_m == 5);
  CHECK(run.why_not(9).what == stopped_by::too_little);
  const auto at_3 = neuron_id(net.populations(), "hidden:2"), at_4 = neuron_id(net.populations(), "hidden:6");
  const auto why = run.why(at_4).why;
  CHECK(why.spike_time == 4);
  REQUIRE(why.causes.size() == 3);
  CHECK(why.causes[0] == cause{4, 1, 2, 1, 0.2});
  CHECK(why.causes[1] == cause{5, 2, 3, 2, 0.4});
  CHECK(why.causes[2] == cause{8, 3, 4, 4, 0.8});
  CHECK(why.critical == 8u);
  CHECK(run.state(at_3).now.spike_time == 3);
  // The output is above 1 with the second of them.
  CHECK(run.why(17).critical_chain == std::vector<spike>{{17, 5}, {at_4, 4}, {8, 3}});
}

TEST_CASE("shared weights: by hand, a weight that changes does so at every position of the kernel") {
  const auto [net, source_times] = small_convolution();
  inspection run(net, source_times, 20);
  // Kernel (1, 1) of channel 0, 4, from input (2, 2) to hidden (1, 1): with 6 it moves no spike there, hidden (0, 0)
  // fires at 2, (0, 1) still at 3, and the output a step earlier.
  const auto found = run.with_weight(8, 15, 6);
  CHECK(found.synapses == 4);
  CHECK(found.replaced_weights == std::vector<double>{4});
  CHECK(found.changed == std::vector<changed_spike_time>{{9, never, 2}, {17, 5, 4}});
  CHECK(refusal([&] { run.with_weight(0, 15, 6); }) ==
        "no synapse leads from input:0 (row 0, column 0, channel 0) to hidden:6 (row 1, column 1, channel 0); allowed: "
        "two neurons with one");
}

TEST_CASE("shared weights: by hand, with average pooling the weight of a synapse is a part of that of the kernel") {
  auto pixels = sources("input", 16);
  auto layer = neurons("hidden", 4, 3);
  pixels.shape = {4, 4, 1};
  layer.shape = {2, 2, 1};
  projection<float> p{0, 1, step, false, 0, {8}, {}};
  p.shared = convolution{.pool = 2};
  const network<float> net({pixels, layer}, {p});
  const auto places = synapses_between(net, 5, 16);
  REQUIRE(places.size() == 1);
  CHECK(weight_of(net, places[0]) == 2);
  CHECK(synapses_between(net, 2, 16).empty());
  const auto changed = with_weight(net, 5, 16, 0.5);
  CHECK(changed.weights(0)[0] == 2);
  CHECK(weight_of(changed, places[0]) == 0.5f);
  CHECK(synapses_with_weight_of(net, places[0]) == 16);
  CHECK(refusal([&] { with_weight(net, 5, 16, 3e38); }) ==
        "weight = 3e+38, allowed: finite in the network's precision, and times 2^2 for pooling");
}

TEST_CASE("shared weights: a neuron's name tells its row, column and channel where its population has a shape") {
  const auto net = small_convolution().net;
  CHECK(located_name(net.populations(), 5) == "input:5 (row 1, column 2, channel 0)");
  CHECK(located_name(net.populations(), 14) == "hidden:5 (row 1, column 0, channel 1)");
  CHECK(located_name(net.populations(), 17) == "output:0");
  CHECK_FALSE(position_of(net.populations(), 17));
}

}  // namespace
}  // namespace firstspike
