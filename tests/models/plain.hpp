// Clipped ReLU networks, their gradients and Adam, without spikes and without code of models/. Tests compare with them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike::plain {

using numbers = std::vector<double>;

/// y_j = clip((bias_j + sum_i w[i][j] y_i) / range, 0, 1).
struct dense {
  double range = 1;
  std::vector<numbers> w;  // [pre][post]
  numbers bias;
};

struct network {
  std::vector<dense> layers;
};

/// [layer][neuron], the inputs first. `sums` are y before clipping.
struct activity {
  std::vector<numbers> y, sums;
};

inline activity run(const network& net, const numbers& inputs) {
  activity a{{inputs}, {{}}};
  for (const auto& l : net.layers) {
    numbers sum = l.bias, y;
    for (std::size_t i = 0; i < l.w.size(); ++i) {
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += l.w[i][j] * a.y.back()[i];
    }
    for (double& s : sum) y.push_back(std::clamp(s /= l.range, 0.0, 1.0));
    a.y.push_back(y);
    a.sums.push_back(sum);
  }
  return a;
}

/// Gradients in the shape of the network; ranges are unused.
inline network zeros_like(const network& net) {
  network zero = net;
  for (auto& l : zero.layers) {
    for (auto& row : l.w) std::ranges::fill(row, 0);
    std::ranges::fill(l.bias, 0);
  }
  return zero;
}

/// Adds gradients to `g` and returns dL/dy of the inputs, clipping ignored there. `dl_dy` of the outputs. With `wake`,
/// a clipped output has the derivative component that moves it back, and if all neurons of a hidden layer are 0, each
/// has the largest derivative of the outputs, so that it grows.
inline numbers backward(const network& net, const activity& a, numbers dl_dy, bool wake, network& g) {
  double strongest = 0;
  for (const double d : dl_dy) strongest = std::max(strongest, std::abs(d));
  for (std::size_t l = net.layers.size(); l-- > 0;) {
    const auto& layer = net.layers[l];
    const bool is_last = l + 1 == net.layers.size();
    const bool is_dead = wake && !is_last && std::ranges::all_of(a.y[l + 1], [](double y) { return y == 0; });
    if (is_dead) std::ranges::fill(dl_dy, -strongest);
    const bool wakes = is_dead || (wake && is_last);
    numbers to_pre(layer.w.size());
    for (std::size_t j = 0; j < dl_dy.size(); ++j) {
      const double sum = a.sums[l + 1][j];
      const bool keeps = sum <= 0 ? wakes && dl_dy[j] < 0 : sum >= 1 ? wakes && dl_dy[j] > 0 : true;
      if (!keeps) continue;
      const double d = dl_dy[j] / layer.range;
      g.layers[l].bias[j] += d;
      for (std::size_t i = 0; i < to_pre.size(); ++i) {
        g.layers[l].w[i][j] += d * a.y[l][i];
        to_pre[i] += d * layer.w[i][j];
      }
    }
    dl_dy = to_pre;
  }
  return dl_dy;
}

/// Of a spiking chain whose layers are source, (bias, layer), (bias, layer), ...: projections are weights, bias,
/// weights,
/// ... in this order.
inline network of(const firstspike::network<double>& net, const numbers& ranges) {
  network p;
  for (std::size_t l = 0; l < ranges.size(); ++l) {
    const auto w = net.weights(2 * l), b = net.weights(2 * l + 1);
    dense layer{ranges[l], {}, {b.begin(), b.end()}};
    for (std::size_t k = 0; k < w.size(); k += b.size()) {
      layer.w.emplace_back(w.begin() + static_cast<std::ptrdiff_t>(k),
                           w.begin() + static_cast<std::ptrdiff_t>(k + b.size()));
    }
    p.layers.push_back(layer);
  }
  return p;
}

/// All numbers, in the order of the spiking chain's projections.
inline numbers flat(const network& net) {
  numbers all;
  for (const auto& l : net.layers) {
    for (const auto& row : l.w) all.insert(all.end(), row.begin(), row.end());
    all.insert(all.end(), l.bias.begin(), l.bias.end());
  }
  return all;
}

inline void set_flat(network& net, const numbers& all) {
  std::size_t next = 0;
  for (auto& l : net.layers) {
    for (auto& row : l.w) {
      for (double& w : row) w = all[next++];
    }
    for (double& b : l.bias) b = all[next++];
  }
}

inline numbers flat(const firstspike::network<double>& net) {
  numbers all;
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    all.insert(all.end(), net.weights(i).begin(), net.weights(i).end());
  }
  return all;
}

/// Kingma & Ba 2015, algorithm 1, then decay.
struct adam {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0;
  numbers m{}, v{};
  int steps = 0;

  void step(network& net, const network& gradient, double lr) {
    auto w = flat(net);
    const auto g = flat(gradient);
    m.resize(w.size());
    v.resize(w.size());
    ++steps;
    for (std::size_t k = 0; k < w.size(); ++k) {
      m[k] = beta1 * m[k] + (1 - beta1) * g[k];
      v[k] = beta2 * v[k] + (1 - beta2) * g[k] * g[k];
      const double m_hat = m[k] / (1 - std::pow(beta1, steps)), v_hat = v[k] / (1 - std::pow(beta2, steps));
      w[k] -= lr * m_hat / (std::sqrt(v_hat) + epsilon);
      w[k] -= lr * decay * w[k];
    }
    set_flat(net, w);
  }
};

inline void scale(network& g, double factor) {
  auto all = flat(g);
  for (double& x : all) x *= factor;
  set_flat(g, all);
}

/// -log softmax(-t / beta)[truth] and its derivative by t.
struct cross_entropy {
  double value = 0;
  numbers dl_dt;
};

inline cross_entropy cross_entropy_of(const numbers& times, const numbers& target, double beta) {
  double sum = 0;
  for (const double t : times) sum += std::exp(-t / beta);
  cross_entropy c;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double p = std::exp(-times[k] / beta) / sum;
    c.value -= target[k] * std::log(p);
    c.dl_dt.push_back((target[k] - p) / beta);
  }
  return c;
}

inline double largest_difference(const numbers& a, const numbers& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t k = 0; k < a.size(); ++k) worst = std::max(worst, std::abs(a[k] - b[k]));
  return worst;
}

}  // namespace firstspike::plain
