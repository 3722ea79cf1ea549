// The built-in digits: pen strokes drawn by the program, for where MNIST cannot be had.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/image_set.hpp"

namespace firstspike {

/// `count` digits of 28 x 28 pixels, white on black as in MNIST, numbered from first_index on. Image i shows
/// digit i % 10 and depends on (seed, i) alone: the same bits on every machine, however a range is cut.
/// Throws std::invalid_argument where count is 0.
image_set make_strokes(std::uint64_t seed, std::size_t count, std::uint64_t first_index = 0);

}  // namespace firstspike
