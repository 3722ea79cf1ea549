#include "firstspike/engine/naive.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <vector>

namespace firstspike {
namespace {

template <class Real>
struct arrival {
  double time;
  std::uint32_t pre_rank;
  std::uint32_t pre;
  std::uint32_t projection;
  std::size_t synapse;  // in the order of delays
  Real weight;
  friend auto operator<=>(const arrival&, const arrival&) = default;  // the order of summation
};

template <class Real>
struct neuron {
  std::uint32_t id, rank;
  synapse_kernel kernel;
  Real v_th, slope;
  double t_fire, end_of_arrivals, end_of_firing;
  std::vector<arrival<Real>> arrivals{};  // so far, in the order of summation
  std::size_t summed = 0;                 // of them
  double crossing = never;                // predicted if !crossed
  bool crossed = false;
  bool tested = false;  // with a fire phase: it has begun
  Real v = 0;

  bool has_fire_phase() const { return t_fire < never; }
};

template <class Real>
struct naive_run {
  const network<Real>& net;
  double t_max;
  std::span<double> times;
  std::vector<neuron<Real>> neurons{};

  void send(std::uint32_t id, double t) {
    times[id] = t;
    const auto pre_rank = net.rank(net.population_of(id));
    net.for_each_fan_out(id, [&](const fan_out& out) {
      const auto& p = net.describe(out.projection);
      auto synapse = out.first;
      net.for_each_synapse(out, [&](std::uint32_t post, Real weight) {
        auto& n = neurons[net.first_id(p.post) + post];
        const arrival<Real> a{t + out.delay, pre_rank, id, out.projection, synapse++, weight};
        if (!(a.time < n.end_of_arrivals)) return;
        n.arrivals.insert(std::upper_bound(n.arrivals.begin(), n.arrivals.end(), a), a);
      });
    });
  }

  static double next_time(const neuron<Real>& n) {
    if (n.crossed) return never;
    const double begins = n.tested ? never : n.t_fire;
    return std::min({n.crossing, begins, n.summed < n.arrivals.size() ? n.arrivals[n.summed].time : never});
  }

  // v_m at `t`, and the crossing if nothing else arrives, from all arrivals up to `t`.
  static void recompute(neuron<Real>& n, double t) {
    Real s = 0, o = 0;
    for (std::size_t i = 0; i < n.summed; ++i) {
      const double at = n.arrivals[i].time;
      s += n.arrivals[i].weight;
      o += n.arrivals[i].weight * static_cast<Real>(n.has_fire_phase() ? n.t_fire - at : at);
    }
    n.crossing = never;
    if (n.has_fire_phase()) {
      n.v = n.kernel == synapse_kernel::step ? s : t < n.t_fire ? o - s * static_cast<Real>(n.t_fire - t) : o;
      if (t >= n.t_fire && n.v >= n.v_th) n.crossing = n.t_fire;
      if (t >= n.t_fire && n.v < n.v_th) n.crossing = n.t_fire + static_cast<double>((n.v_th - n.v) / n.slope);
    } else if (n.kernel == synapse_kernel::step) {
      n.v = s;
      if (s > n.v_th) n.crossing = t;
    } else {
      n.v = s * static_cast<Real>(t) - o;
      if (s > 0)
        n.crossing = std::max(static_cast<double>((n.v_th + o) / s), n.summed ? n.arrivals[n.summed - 1].time : 0);
    }
    if (!(n.crossing < n.end_of_firing)) n.crossing = never;
  }

  void cross(neuron<Real>& n, double t) {
    recompute(n, t);  // for v at the crossing
    n.crossed = true;
    send(n.id, t);
  }

  void do_instant(neuron<Real>& n, double t) {
    if (n.crossed || next_time(n) != t) return;
    if (n.crossing == t) return cross(n, t);
    while (n.summed < n.arrivals.size() && n.arrivals[n.summed].time == t) ++n.summed;
    if (n.t_fire == t) n.tested = true;
    recompute(n, t);
    if (n.crossing == t) cross(n, t);
  }
};

}  // namespace

template <class Real>
void run_naive(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m) {
  std::fill(times.begin(), times.end(), never);
  naive_run<Real> run{net, t_max, times};
  std::uint32_t highest_rank = 0;
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    const auto p = net.population_of(id);
    const auto& layer = net.populations()[p];
    const bool given = layer.kind != population_kind::neurons;
    const auto v_th = given ? Real{0} : static_cast<Real>(layer.v_th[id - net.first_id(p)]);
    const double t_fire = given ? never : layer.t_fire;
    const double last = t_fire < never ? std::nextafter(t_fire, never) : layer.t_close;
    run.neurons.push_back({id, net.rank(p), net.kernel(p), v_th, static_cast<Real>(layer.threshold_slope), t_fire,
                           std::min(last, t_max), std::min(layer.t_close, t_max)});
    run.neurons.back().crossed = given;
    highest_rank = std::max(highest_rank, net.rank(p));
  }
  const auto given = net.given_times(source_times, t_max);
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    if (given[id] != never) run.send(id, given[id]);
  }
  for (;;) {
    double t = never;
    for (const auto& n : run.neurons) t = std::min(t, run.next_time(n));
    if (!(t < t_max)) break;
    for (std::uint32_t rank = 0; rank <= highest_rank; ++rank) {
      for (auto& n : run.neurons) {
        if (n.rank == rank) run.do_instant(n, t);
      }
    }
  }
  for (auto& n : run.neurons) {
    if (v_m.empty()) break;
    if (!n.crossed) run.recompute(n, n.end_of_firing);
    v_m[n.id] = static_cast<double>(n.v);
  }
}

template void run_naive(const network<float>&, std::span<const double>, double, std::span<double>, std::span<double>);
template void run_naive(const network<double>&, std::span<const double>, double, std::span<double>, std::span<double>);

}  // namespace firstspike
