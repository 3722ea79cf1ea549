// hinge: every other output should fire at least gamma after the true one (Crammer & Singer 2001, summed over outputs,
// on firing times).
//
// L = sum over j != truth of max(0, t_truth + gamma - t_j) / t_max. An output that is late enough has no gradient.
#include "firstspike/models/losses.hpp"

namespace firstspike {
namespace {

time_loss hinge(std::span<const double> times, std::size_t truth, const loss_options& o) {
  const auto counted = counted_until(times, o.t_max);
  time_loss loss{0, std::vector<double>(times.size())};
  for (std::size_t j = 0; j < times.size(); ++j) {
    const double missing = counted[truth] + o.gamma - counted[j];
    if (j == truth || missing <= 0) continue;
    loss.value += missing / o.t_max;
    loss.dl_dt[j] -= 1 / o.t_max;
    loss.dl_dt[truth] += 1 / o.t_max;
  }
  return loss;
}

}  // namespace

loss hinge_loss() { return {"hinge", "others at least gamma later than the true output", hinge, "gamma"}; }

}  // namespace firstspike
