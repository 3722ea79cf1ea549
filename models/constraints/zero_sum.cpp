// zero_sum: the weights to each postsynaptic neuron add up to 0.
//
// For inputs that all fire with the same probability this centres their sum: their mean has no effect on any neuron.
// Without the constraint, Adam changes all of these weights by similar amounts, and the effect of the mean dominates.
#include <vector>

#include "firstspike/models/constraints.hpp"

namespace firstspike {
namespace {

template <class Real>
void project(std::span<Real> matrix, std::size_t posts) {
  std::vector<Real> mean(posts);
  for (std::size_t k = 0; k < matrix.size(); ++k) mean[k % posts] += matrix[k];
  const auto pres = matrix.size() / posts;
  for (auto& m : mean) m /= static_cast<Real>(pres);
  for (std::size_t k = 0; k < matrix.size(); ++k) matrix[k] -= mean[k % posts];
}

}  // namespace

constraint zero_sum_constraint() {
  return {"zero_sum", "the weights from the noise to each neuron add up to 0", {project<float>, project<double>}};
}

}  // namespace firstspike
