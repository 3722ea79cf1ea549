// s4nn: distance to relative target times (Kheradpisheh & Masquelier 2020, arXiv 1910.09495, eqs. 9-10).
//
// L = 1/2 sum_j e_j^2 with e_j = (T_j - t_j) / t_max, with the targets T constant in the derivative. tau = min_j t_j.
// The target of the true output is tau. The target of another output is tau + gamma if it fires earlier than that, else
// its own time. If no output fires, targets are t_max - gamma for the true output and t_max for the others. Targets are
// at most t_max.
#include <algorithm>

#include "firstspike/models/losses.hpp"

namespace firstspike {
namespace {

time_loss relative_loss(std::span<const double> times, std::size_t truth, const loss_options& o) {
  const auto counted = counted_until(times, o.t_max);
  const double tau = std::ranges::min(counted);
  const double of_truth = tau < o.t_max ? tau : o.t_max - o.gamma;
  time_loss loss;
  for (std::size_t j = 0; j < times.size(); ++j) {
    const double target = j == truth ? of_truth : std::min(std::max(counted[j], tau + o.gamma), o.t_max);
    const double e = (target - counted[j]) / o.t_max;
    loss.value += 0.5 * e * e;
    loss.dl_dt.push_back(-e / o.t_max);
  }
  return loss;
}

}  // namespace

loss s4nn_loss() { return {"s4nn", "distance to relative target times (S4NN)", relative_loss, "gamma"}; }

}  // namespace firstspike
