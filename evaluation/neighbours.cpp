#include "firstspike/evaluation/neighbours.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

#include "firstspike/engine/parallel.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// Images in a form for exact distances, |a|^2 + |b|^2 - 2 a b in whole numbers: most pixels of digits are black, so
// only the others of b are multiplied, each with the same pixel of several images a.
struct lit_pixel {
  std::uint16_t index;  // row * columns + column
  std::uint8_t level;   // above 0
};

struct lit_images {
  std::vector<lit_pixel> pixels;      // of one image after the other
  std::vector<std::size_t> first;     // [images + 1] into `pixels`
  std::vector<std::int32_t> squared;  // [images] sum of squared levels
};

lit_images lit_pixels_of(const image_set& set) {
  require(pixels_per_image(set) <= 0x10000, "images of {} pixels, allowed: up to 65536", pixels_per_image(set));
  lit_images lit{{}, {0}, {}};
  for (std::size_t i = 0; i < set.count; ++i) {
    const auto image = image_at(set, i);
    std::int32_t squared = 0;
    for (std::size_t p = 0; p < image.size(); ++p) {
      if (image[p] == 0) continue;
      lit.pixels.push_back({static_cast<std::uint16_t>(p), image[p]});
      squared += image[p] * image[p];
    }
    lit.first.push_back(lit.pixels.size());
    lit.squared.push_back(squared);
  }
  return lit;
}

constexpr std::size_t lanes_at_once = 16, images_at_once = 2 * lanes_at_once;
using lanes = float __attribute__((vector_size(sizeof(float) * lanes_at_once)));
using distances_at_once = std::array<std::int32_t, images_at_once>;

// The images [first, first + images_at_once) of a set, black beyond its end.
struct image_block {
  std::vector<float> pixels;    // [pixel][image]
  distances_at_once squared{};  // sum of squared levels

  image_block(const image_set& set, std::size_t first) : pixels(pixels_per_image(set) * images_at_once) {
    for (std::size_t j = 0; j < images_at_once && first + j < set.count; ++j) {
      const auto image = image_at(set, first + j);
      for (std::size_t p = 0; p < image.size(); ++p) {
        pixels[p * images_at_once + j] = image[p];
        squared[j] += image[p] * image[p];
      }
    }
  }

  // Squared distances of all images to one other.
  distances_at_once distances(const lit_images& others, std::size_t other) const {
    // A sum of so many products of two levels is exact in a float: 256 * 255 * 255 < 2^24.
    constexpr std::size_t exact = 256;
    distances_at_once result;
    for (std::size_t j = 0; j < images_at_once; ++j) result[j] = squared[j] + others.squared[other];
    const auto end = others.first[other + 1];
    for (auto first = others.first[other]; first < end; first += exact) {
      lanes low{}, high{};
      for (auto k = first; k < std::min(end, first + exact); ++k) {
        const float level = others.pixels[k].level;
        const float* same_pixel = &pixels[others.pixels[k].index * images_at_once];
        lanes a, b;
        std::memcpy(&a, same_pixel, sizeof a);
        std::memcpy(&b, same_pixel + lanes_at_once, sizeof b);
        low += level * a;
        high += level * b;
      }
      for (std::size_t j = 0; j < lanes_at_once; ++j) {
        result[j] -= 2 * static_cast<std::int32_t>(low[j]);
        result[j + lanes_at_once] -= 2 * static_cast<std::int32_t>(high[j]);
      }
    }
    return result;
  }
};

// Calls work(b) for each block b in [0, blocks), in parallel, and reports the progress in between.
template <class Work>
void for_each_block(std::size_t blocks, std::size_t per_block, std::size_t count, unsigned threads,
                    const progress_callback& progress, const Work& work) {
  const std::size_t at_once = 4 * std::size_t{threads};
  for (std::size_t first = 0; first < blocks; first += at_once) {
    report_progress(progress, std::min(count, first * per_block), count);
    parallel_for(std::min(at_once, blocks - first), threads, [&](std::size_t b) { work(first + b); });
  }
  report_progress(progress, count, count);
}

std::size_t blocks_of(std::size_t count, std::size_t size) { return (count + size - 1) / size; }

using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using points = Eigen::Map<const rows>;
constexpr Eigen::Index at_once = 256;

// Calls visit(i, distances [to]) for every point i of `of`, squared distances to every point of `to`.
template <class Visit>
void for_each_distance(const points& of, const points& to, unsigned threads, const progress_callback& progress,
                       const Visit& visit) {
  const Eigen::VectorXf of_norm = of.rowwise().squaredNorm();
  const Eigen::VectorXf to_norm = to.rowwise().squaredNorm();
  const auto all = static_cast<std::size_t>(of.rows());
  for_each_block(blocks_of(all, at_once), at_once, all, threads, progress, [&](std::size_t b) {
    const auto first = static_cast<Eigen::Index>(b) * at_once;
    const auto count = std::min(at_once, of.rows() - first);
    rows distances = -2 * of.middleRows(first, count) * to.transpose();
    distances.colwise() += of_norm.segment(first, count);
    distances.rowwise() += to_norm.transpose();
    for (Eigen::Index i = 0; i < count; ++i) visit(first + i, distances.row(i).data());
  });
}

// Fraction of the points of `of` that lie within the radius of some point of `around`.
double share_within(const points& of, const points& around, std::span<const float> radius, unsigned threads,
                    const progress_callback& progress) {
  std::atomic<std::size_t> within = 0;
  for_each_distance(of, around, threads, progress, [&](Eigen::Index, const float* distances) {
    std::size_t j = 0;
    while (j < radius.size() && distances[j] > radius[j]) ++j;
    within += j < radius.size();
  });
  return static_cast<double>(within) / static_cast<double>(of.rows());
}

points points_in(std::span<const float> numbers, std::size_t size) {
  return {numbers.data(), static_cast<Eigen::Index>(numbers.size() / size), static_cast<Eigen::Index>(size)};
}

void check_points(std::span<const float> numbers, std::size_t size, std::size_t k) {
  require(size > 0 && numbers.size() > k * size && numbers.size() % size == 0,
          "{} numbers, needed: more than {} points of {} numbers each", numbers.size(), k, size);
}

}  // namespace

std::vector<std::uint32_t> nearest_squared(const image_set& of, const image_set& to, unsigned threads,
                                           const progress_callback& progress) {
  require(of.rows == to.rows && of.columns == to.columns,
          "images of {} x {} and of {} x {} pixels, needed: equal sizes", of.rows, of.columns, to.rows, to.columns);
  require(to.count > 0, "0 images to search for neighbours, needed: 1 or more");
  const auto others = lit_pixels_of(to);
  std::vector<std::uint32_t> nearest(of.count);
  const auto search = [&](std::size_t b) {
    const auto first = b * images_at_once;
    const image_block block(of, first);
    distances_at_once lowest;
    lowest.fill(std::numeric_limits<std::int32_t>::max());
    for (std::size_t other = 0; other < to.count; ++other) {
      const auto distances = block.distances(others, other);
      for (std::size_t j = 0; j < images_at_once; ++j) lowest[j] = std::min(lowest[j], distances[j]);
    }
    for (auto i = first; i < std::min(of.count, first + images_at_once); ++i) {
      nearest[i] = static_cast<std::uint32_t>(lowest[i - first]);
    }
  };
  for_each_block(blocks_of(of.count, images_at_once), images_at_once, of.count, threads, progress, search);
  return nearest;
}

std::uint32_t closest_two_squared(const image_set& set, unsigned threads, const progress_callback& progress) {
  require(set.count > 1, "{} images, needed: 2 or more", set.count);
  const auto others = lit_pixels_of(set);
  std::vector<std::int32_t> closest(blocks_of(set.count, images_at_once), std::numeric_limits<std::int32_t>::max());
  const auto search = [&](std::size_t b) {  // each image and all before it
    const auto first = b * images_at_once, end = std::min(set.count, first + images_at_once);
    const image_block block(set, first);
    for (std::size_t other = 0; other < end; ++other) {
      const auto distances = block.distances(others, other);
      for (auto i = std::max(other + 1, first); i < end; ++i) closest[b] = std::min(closest[b], distances[i - first]);
    }
  };
  for_each_block(closest.size(), images_at_once, set.count, threads, progress, search);
  return static_cast<std::uint32_t>(std::ranges::min(closest));
}

double mean_distance(std::span<const std::uint32_t> squared) {
  double sum = 0;
  for (const auto s : squared) sum += std::sqrt(static_cast<double>(s));
  return squared.empty() ? 0 : sum / static_cast<double>(squared.size());
}

std::vector<float> neighbour_radii(std::span<const float> numbers, std::size_t size, unsigned threads, std::size_t k,
                                   const progress_callback& progress) {
  check_points(numbers, size, k);
  const auto of = points_in(numbers, size);
  std::vector<float> radius(static_cast<std::size_t>(of.rows()));
  for_each_distance(of, of, threads, progress, [&](Eigen::Index i, const float* distances) {
    std::vector<float> sorted(distances, distances + of.rows());
    const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(k);  // the nearest point is the point itself
    std::nth_element(sorted.begin(), place, sorted.end());
    radius[static_cast<std::size_t>(i)] = *place;
  });
  return radius;
}

coverage precision_and_recall(std::span<const float> real, std::span<const float> real_radii,
                              std::span<const float> samples, std::size_t size, unsigned threads, std::size_t k,
                              const progress_callback& progress) {
  check_points(real, size, k);
  check_points(samples, size, k);
  const auto a = points_in(real, size), b = points_in(samples, size);
  const auto radii = neighbour_radii(samples, size, threads, k, progress);
  return {share_within(b, a, real_radii, threads, progress), share_within(a, b, radii, threads, progress)};
}

coverage precision_and_recall(std::span<const float> real, std::span<const float> samples, std::size_t size,
                              unsigned threads, std::size_t k, const progress_callback& progress) {
  const auto radii = neighbour_radii(real, size, threads, k, progress);
  return precision_and_recall(real, radii, samples, size, threads, k, progress);
}

}  // namespace firstspike
