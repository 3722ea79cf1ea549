// s4nn: distance to relative target times (Kheradpisheh & Masquelier 2020, arXiv 1910.09495, eqs. 9-10).
//
// L = 1/2 sum_j e_j^2 with e_j = (T_j - t_j) / t_max, targets T held fixed. tau = min_j t_j; the true output's target
// is tau, others' is tau + gamma where they fire before that, else their own time. Nobody fires: t_max - gamma for the
// true output, t_max for others. Targets end at t_max.
#include <algorithm>

#include "models/losses.hpp"

namespace firstspike {
namespace {

std::vector<double> relative_targets(std::span<const double> times, std::size_t truth, double gamma, double t_max) {
  const double tau = *std::min_element(times.begin(), times.end());
  std::vector<double> targets(times.begin(), times.end());
  if (tau >= t_max) {
    std::ranges::fill(targets, t_max);
    targets[truth] = t_max - gamma;
    return targets;
  }
  for (auto& t : targets) t = std::min(std::max(t, tau + gamma), t_max);
  targets[truth] = tau;
  return targets;
}

time_loss relative_loss(std::span<const double> times, std::size_t truth, const loss_options& o) {
  const auto counted = counted_until(times, o.t_max);
  const auto targets = relative_targets(counted, truth, o.gamma, o.t_max);
  time_loss loss;
  for (std::size_t j = 0; j < times.size(); ++j) {
    const double e = (targets[j] - counted[j]) / o.t_max;
    loss.value += 0.5 * e * e;
    loss.dl_dt.push_back(-e / o.t_max);
  }
  return loss;
}

}  // namespace

loss s4nn_loss() { return {"s4nn", "distance to relative target times (S4NN)", relative_loss, "gamma"}; }

}  // namespace firstspike
