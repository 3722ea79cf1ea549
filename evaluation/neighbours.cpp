#include "firstspike/evaluation/neighbours.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "firstspike/engine/parallel.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

std::uint32_t squared_distance(const std::uint8_t* __restrict a, const std::uint8_t* __restrict b, std::size_t size) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto d = static_cast<std::int16_t>(a[i] - b[i]);
    sum += d * d;
  }
  return static_cast<std::uint32_t>(sum);
}

// Images of `of` are processed a few at a time, so that one pass over `to` serves all of them from the cache.
template <class Allowed>
std::vector<std::uint32_t> search(const image_set& of, const image_set& to, unsigned threads, const Allowed& allowed) {
  constexpr std::size_t block = 16;
  const auto size = pixels_per_image(of);
  std::vector<std::uint32_t> nearest(of.count, std::numeric_limits<std::uint32_t>::max());
  parallel_for((of.count + block - 1) / block, threads, [&](std::size_t b) {
    for (std::size_t other = 0; other < to.count; ++other) {
      for (auto i = b * block; i < std::min(of.count, (b + 1) * block); ++i) {
        if (!allowed(i, other)) continue;
        nearest[i] = std::min(nearest[i], squared_distance(image_at(of, i).data(), image_at(to, other).data(), size));
      }
    }
  });
  return nearest;
}

using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using points = Eigen::Map<const rows>;
constexpr Eigen::Index at_once = 256;

// Calls visit(i, distances [to]) for every point i of `of`, squared distances to every point of `to`.
template <class Visit>
void for_each_distance(const points& of, const points& to, unsigned threads, const Visit& visit) {
  const Eigen::VectorXf of_norm = of.rowwise().squaredNorm();
  const Eigen::VectorXf to_norm = to.rowwise().squaredNorm();
  const auto blocks = static_cast<std::size_t>((of.rows() + at_once - 1) / at_once);
  parallel_for(blocks, threads, [&](std::size_t b) {
    const auto first = static_cast<Eigen::Index>(b) * at_once;
    const auto count = std::min(at_once, of.rows() - first);
    rows distances = -2 * of.middleRows(first, count) * to.transpose();
    distances.colwise() += of_norm.segment(first, count);
    distances.rowwise() += to_norm.transpose();
    for (Eigen::Index i = 0; i < count; ++i) visit(first + i, distances.row(i).data());
  });
}

// [point] squared distance to the k-th nearest other point. The nearest point is the point itself, hence index k.
std::vector<float> radii(const points& of, unsigned threads, std::size_t k) {
  std::vector<float> radius(static_cast<std::size_t>(of.rows()));
  for_each_distance(of, of, threads, [&](Eigen::Index i, const float* distances) {
    std::vector<float> sorted(distances, distances + of.rows());
    const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(k);
    std::nth_element(sorted.begin(), place, sorted.end());
    radius[static_cast<std::size_t>(i)] = *place;
  });
  return radius;
}

// Fraction of the points of `of` that lie within the radius of some point of `around`.
double share_within(const points& of, const points& around, const std::vector<float>& radius, unsigned threads) {
  std::atomic<std::size_t> within = 0;
  for_each_distance(of, around, threads, [&](Eigen::Index, const float* distances) {
    std::size_t j = 0;
    while (j < radius.size() && distances[j] > radius[j]) ++j;
    within += j < radius.size();
  });
  return static_cast<double>(within) / static_cast<double>(of.rows());
}

}  // namespace

std::vector<std::uint32_t> nearest_squared(const image_set& of, const image_set& to, unsigned threads) {
  require(of.rows == to.rows && of.columns == to.columns,
          "images of {} x {} and of {} x {} pixels, needed: equal sizes", of.rows, of.columns, to.rows, to.columns);
  require(to.count > 0, "0 images to search for neighbours, needed: 1 or more");
  return search(of, to, threads, [](std::size_t, std::size_t) { return true; });
}

std::vector<std::uint32_t> nearest_other_squared(const image_set& set, unsigned threads) {
  require(set.count > 1, "{} images, needed: 2 or more", set.count);
  return search(set, set, threads, [](std::size_t i, std::size_t other) { return i != other; });
}

double mean_distance(std::span<const std::uint32_t> squared) {
  double sum = 0;
  for (const auto s : squared) sum += std::sqrt(static_cast<double>(s));
  return squared.empty() ? 0 : sum / static_cast<double>(squared.size());
}

coverage precision_and_recall(std::span<const float> real, std::span<const float> samples, std::size_t size,
                              unsigned threads, std::size_t k) {
  require(size > 0 && real.size() > k * size && samples.size() > k * size && real.size() % size == 0 &&
              samples.size() % size == 0,
          "{} and {} numbers, needed: more than {} points of {} numbers each", real.size(), samples.size(), k, size);
  const auto width = static_cast<Eigen::Index>(size);
  const points a(real.data(), static_cast<Eigen::Index>(real.size() / size), width);
  const points b(samples.data(), static_cast<Eigen::Index>(samples.size() / size), width);
  return {share_within(b, a, radii(a, threads, k), threads), share_within(a, b, radii(b, threads, k), threads)};
}

}  // namespace firstspike
