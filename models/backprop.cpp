#include "models/backprop.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/require.hpp"
#include "models/lanes.hpp"

namespace firstspike {
namespace {

template <class Real>
void normalise(std::vector<Real>& delta) {
  const Real norm = std::sqrt(dot<Real>(delta, delta));
  if (norm > 0) std::ranges::for_each(delta, [norm](Real& d) { d /= norm; });
}

template <class Real>
void add_row(std::span<const Real> row, std::span<Real> to) {
  for (std::size_t j = 0; j < to.size(); ++j) to[j] += row[j];
}

enum class rule { s4nn, long_jump, ramp };

// What one post layer passes back, as the rows of its two projections need it. [post] each.
template <class Real>
struct post_terms {
  std::vector<Real> pull;   // s4nn and long_jump: delta_j; ramp: dL/dt_j / S_j
  std::vector<Real> until;  // causal arrivals come before this (ramp), or no later
};

// For causal j, adds to dw_j: delta_j (s4nn), delta_j times the part of the jump that is done (long_jump), (t_i + d -
// t_j) dL/dt_j / S_j (ramp). Returns w_ij times delta_j, or times dL/dt_j / S_j, for them; long_jump: for those whose
// jump is under way. Values is one Real, or lanes of them.
template <rule how, class Real, class Values>
Values pass_one(const Values& w, const Values& pull, const Values& until, Real arrival, Real jump, Values& dw) {
  const Values none{};
  const Values since = until - arrival;
  const Values causal = (how == rule::ramp ? arrival < until : arrival <= until) ? pull : none;
  if constexpr (how == rule::s4nn) dw += causal;
  if constexpr (how == rule::ramp) dw += causal * -since;
  if constexpr (how == rule::long_jump) {
    const Values done = (since + Real{1}) * (1 / jump), all = none + Real{1};
    dw += causal * (all < done ? all : done);
  }
  const Values back = causal * w;
  if constexpr (how == rule::long_jump) return since < jump ? back : none;
  return back;
}

// One row of weights: the sum of what pass_one returns.
template <rule how, class Real>
Real pass_row(std::span<const Real> w, const post_terms<Real>& post, Real arrival, Real jump, std::span<Real> dw) {
  lane_values<Real> sums{};
  const auto& [pull, until] = post;
  const auto whole = w.size() / lanes * lanes;
  for (std::size_t j = 0; j < whole; j += lanes) {
    auto changed = load_lanes<Real>(&dw[j]);
    sums += pass_one<how, Real>(load_lanes(&w[j]), load_lanes(&pull[j]), load_lanes(&until[j]), arrival, jump, changed);
    store_lanes<Real>(changed, &dw[j]);
  }
  for (auto j = whole; j < w.size(); ++j) {
    sums[j - whole] += pass_one<how, Real>(w[j], pull[j], until[j], arrival, jump, dw[j]);
  }
  return add_lanes<Real>(sums);
}

template <class Real>
struct layer_pass {
  const network<Real>& net;
  const layer& of;
  std::span<const double> times;  // [neuron]
  const backprop_options& options;

  std::span<const Real> weights(std::uint32_t projection, std::size_t pre) const {
    const auto count = net.populations()[of.population].size;
    return net.weights(projection).subspan(pre * count, count);
  }

  double arrival(std::uint32_t projection, std::size_t pre) const {
    return times[net.first_id(net.pre(projection)) + pre] + net.describe(projection).delay;
  }

  double stop() const { return std::min(options.t_max, net.populations()[of.population].t_close); }

  // Calls visit(projection, pre, arrival) for each input that arrived, reference first.
  template <class Visit>
  void for_each_input(const Visit& visit) const {
    for (const auto r : of.references) visit(r, std::size_t{0}, arrival(r, 0));
    for (std::size_t i = 0; i < net.populations()[of.pre].size; ++i) {
      const auto t = arrival(of.weights, i);
      if (t <= stop() && t != never) visit(of.weights, i, t);
    }
  }

  // [post] sums of the weights whose arrivals are causal: ramp, before `until`; long_jump, no later than it and less
  // than `within` steps before.
  template <rule how>
  std::vector<Real> causal_sums(std::span<const Real> until, Real within) const {
    std::vector<Real> sums(until.size());
    for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
      const Real* __restrict w = weights(projection, pre).data();
      const auto at = static_cast<Real>(t);
      for (std::size_t j = 0; j < until.size(); ++j) {
        const bool is_causal = how == rule::ramp ? at < until[j] : (at <= until[j]) & (until[j] - at < within);
        // g++ 12 at -O3 loses lanes of loads that are made conditional (tests/same_bits_test.py).
        const Real w_j = w[j];
        sums[j] += is_causal ? w_j : Real{0};
      }
    });
    return sums;
  }

  // [post] sums of all weights that have arrived before currents stop.
  std::vector<Real> potentials() const {
    std::vector<Real> v_m(net.populations()[of.population].size);
    for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
      if (t < stop()) add_row<Real>(weights(projection, pre), v_m);
    });
    return v_m;
  }

  // [post] delta_j of gates.
  std::vector<Real> gate_pull(std::span<const Real> dl_dt, bool is_last) const {
    std::vector<Real> pull(dl_dt.size());
    for (std::size_t j = 0; j < pull.size(); ++j) pull[j] = -dl_dt[j];
    if (is_last) {
      stay_on_clock(pull);
    } else {
      stay_near_threshold(pull);
    }
    if (options.normalise) normalise(pull);
    return pull;
  }

  void stay_near_threshold(std::span<Real> pull) const {
    const auto& v_th = net.populations()[of.population].v_th;
    const auto v_m = potentials();
    for (std::size_t j = 0; j < pull.size(); ++j) {
      if (std::abs(v_m[j] - static_cast<Real>(v_th[j])) >= static_cast<Real>(options.gate_width)) pull[j] = 0;
    }
  }

  // Nothing fires before the clock's first tick, and nothing later than never.
  void stay_on_clock(std::span<Real> pull) const {
    const double first_tick = of.references.empty() ? -1 : arrival(of.references.front(), 0);
    for (std::size_t j = 0; j < pull.size(); ++j) {
      const double t = times[net.first_id(of.population) + j];
      if ((t == first_tick && pull[j] < 0) || (t == never && pull[j] > 0)) pull[j] = 0;
    }
  }

  post_terms<Real> step_terms(std::span<const Real> dl_dt) const {
    const auto count = dl_dt.size();
    const auto jump = static_cast<Real>(options.jump_length);
    const auto least = static_cast<Real>(options.least_slope);
    post_terms<Real> post{std::vector<Real>(count), std::vector<Real>(count)};
    for (std::size_t j = 0; j < count; ++j) {
      const auto t = times[net.first_id(of.population) + j];
      post.until[j] = static_cast<Real>((t == never ? stop() : t) + (jump > 0 ? options.jump_ahead : 0));
    }
    const auto risen = jump > 0 ? causal_sums<rule::long_jump>(post.until, jump) : std::vector<Real>();
    for (std::size_t j = 0; j < count; ++j) {
      const Real slope = jump > 0 ? std::max(risen[j] / jump, least) : Real{1};
      post.pull[j] = slope > 0 ? -dl_dt[j] / slope : 0;
    }
    if (options.normalise) normalise(post.pull);
    return post;
  }

  post_terms<Real> ramp_terms(std::span<const Real> dl_dt, bool wake) const {
    const auto count = dl_dt.size();
    const auto opens = net.populations()[of.population].t_open;
    post_terms<Real> post{std::vector<Real>(count), std::vector<Real>(count)};
    for (std::size_t j = 0; j < count; ++j) {
      const auto t = times[net.first_id(of.population) + j];
      post.until[j] = static_cast<Real>(t == never ? (wake ? stop() : 0) : t);
      if (t != never && opens > 0 && t <= opens) post.until[j] = 0;
    }
    const auto slope = causal_sums<rule::ramp>(post.until, never);
    const auto least = static_cast<Real>(options.least_slope);
    for (std::size_t j = 0; j < count; ++j) {
      const Real s = std::max(slope[j], least);
      post.pull[j] = post.until[j] > 0 && s > 0 ? dl_dt[j] / s : 0;
    }
    return post;
  }
};

// Adds the layer's weight changes to `g`, where wanted, and returns dL/dt of the layer before it, [pre].
template <rule how, class Real>
std::vector<Real> pass_back(const layer_pass<Real>& pass, const post_terms<Real>& post, gradients<Real>* g) {
  const auto& l = pass.of;
  const auto jump = static_cast<Real>(pass.options.jump_length);
  const Real sign = how == rule::ramp ? 1 : how == rule::s4nn ? -1 : -1 / jump;
  std::vector<Real> passed_back(pass.net.populations()[l.pre].size);
  std::vector<Real> unwanted(g ? 0 : pass.net.populations()[l.population].size);
  pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
    const auto dw = g ? g->row(projection, pre) : std::span<Real>(unwanted);
    const Real back = sign * pass_row<how, Real>(pass.weights(projection, pre), post, static_cast<Real>(t), jump, dw);
    if (projection == l.weights) passed_back[pre] = back;
  });
  return passed_back;
}

// The same for gates: what counts for one neuron of the layer counts for all.
template <class Real>
std::vector<Real> pass_gates_back(const layer_pass<Real>& pass, std::span<const Real> pull, gradients<Real>* g,
                                  bool is_wanted) {
  std::vector<Real> passed_back(is_wanted ? pass.net.populations()[pass.of.pre].size : 0);
  for (std::size_t pre = 0; pre < passed_back.size(); ++pre) {
    passed_back[pre] = -dot<Real>(pass.weights(pass.of.weights, pre), pull);
  }
  if (!g) return passed_back;
  pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
    if (t < pass.stop()) add_row<Real>(pull, g->row(projection, pre));
  });
  return passed_back;
}

template <class Real>
void hold_back_spikes(std::span<Real> dl_dt, std::span<const double> times, double decision, double sparsity) {
  for (std::size_t i = 0; i < dl_dt.size(); ++i) {
    if (times[i] < decision) dl_dt[i] -= static_cast<Real>(sparsity);
  }
}

}  // namespace

void check(const backprop_options& o) {
  require(o.jump_length >= 0 && o.jump_length <= longest_window, "jump_length = {}, allowed: 0 to 2^32", o.jump_length);
  require(o.jump_length == 0 || (o.jump_ahead >= 0 && o.jump_ahead <= o.jump_length),
          "jump_ahead = {}, allowed: 0 to jump_length = {}", o.jump_ahead, o.jump_length);
  require(o.gate_width >= 0 && o.gate_width < never, "gate_width = {}, allowed: 0 or more, finite", o.gate_width);
  require(o.gate_width == 0 || o.jump_length == 0, "jump_length = {}, allowed with gate_width = {}: 0", o.jump_length,
          o.gate_width);
  require(o.least_slope >= 0 && o.least_slope < never, "least_slope = {}, allowed: 0 or more, finite", o.least_slope);
  require(o.sparsity >= 0 && o.sparsity < never, "sparsity = {}, allowed: 0 or more, finite", o.sparsity);
}

template <class Real>
std::vector<Real> backprop(const network<Real>& net, std::span<const layer> layers, std::span<const double> times,
                           std::span<const Real> dl_dt, const backprop_options& options, gradients<Real>* g) {
  assert(times.size() == net.neuron_count() && dl_dt.size() == net.populations()[layers.back().population].size);
  const double decision = std::ranges::min(times.subspan(net.first_id(layers.back().population), dl_dt.size()));
  std::vector<Real> passed_back(dl_dt.begin(), dl_dt.end());  // dL/dt of the layer at hand
  for (auto l = layers.rbegin(); l != layers.rend(); ++l) {
    const layer_pass<Real> pass{net, *l, times, options};
    const bool wake = options.wake_outputs && l == layers.rbegin();
    if (net.kernel(l->population) == synapse_kernel::ramp) {
      passed_back = pass_back<rule::ramp>(pass, pass.ramp_terms(passed_back, wake), g);
    } else if (options.gate_width > 0) {
      const bool is_wanted = options.to_sources || l + 1 != layers.rend();
      passed_back = pass_gates_back<Real>(pass, pass.gate_pull(passed_back, l == layers.rbegin()), g, is_wanted);
    } else if (options.jump_length > 0) {
      passed_back = pass_back<rule::long_jump>(pass, pass.step_terms(passed_back), g);
    } else {
      passed_back = pass_back<rule::s4nn>(pass, pass.step_terms(passed_back), g);
    }
    if (options.sparsity == 0 || l + 1 == layers.rend()) continue;
    const auto of_layer = times.subspan(net.first_id(l->pre), passed_back.size());
    hold_back_spikes<Real>(passed_back, of_layer, decision, options.sparsity);
  }
  if (!options.to_sources) passed_back.clear();
  return passed_back;
}

template std::vector<float> backprop(const network<float>&, std::span<const layer>, std::span<const double>,
                                     std::span<const float>, const backprop_options&, gradients<float>*);
template std::vector<double> backprop(const network<double>&, std::span<const layer>, std::span<const double>,
                                      std::span<const double>, const backprop_options&, gradients<double>*);

}  // namespace firstspike
