// Fréchet distance of two sets of points, each seen as a normal distribution.
#pragma once

#include <cstddef>
#include <span>

namespace firstspike {

/// |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2), m the means and C the covariances (n - 1) of the points
/// (Dowson & Landau 1982; Heusel et al. 2017, arXiv 1706.08500, eq. 6, there over Inception features). `a` and `b`
/// [point][size], two points or more each. Throws std::invalid_argument otherwise. The last digits depend on the
/// machine's vector instructions.
double frechet_distance(std::span<const float> a, std::span<const float> b, std::size_t size);

}  // namespace firstspike
