// Losses on the firing times of the output layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace firstspike {

/// A loss and its derivative by each output's firing time.
struct time_loss {
  double value = 0;
  std::vector<double> dl_dt;  ///< [output], [1 / steps]
};

/// Target times of S4NN's relative scheme (Kheradpisheh & Masquelier 2020, eq. 10): tau = min_j t_j; the true output's
/// is tau, others' is tau + gamma where they fire before that, else their own time. Nobody fires: t_max - gamma for the
/// true output, t_max for others. `times` [output], silent ones as t_max [steps]; targets end at t_max.
std::vector<double> relative_targets(std::span<const double> times, std::size_t truth, double gamma, double t_max);

/// L = 1/2 sum_j e_j^2 with e_j = (T_j - t_j) / t_max, T the relative targets held fixed (eq. 9). `times` as recorded.
time_loss relative_loss(std::span<const double> times, std::size_t truth, double gamma, double t_max);

/// Cross-entropy of softmax(-t / beta): L = log sum_k exp((t_truth - t_k) / beta) (Mostafa 2018, eq. 18, with t / beta
/// in place of e^t). Silent outputs count as t_max. beta > 0 [steps].
time_loss cross_entropy(std::span<const double> times, std::size_t truth, double beta, double t_max);

/// "Aggressive TTFS", a reconstruction: Spiking-GAN (Kotariya & Ganguly 2022, arXiv 2106.15420) names the loss, its
/// formula is not public to us. cross_entropy plus `pull` p t_truth / beta, where p, the truth's share of the softmax,
/// is held fixed: the true output is drawn earlier than the first spike, the more the surer the network is of it; while
/// it is wrong the cross-entropy has the say. pull >= 0; dL/dt_truth = (1 - p + pull p) / beta.
time_loss aggressive_loss(std::span<const double> times, std::size_t truth, double beta, double pull, double t_max);

/// Binary cross-entropy of a discriminator's two output times {real, fake}: logit = (t_fake - t_real) / beta,
/// L = -y log s(logit) - (1 - y) log(1 - s(logit)), y in [0, 1] the label "real". Silent outputs count as t_max. `pull`
/// as in aggressive_loss, on the output that is right (real where y > 1/2) and by its share s(logit) or 1 - s(logit).
time_loss real_or_fake(std::span<const double> times, double label, double beta, double pull, double t_max);

}  // namespace firstspike
