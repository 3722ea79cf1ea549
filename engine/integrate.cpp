#include "engine/integrate.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace firstspike {

template <class Real>
void membranes<Real>::reset(const network<Real>& net) {
  sum_w.assign(net.neuron_count(), 0);
  sum_wt.assign(net.neuron_count(), 0);
  armed_v_th.assign(net.neuron_count(), std::numeric_limits<Real>::infinity());
  for (std::size_t p = 0; p < net.populations().size(); ++p) {
    const auto& v_th = net.populations()[p].v_th;
    std::transform(v_th.begin(), v_th.end(), armed_v_th.begin() + net.first_id(p),
                   [](double threshold) { return static_cast<Real>(threshold); });
  }
}

template <class Real>
void add_row(membranes<Real>& m, synapse_kernel kernel, std::span<const Real> row, std::uint32_t first, double t) {
  const Real* __restrict w = row.data();
  Real* __restrict sum_w = m.sum_w.data() + first;
  const std::size_t count = row.size();
  if (kernel == synapse_kernel::step) {
    for (std::size_t j = 0; j < count; ++j) sum_w[j] += w[j];
    return;
  }
  Real* __restrict sum_wt = m.sum_wt.data() + first;
  const auto arrival = static_cast<Real>(t);
  for (std::size_t j = 0; j < count; ++j) {
    sum_w[j] += w[j];
    sum_wt[j] += w[j] * arrival;
  }
}

template <class Real>
void add_synapses(membranes<Real>& m, synapse_kernel kernel, std::span<const Real> weights,
                  std::span<const std::uint32_t> targets, std::uint32_t first, double t) {
  const auto arrival = static_cast<Real>(t);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto id = first + targets[k];
    m.sum_w[id] += weights[k];
    if (kernel == synapse_kernel::ramp) m.sum_wt[id] += weights[k] * arrival;
  }
}

template <class Real>
bool any_above(const membranes<Real>& m, std::uint32_t first, std::uint32_t count) {
  const Real* sum_w = m.sum_w.data() + first;
  const Real* armed_v_th = m.armed_v_th.data() + first;
  int any = 0;  // not bool: g++ 12 vectorises the int OR only
  for (std::uint32_t j = 0; j < count; ++j) any |= sum_w[j] > armed_v_th[j];
  return any != 0;
}

template <class Real>
void predict_crossings(const membranes<Real>& m, std::uint32_t first, double t, std::span<double> out) {
  const Real* __restrict armed_v_th = m.armed_v_th.data() + first;
  const Real* __restrict sum_w = m.sum_w.data() + first;
  const Real* __restrict sum_wt = m.sum_wt.data() + first;
  double* __restrict crossing = out.data();
  const std::size_t count = out.size();
  for (std::size_t j = 0; j < count; ++j) crossing[j] = predicted_crossing(armed_v_th[j], sum_w[j], sum_wt[j], t);
}

double earliest(std::span<const double> times) {
  constexpr std::size_t lanes = 8;  // independent minima, so that the loop vectorises without -ffast-math
  std::array<double, lanes> lowest;
  lowest.fill(never);
  std::size_t i = 0;
  for (; i + lanes <= times.size(); i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) lowest[k] = times[i + k] < lowest[k] ? times[i + k] : lowest[k];
  }
  for (; i < times.size(); ++i) lowest[0] = std::min(times[i], lowest[0]);
  return *std::min_element(lowest.begin(), lowest.end());
}

template struct membranes<float>;
template struct membranes<double>;
template void add_row(membranes<float>&, synapse_kernel, std::span<const float>, std::uint32_t, double);
template void add_row(membranes<double>&, synapse_kernel, std::span<const double>, std::uint32_t, double);
template void add_synapses(membranes<float>&, synapse_kernel, std::span<const float>, std::span<const std::uint32_t>,
                           std::uint32_t, double);
template void add_synapses(membranes<double>&, synapse_kernel, std::span<const double>, std::span<const std::uint32_t>,
                           std::uint32_t, double);
template bool any_above(const membranes<float>&, std::uint32_t, std::uint32_t);
template bool any_above(const membranes<double>&, std::uint32_t, std::uint32_t);
template void predict_crossings(const membranes<float>&, std::uint32_t, double, std::span<double>);
template void predict_crossings(const membranes<double>&, std::uint32_t, double, std::span<double>);

}  // namespace firstspike
