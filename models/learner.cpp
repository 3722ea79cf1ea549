#include "models/learner.hpp"

#include <cmath>
#include <limits>

namespace firstspike {
namespace {

constexpr std::size_t weights_at_once = 16384;

template <class Real>
void sgd(std::span<Real> w, const gradients<Real>& g, std::size_t projection, Real rate) {
  const auto rows = g.reached[projection].size();
  const auto length = w.size() / rows;
  for (std::size_t pre = 0; pre < rows; ++pre) {
    if (g.reached[projection][pre] == 0) continue;
    const auto row = g.row(projection, pre);
    for (std::size_t j = 0; j < length; ++j) w[pre * length + j] -= rate * row[j];
  }
}

// 0 for what has decayed to a denormal: those cost processors a hundred times as much, and most moments of pixels that
// are hardly ever lit end there.
template <class Real>
Real no_denormal(Real x) {
  return std::abs(x) < std::numeric_limits<Real>::min() ? 0 : x;
}

template <class Real>
struct adam_step {
  Real scale, rate, beta1, beta2, correct_m, correct_v, epsilon;

  void operator()(std::span<Real> w, std::span<Real> m, std::span<Real> v, std::span<const Real> g) const {
    for (std::size_t k = 0; k < w.size(); ++k) {
      const Real gradient = scale * g[k];
      m[k] = no_denormal(beta1 * m[k] + (1 - beta1) * gradient);
      v[k] = no_denormal(beta2 * v[k] + (1 - beta2) * gradient * gradient);
      w[k] -= rate * (m[k] * correct_m) / (std::sqrt(v[k] * correct_v) + epsilon);
    }
  }
};

}  // namespace

double learning_rate_factor(rate_schedule schedule, std::uint64_t step, std::uint64_t steps) {
  if (schedule == rate_schedule::constant) return 1;
  const auto done = static_cast<double>(step) / static_cast<double>(steps);
  const auto left = std::max(0.0, 1 - done);
  return schedule == rate_schedule::linear ? left : left * left;
}

template <class Real>
void update(network<Real>& net, optimizer_state<Real>& state, const gradients<Real>& g, double scale,
            const optimizer_options& options, unsigned threads) {
  state.beta1_power *= options.beta1;
  state.beta2_power *= options.beta2;
  const auto real = [](double x) { return static_cast<Real>(x); };
  const Real correct_m = real(1 / (1 - state.beta1_power)), correct_v = real(1 / (1 - state.beta2_power));
  const adam_step<Real> adam{real(scale), real(options.lr), real(options.beta1),  real(options.beta2),
                             correct_m,   correct_v,        real(options.epsilon)};
  const Real shrink = real(options.lr * options.weight_decay);
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
    if (std::ranges::find(state.fixed, i) != state.fixed.end()) continue;
    const auto w = net.weights(i);
    if (options.rule == update_rule::sgd) sgd(w, g, i, real(options.lr * scale));
    parallel_for((w.size() + weights_at_once - 1) / weights_at_once, threads, [&](std::size_t number) {
      const auto first = number * weights_at_once, count = std::min(weights_at_once, w.size() - first);
      const auto part = w.subspan(first, count);
      if (options.rule == update_rule::adam) {
        adam(part, std::span(state.m[i]).subspan(first, count), std::span(state.v[i]).subspan(first, count),
             std::span(g.dw[i]).subspan(first, count));
      }
      if (shrink == 0) return;
      for (auto& weight : part) weight -= shrink * weight;
    });
  }
}

void check(const rule_options& o) {
  require(o.jump_length > 0 && o.jump_length <= longest_window, "jump_length = {}, allowed: above 0, up to 2^32",
          o.jump_length);
  require(o.jump_ahead >= 0 && o.jump_ahead <= o.jump_length, "jump_ahead = {}, allowed: 0 to jump_length = {}",
          o.jump_ahead, o.jump_length);
  require(o.surrogate_width >= 0 && o.surrogate_width < never, "surrogate_width = {}, allowed: 0 or more, finite",
          o.surrogate_width);
  require(o.min_slope >= 0 && o.min_slope < never, "min_slope = {}, allowed: 0 or more, finite", o.min_slope);
  require(o.sparsity >= 0 && o.sparsity < never, "sparsity = {}, allowed: 0 or more, finite", o.sparsity);
}

void check(const learner_options& o, std::string_view regime, synapse_kernel kernel) {
  rule_for(o.rule, regime, kernel);
  check(o.backward);
  constraint_called(o.constraint);
  require(o.schedule_steps > 0, "schedule_steps = 0, allowed: 1 or more");
  const auto& a = o.optimizer;
  require(a.lr > 0 && a.lr < never, "lr = {}, allowed: above 0, finite", a.lr);
  require(a.weight_decay >= 0 && a.lr * a.weight_decay < 1, "weight_decay = {}, allowed: 0 to 1 / lr", a.weight_decay);
  require(a.beta1 >= 0 && a.beta1 < 1 && a.beta2 >= 0 && a.beta2 < 1, "beta1, beta2 = {}, {}, allowed: [0, 1)", a.beta1,
          a.beta2);
  require(a.epsilon > 0 && a.epsilon < never, "epsilon = {}, allowed: above 0, finite", a.epsilon);
}

double check(const chain_plan& plan, const regime& r) {
  require(plan.layers.size() >= 2 && std::ranges::none_of(plan.layers, [](const layer_plan& l) { return l.size == 0; }),
          "hidden: a layer of 0 neurons, allowed: one or more sizes, each 1 or more");
  for (const auto& l : plan.layers) {
    require(l.range > 0 && l.range < never, "range = {}, allowed: above 0, finite", l.range);
  }
  require(plan.t_in >= 1 && plan.t_in <= longest_window && plan.t_in == std::floor(plan.t_in),
          "t_in = {}, allowed: whole numbers from 1 to 2^32", plan.t_in);
  const double t_max = run_length(r, plan);
  require(t_max > 0 && t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps", t_max);
  return t_max;
}

template void update(network<float>&, optimizer_state<float>&, const gradients<float>&, double,
                     const optimizer_options&, unsigned);
template void update(network<double>&, optimizer_state<double>&, const gradients<double>&, double,
                     const optimizer_options&, unsigned);

}  // namespace firstspike
