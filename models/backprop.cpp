#include "models/backprop.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace firstspike {
namespace {

// Sums over post neurons are kept in this many lanes, then added lane by lane: the same bits for any vector width.
constexpr std::size_t lanes = 8;

template <class Real>
using lane_sums = std::array<Real, lanes>;

template <class Real>
Real add_lanes(const lane_sums<Real>& sums) {
  Real total = 0;
  for (const auto s : sums) total += s;
  return total;
}

template <class Real>
void normalise(std::vector<Real>& delta) {
  lane_sums<Real> squares{};
  for (std::size_t j = 0; j < delta.size(); ++j) squares[j % lanes] += delta[j] * delta[j];
  const Real norm = std::sqrt(add_lanes(squares));
  if (norm > 0) std::ranges::for_each(delta, [norm](Real& d) { d /= norm; });
}

// What one post layer passes back, as the rows of its two projections need it. [post] each.
template <class Real>
struct post_terms {
  std::vector<Real> pull;   // step: delta_j; ramp: dL/dt_j / S_j
  std::vector<Real> until;  // causal arrivals come before this (ramp), or no later (step)
};

// One row of weights. Over causal j, adds to dw_j: delta_j (step), (t_i + d - t_j) dL/dt_j / S_j (ramp). Returns the
// sum over them of w_ij times delta_j, or times dL/dt_j / S_j.
template <synapse_kernel kernel, class Real>
Real pass_row(std::span<const Real> w, const post_terms<Real>& post, Real arrival, std::span<Real> dw) {
  constexpr bool ramp = kernel == synapse_kernel::ramp;
  lane_sums<Real> sums{};
  const Real* __restrict pull = post.pull.data();
  const Real* __restrict until = post.until.data();
  const Real* __restrict weight = w.data();
  Real* __restrict out = dw.data();
  const auto one = [&](std::size_t j, std::size_t lane) {
    const bool is_causal = ramp ? arrival < until[j] : arrival <= until[j];
    const Real causal = is_causal ? pull[j] : 0;
    out[j] += ramp ? causal * (arrival - until[j]) : causal;
    sums[lane] += causal * weight[j];
  };
  const auto whole = w.size() / lanes * lanes;
  for (std::size_t j = 0; j < whole; j += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) one(j + k, k);
  }
  for (auto j = whole; j < w.size(); ++j) one(j, j - whole);
  return add_lanes(sums);
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
    if (of.reference) visit(*of.reference, std::size_t{0}, arrival(*of.reference, 0));
    for (std::size_t i = 0; i < net.populations()[of.pre].size; ++i) {
      const auto t = arrival(of.weights, i);
      if (t <= stop() && t != never) visit(of.weights, i, t);
    }
  }

  post_terms<Real> step_terms(std::vector<Real> delta) const {
    post_terms<Real> post{std::move(delta), {}};
    for (std::size_t j = 0; j < post.pull.size(); ++j) {
      const auto t = times[net.first_id(of.population) + j];
      post.until.push_back(static_cast<Real>(t == never ? stop() : t));
    }
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
    std::vector<Real> slope(count);
    for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
      const auto w = weights(projection, pre);
      const auto at = static_cast<Real>(t);
      for (std::size_t j = 0; j < count; ++j) slope[j] += at < post.until[j] ? w[j] : 0;
    });
    const auto least = static_cast<Real>(options.least_slope);
    for (std::size_t j = 0; j < count; ++j) {
      const Real s = std::max(slope[j], least);
      post.pull[j] = post.until[j] > 0 && s > 0 ? dl_dt[j] / s : 0;
    }
    return post;
  }
};

}  // namespace

template <class Real>
std::vector<Real> backprop(const network<Real>& net, std::span<const layer> layers, std::span<const double> times,
                           std::span<const Real> dl_dt, const backprop_options& options, gradients<Real>* g) {
  assert(times.size() == net.neuron_count() && dl_dt.size() == net.populations()[layers.back().population].size);
  std::vector<Real> passed_back(dl_dt.begin(), dl_dt.end());  // dL/dt of the layer at hand
  for (auto l = layers.rbegin(); l != layers.rend(); ++l) {
    const layer_pass<Real> pass{net, *l, times, options};
    const bool ramp = net.kernel(l->population) == synapse_kernel::ramp;
    const bool wake = options.wake_outputs && l == layers.rbegin();
    if (!ramp) {
      for (auto& d : passed_back) d = -d;
      if (options.normalise) normalise(passed_back);
    }
    const auto post = ramp ? pass.ramp_terms(passed_back, wake) : pass.step_terms(std::move(passed_back));
    passed_back = std::vector<Real>(net.populations()[l->pre].size);
    std::vector<Real> unwanted(g ? 0 : net.populations()[l->population].size);
    pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
      const auto w = pass.weights(projection, pre);
      const auto at = static_cast<Real>(t);
      const auto dw = g ? g->row(projection, pre) : std::span<Real>(unwanted);
      const Real back = ramp ? pass_row<synapse_kernel::ramp, Real>(w, post, at, dw)
                             : -pass_row<synapse_kernel::step, Real>(w, post, at, dw);
      if (projection == l->weights) passed_back[pre] = back;
    });
  }
  return passed_back;
}

template std::vector<float> backprop(const network<float>&, std::span<const layer>, std::span<const double>,
                                     std::span<const float>, const backprop_options&, gradients<float>*);
template std::vector<double> backprop(const network<double>&, std::span<const layer>, std::span<const double>,
                                      std::span<const double>, const backprop_options&, gradients<double>*);

}  // namespace firstspike
