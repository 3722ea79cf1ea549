// none: weights are unconstrained.
#include "firstspike/models/constraints.hpp"

namespace firstspike {
namespace {

template <class Real>
void project(std::span<Real>, std::size_t) {}

}  // namespace

constraint none_constraint() { return {"none", "weights are unconstrained", {project<float>, project<double>}}; }

}  // namespace firstspike
