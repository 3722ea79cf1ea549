// Fréchet distance of two sets of points, each approximated by a normal distribution.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace firstspike {

/// Mean and covariance (n - 1) of points.
struct normal_fit {
  std::vector<double> mean;        ///< [size]
  std::vector<double> covariance;  ///< [size][size]
};

/// `points` [point][size], two points or more. Throws std::invalid_argument otherwise.
normal_fit fit_normal(std::span<const float> points, std::size_t size);

/// |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2), m the means and C the covariances (Dowson & Landau
/// 1982; Heusel et al. 2017, arXiv 1706.08500, eq. 6, there over Inception features). Both must have the same size. The
/// last digits depend on the machine's vector instructions.
double frechet_distance(const normal_fit& a, const normal_fit& b);

/// The same for points, as for fit_normal.
double frechet_distance(std::span<const float> a, std::span<const float> b, std::size_t size);

}  // namespace firstspike
