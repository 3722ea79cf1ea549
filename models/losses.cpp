#include "models/losses.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "models/exact_math.hpp"

namespace firstspike {
namespace {

std::vector<double> counted_until(std::span<const double> times, double t_max) {
  std::vector<double> counted(times.begin(), times.end());
  for (auto& t : counted) t = std::min(t, t_max);
  return counted;
}

}  // namespace

std::vector<double> relative_targets(std::span<const double> times, std::size_t truth, double gamma, double t_max) {
  assert(truth < times.size());
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

time_loss relative_loss(std::span<const double> times, std::size_t truth, double gamma, double t_max) {
  const auto counted = counted_until(times, t_max);
  const auto targets = relative_targets(counted, truth, gamma, t_max);
  time_loss loss;
  for (std::size_t j = 0; j < times.size(); ++j) {
    const double e = (targets[j] - counted[j]) / t_max;
    loss.value += 0.5 * e * e;
    loss.dl_dt.push_back(-e / t_max);
  }
  return loss;
}

time_loss cross_entropy(std::span<const double> times, std::size_t truth, double beta, double t_max) {
  assert(truth < times.size());
  const auto counted = counted_until(times, t_max);
  const double tau = *std::min_element(counted.begin(), counted.end());
  time_loss loss;
  double sum = 0;
  for (const double t : counted) {
    loss.dl_dt.push_back(exact_exp((tau - t) / beta));
    sum += loss.dl_dt.back();
  }
  for (std::size_t j = 0; j < counted.size(); ++j) {
    loss.dl_dt[j] = ((j == truth ? 1.0 : 0.0) - loss.dl_dt[j] / sum) / beta;
  }
  loss.value = std::log(sum) - (tau - counted[truth]) / beta;
  return loss;
}

time_loss aggressive_loss(std::span<const double> times, std::size_t truth, double beta, double pull, double t_max) {
  auto loss = cross_entropy(times, truth, beta, t_max);
  const double sure = 1 - loss.dl_dt[truth] * beta;
  loss.value += pull * sure * std::min(times[truth], t_max) / beta;
  loss.dl_dt[truth] += pull * sure / beta;
  return loss;
}

time_loss real_or_fake(std::span<const double> times, double label, double beta, double pull, double t_max) {
  assert(times.size() == 2);
  const auto counted = counted_until(times, t_max);
  const double logit = (counted[1] - counted[0]) / beta;
  const double real = exact_sigmoid(logit);
  const double apart = (real - label) / beta;  // dL/dlogit / beta
  const double softplus = std::max(logit, 0.0) + std::log1p(std::exp(-std::abs(logit)));
  time_loss loss{softplus - label * logit, {-apart, apart}};
  const std::size_t right = label > 0.5 ? 0 : 1;
  const double sure = right == 0 ? real : 1 - real;
  loss.value += pull * sure * counted[right] / beta;
  loss.dl_dt[right] += pull * sure / beta;
  return loss;
}

}  // namespace firstspike
