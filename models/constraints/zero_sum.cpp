// zero_sum: the weights to each postsynaptic neuron add up to 0.
//
// For inputs that all fire with the same probability this centres their sum: their mean has no effect on any neuron.
// Without the constraint, Adam changes all of these weights by similar amounts, and the effect of the mean dominates.
#include <vector>

#include "firstspike/models/constraints.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {
namespace {

template <class Real>
void project(std::span<Real> matrix, std::size_t posts) {
  std::vector<Real> mean(posts);
  const auto add = kernels<Real>().add;
  for (std::size_t first = 0; first < matrix.size(); first += posts) add(mean.data(), &matrix[first], posts);
  const auto pres = matrix.size() / posts;
  for (auto& m : mean) m = -(m / static_cast<Real>(pres));
  for (std::size_t first = 0; first < matrix.size(); first += posts) add(&matrix[first], mean.data(), posts);
}

}  // namespace

constraint zero_sum_constraint() {
  return {"zero_sum", "the weights from the noise to each neuron add up to 0", {project<float>, project<double>}};
}

}  // namespace firstspike
