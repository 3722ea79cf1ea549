// Which neurons' membranes a report draws.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/inspect/causes.hpp"

namespace firstspike {

/// A neuron that the user asked for: LAYER:ID.
struct asked_neuron {
  std::string lane;
  std::uint64_t id = 0;
};

/// From "hidden:3". Throws usage_error for a text that is none.
asked_neuron read_asked_neuron(const std::string& text);

/// All neurons of a small last layer, eight of a large one, evenly in the order of their spikes; and of each layer
/// before it those twelve that mattered most: the largest sums of |share of v_th| over the paths to the decision, the
/// earliest output spike, or to the eight. Global ids, ascending.
template <class Real>
std::vector<std::uint32_t> neurons_that_matter(const observed_run<Real>& run);

}  // namespace firstspike
