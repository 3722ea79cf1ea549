// aggressive: "Aggressive TTFS", a reconstruction. Spiking-GAN (Kotariya & Ganguly 2022, arXiv 2106.15420) names the
// loss; its formula is not public to us.
//
// Ours is the cross-entropy plus pull p t_truth / beta, where p, the true output's softmax probability, is constant in
// the derivative: dL/dt_truth = (1 - p + pull p) / beta. The additional term moves the true output earlier, the more
// the larger p is. While the decision is wrong, the cross-entropy dominates.
#include <algorithm>

#include "firstspike/models/losses.hpp"

namespace firstspike {
namespace {

time_loss aggressive(std::span<const double> times, std::size_t truth, const loss_options& o) {
  auto loss = loss_called("xent").of(times, truth, o);
  const double probability = 1 - loss.dl_dt[truth] * o.beta;
  loss.value += o.pull * probability * std::min(times[truth], o.t_max) / o.beta;
  loss.dl_dt[truth] += o.pull * probability / o.beta;
  return loss;
}

}  // namespace

loss aggressive_loss() {
  return {"aggressive", "xent with a term that moves the true output earlier (Aggressive TTFS, a reconstruction)",
          aggressive, "beta pull"};
}

}  // namespace firstspike
