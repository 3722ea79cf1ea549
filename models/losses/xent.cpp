// xent: cross-entropy of softmax(-t / beta), L = log sum_k exp((t_truth - t_k) / beta) (Mostafa 2018, eq. 18, with
// t / beta in place of e^t). With two outputs it is the logistic loss of (t_1 - t_0) / beta.
#include <algorithm>
#include <cmath>

#include "firstspike/models/losses.hpp"

namespace firstspike {

double exact_exp(double x) {
  if (x < -700) return 0;
  if (x > 700) x = 700;
  constexpr double ln2_high = 0x1.62e42fefa0000p-1, ln2_low = 0x1.cf79abc9e3b3ap-40;  // Cody & Waite 1980
  const double k = std::floor(x * 0x1.71547652b82fep0 + 0.5);
  const double r = (x - k * ln2_high) - k * ln2_low;  // |r| <= ln 2 / 2
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = 1 + r / n * sum;  // Taylor: next term is below 2^-60
  return std::ldexp(sum, static_cast<int>(k));
}

namespace {

time_loss cross_entropy(std::span<const double> times, std::size_t truth, const loss_options& o) {
  const auto counted = counted_until(times, o.t_max);
  const double tau = *std::min_element(counted.begin(), counted.end());
  time_loss loss;
  double sum = 0;
  for (const double t : counted) {
    loss.dl_dt.push_back(exact_exp((tau - t) / o.beta));
    sum += loss.dl_dt.back();
  }
  for (std::size_t j = 0; j < counted.size(); ++j) {
    loss.dl_dt[j] = ((j == truth ? 1.0 : 0.0) - loss.dl_dt[j] / sum) / o.beta;
  }
  loss.value = std::log(sum) - (tau - counted[truth]) / o.beta;
  return loss;
}

}  // namespace

loss xent_loss() { return {"xent", "cross-entropy of softmax(-t / beta)", cross_entropy, "beta"}; }

}  // namespace firstspike
