// Backpropagation through spike times: a learning rule applied layer by layer, from the outputs to the sources.
//
// Rules need the spike record alone: no potential is kept, so a trace read back from disk gives the same gradient.
#pragma once

#include <span>
#include <vector>

#include "models/rules.hpp"

namespace firstspike {

/// Adds one sample's dL/dw to `g` (null: not wanted) and returns dL/dt of the source population [source].
/// `times` [neuron] as recorded, [steps]; `dl_dt` [size of the last layer], the derivative of the loss by the output
/// times.
template <class Real>
std::vector<Real> backprop(const learning_rule& rule, const network<Real>& net, std::span<const layer> layers,
                           std::span<const double> times, std::span<const Real> dl_dt, const rule_options& options,
                           gradients<Real>* g);

}  // namespace firstspike
