// Random convolutions, and random networks of them.
#pragma once

#include <cstdint>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/network.hpp"

namespace firstspike {

struct drawn_convolution {
  convolution how;
  grid pre, post;
};
/// With up to `most_channels` after it.
drawn_convolution draw_convolution(random_stream& random, const grid& pre, std::uint32_t most_channels);

grid draw_grid(random_stream& random);

/// The description of a network, with one sample.
struct random_chain {
  std::vector<population> populations;
  std::vector<projection<double>> projections;
  std::vector<double> source_times;
};

/// A chain of convolutions and, sometimes, a second projection or a dense or sparse one beside them. Even numbers have
/// whole weights, delays and times, numbers 2 and 3 of each four the ramp kernel. The same for the same arguments.
random_chain draw_chain(std::uint64_t number, bool fire_phase);

}  // namespace firstspike
