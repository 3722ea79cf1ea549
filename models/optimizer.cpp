#include "models/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "engine/parallel.hpp"

namespace firstspike {
namespace {

constexpr std::size_t weights_at_once = 16384;

// Calls work(first, end) on parts of [0, count).
template <class Work>
void over_parts(std::size_t count, unsigned threads, const Work& work) {
  parallel_for((count + weights_at_once - 1) / weights_at_once, threads,
               [&](std::size_t part) { work(part * weights_at_once, std::min(count, (part + 1) * weights_at_once)); });
}

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
optimizer_state<Real> make_optimizer(const network<Real>& net, const optimizer_options& options) {
  optimizer_state<Real> state;
  if (options.rule != update_rule::adam) return state;
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    state.m.emplace_back(net.weights(i).size());
    state.v.emplace_back(net.weights(i).size());
  }
  return state;
}

template <class Real>
void update(network<Real>& net, optimizer_state<Real>& state, const gradients<Real>& g, double scale,
            const optimizer_options& options, unsigned threads) {
  state.beta1_power *= options.beta1;
  state.beta2_power *= options.beta2;
  const adam_step<Real> adam{static_cast<Real>(scale),
                             static_cast<Real>(options.lr),
                             static_cast<Real>(options.beta1),
                             static_cast<Real>(options.beta2),
                             static_cast<Real>(1 / (1 - state.beta1_power)),
                             static_cast<Real>(1 / (1 - state.beta2_power)),
                             static_cast<Real>(options.epsilon)};
  const auto shrink = static_cast<Real>(options.lr * options.weight_decay);
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
    if (std::ranges::find(state.fixed, i) != state.fixed.end()) continue;
    const auto w = net.weights(i);
    if (options.rule == update_rule::sgd) sgd(w, g, i, static_cast<Real>(options.lr * scale));
    over_parts(w.size(), threads, [&](std::size_t first, std::size_t end) {
      const auto part = w.subspan(first, end - first);
      if (options.rule == update_rule::adam) {
        adam(part, std::span(state.m[i]).subspan(first, end - first), std::span(state.v[i]).subspan(first, end - first),
             std::span(g.dw[i]).subspan(first, end - first));
      }
      if (shrink == 0) return;
      for (auto& weight : part) weight -= shrink * weight;
    });
  }
}

template optimizer_state<float> make_optimizer(const network<float>&, const optimizer_options&);
template optimizer_state<double> make_optimizer(const network<double>&, const optimizer_options&);
template void update(network<float>&, optimizer_state<float>&, const gradients<float>&, double,
                     const optimizer_options&, unsigned);
template void update(network<double>&, optimizer_state<double>&, const gradients<double>&, double,
                     const optimizer_options&, unsigned);

}  // namespace firstspike
