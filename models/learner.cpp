#include "firstspike/models/learner.hpp"

#include <algorithm>
#include <cmath>

#include "firstspike/engine/parallel.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {
namespace {

constexpr std::size_t weights_at_once = 16384;

// Moves the weights [first, end) of a projection. Rows that no spike has reached stay.
template <class Real>
void sgd(std::span<Real> w, const gradients<Real>& g, std::size_t projection, std::size_t first, std::size_t end,
         Real rate) {
  const auto& dw = g.dw[projection];
  const auto& reached = g.reached[projection];
  const auto length = dw.size() / reached.size();
  for (auto pre = first / length; pre * length < end; ++pre) {
    if (reached[pre] == 0) continue;
    const auto last = std::min(end, (pre + 1) * length);
    for (auto k = std::max(first, pre * length); k < last; ++k) w[k] -= rate * dw[k];
  }
}

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
  const Real shrink = real(options.lr * options.weight_decay);
  const adam_step<Real> adam{real(scale), real(options.lr), real(options.beta1),   real(options.beta2),
                             correct_m,   correct_v,        real(options.epsilon), shrink};
  // Parts of one projection after the other, so that all threads work on all of them.
  const auto parts_of = [&net](std::uint32_t i) {
    return (net.weights(i).size() + weights_at_once - 1) / weights_at_once;
  };
  std::size_t parts = 0;
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) parts += parts_of(i);
  parallel_for(parts, threads, [&](std::size_t number) {
    std::uint32_t i = 0;
    for (; number >= parts_of(i); ++i) number -= parts_of(i);
    if (std::ranges::find(state.fixed, i) != state.fixed.end()) return;
    const auto w = net.weights(i);
    const auto first = number * weights_at_once, count = std::min(weights_at_once, w.size() - first);
    const auto part = w.subspan(first, count);
    if (options.rule == update_rule::adam) {
      kernels<Real>().adam(part.data(), &state.m[i][first], &state.v[i][first], &g.dw[i][first], count, adam);
      return;
    }
    sgd(w, g, i, first, first + count, real(options.lr * scale));
    if (shrink == 0) return;
    for (auto& weight : part) weight -= shrink * weight;
  });
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

template <class Real>
optimizer_state<Real> make_optimizer(const network<Real>& net, const optimizer_options& options) {
  optimizer_state<Real> state;
  for (std::size_t i = 0; options.rule == update_rule::adam && i < net.projection_count(); ++i) {
    state.m.emplace_back(net.weights(i).size());
  }
  state.v = state.m;
  return state;
}

template <class Real>
learner<Real> make_learner(const learner_options& options, network<Real> net, std::size_t samples) {
  auto layers = layers_of(net);
  gradients<Real> gradient(net);
  backprop_memory<Real> memory(net, layers, samples, options.backward.to_sources);
  learner<Real> l{options, std::move(net), std::move(layers), {}, std::move(gradient), std::move(memory)};
  l.optimizer = make_optimizer(l.net, options.optimizer);
  for (const auto& layer : l.layers) {
    if (layer.bias && !options.train_biases) l.optimizer.fixed.push_back(*layer.bias);
  }
  return l;
}

template <class Real>
void compute_gradients(learner<Real>& l, const spike_record& record, unsigned threads,
                       const std::function<void(std::size_t, std::size_t)>& set_dl_dt) {
  auto options = l.options.backward;
  options.to_sources = false;
  const backprop_pass<Real> pass{rule_called(l.options.rule), l.net, l.layers, record.times, options};
  start_backprop(pass, l.memory);
  parallel_for((record.samples + gradient_block - 1) / gradient_block, threads, [&](std::size_t b) {
    const auto first = b * gradient_block, end = std::min(record.samples, first + gradient_block);
    set_dl_dt(first, end);
    backprop(pass, first, end, l.memory);
  });
  sum_gradients(pass, l.memory, l.gradient, threads);
}

template <class Real>
void project(const learner_options& o, std::span<Real> matrix, std::size_t posts) {
  std::get<constrain<Real>>(constraint_called(o.constraint).project)(matrix.first(o.constrained_inputs * posts), posts);
}

template <class Real>
void apply_gradients(learner<Real>& l, std::uint64_t step, std::size_t samples, unsigned threads) {
  auto how = l.options.optimizer;
  how.lr *= learning_rate_factor(l.options.schedule, step, l.options.schedule_steps);
  auto& g = l.gradient;
  const auto first = l.layers.front().weights;
  const auto posts = l.net.populations()[l.layers.front().population].size;
  for (std::uint32_t i = 0; i < l.options.constrained_inputs; ++i) g.reached[first][i] = 1;
  project<Real>(l.options, g.dw[first], posts);
  update(l.net, l.optimizer, g, 1 / static_cast<double>(samples), how, threads);
  project<Real>(l.options, l.net.weights(first), posts);
}

template <class Real>
void follow_weights(network<Real>& mean, const network<Real>& net, double decay, std::uint64_t steps) {
  const auto taken = static_cast<double>(steps);
  const auto keep = static_cast<Real>(std::min(decay, taken / (10 + taken)));
  for (std::uint32_t i = 0; i < mean.projection_count(); ++i) {
    const auto w = mean.weights(i);
    kernels<Real>().follow(w.data(), net.weights(i).data(), keep, w.size());
  }
}

template <class Real>
network<Real> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel, const regime& r,
                         const chain_plan& plan, std::uint64_t seed) {
  require(!r.kernel || *r.kernel == kernel, "regime = {}, allowed with kernel {} only", r.name,
          r.kernel == synapse_kernel::step ? "step" : "ramp");
  auto layers = r.place(plan);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].shape = plan.layers[l].shape;
    layers[l].shared = plan.layers[l].shared;
    layers[l].classes = plan.layers[l].classes;
  }
  return make_layered<Real>(source, inputs, kernel, layers, seed, plan.input);
}

template void update(network<float>&, optimizer_state<float>&, const gradients<float>&, double,
                     const optimizer_options&, unsigned);
template void update(network<double>&, optimizer_state<double>&, const gradients<double>&, double,
                     const optimizer_options&, unsigned);

template optimizer_state<float> make_optimizer(const network<float>& net, const optimizer_options& options);
template optimizer_state<double> make_optimizer(const network<double>& net, const optimizer_options& options);
template learner<float> make_learner(const learner_options& options, network<float> net, std::size_t samples);
template learner<double> make_learner(const learner_options& options, network<double> net, std::size_t samples);
template void compute_gradients(learner<float>&, const spike_record&, unsigned,
                                const std::function<void(std::size_t, std::size_t)>&);
template void compute_gradients(learner<double>&, const spike_record&, unsigned,
                                const std::function<void(std::size_t, std::size_t)>&);
template void project(const learner_options& o, std::span<float> matrix, std::size_t posts);
template void project(const learner_options& o, std::span<double> matrix, std::size_t posts);
template void apply_gradients(learner<float>& l, std::uint64_t step, std::size_t samples, unsigned threads);
template void apply_gradients(learner<double>& l, std::uint64_t step, std::size_t samples, unsigned threads);
template void follow_weights(network<float>& mean, const network<float>& net, double decay, std::uint64_t steps);
template void follow_weights(network<double>& mean, const network<double>& net, double decay, std::uint64_t steps);
template network<float> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                                   const regime& r, const chain_plan& plan, std::uint64_t seed);
template network<double> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                                    const regime& r, const chain_plan& plan, std::uint64_t seed);

}  // namespace firstspike
