#include "firstspike/evaluation/neighbours.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "firstspike/engine/parallel.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// Exact distances, |a|^2 + |b|^2 - 2 a b in whole numbers. Most pixels of digits are black, so only the others of b are
// multiplied, each with the same pixel of several images a. Processors multiply two pairs of 16-bit numbers and add the
// products in one instruction, so pixels come in pairs. Sums are modulo 2^32; the distance is below: 65536 * 255^2.
struct lit_pair {
  std::uint16_t index;  // of the pair in the image
  std::array<std::int16_t, 2> levels;
};

struct lit_images {
  std::vector<lit_pair> pairs;         // of one image after the other
  std::vector<std::size_t> first;      // [images + 1] into `pairs`
  std::vector<std::uint32_t> squared;  // [images] sum of squared levels
};

std::uint32_t squared_levels(std::span<const std::uint8_t> image) {
  std::uint32_t sum = 0;
  for (const std::uint32_t level : image) sum += level * level;
  return sum;
}

// The levels of a pair of pixels; an odd number of pixels ends with a black one.
std::array<std::int16_t, 2> pair_at(std::span<const std::uint8_t> image, std::size_t pair) {
  const auto level = [&](std::size_t pixel) {
    return static_cast<std::int16_t>(pixel < image.size() ? image[pixel] : 0);
  };
  return {level(2 * pair), level(2 * pair + 1)};
}

lit_images lit_pairs_of(const image_set& set) {
  require(pixels_per_image(set) <= 0x10000, "images of {} pixels, allowed: up to 65536", pixels_per_image(set));
  lit_images lit{{}, {0}, {}};
  for (std::size_t i = 0; i < set.count; ++i) {
    const auto image = image_at(set, i);
    for (std::size_t pair = 0; pair < (image.size() + 1) / 2; ++pair) {
      const auto levels = pair_at(image, pair);
      if (levels[0] != 0 || levels[1] != 0) lit.pairs.push_back({static_cast<std::uint16_t>(pair), levels});
    }
    lit.first.push_back(lit.pairs.size());
    lit.squared.push_back(squared_levels(image));
  }
  return lit;
}

constexpr std::size_t images_at_once = 32;
using distances_at_once = std::array<std::uint32_t, images_at_once>;

// The products of a pair of levels with the same pair of several images, added up: one 32-bit number for each image.
#if defined(__AVX512BW__)
struct pair_products {
  static constexpr std::size_t images = 16;
  __m512i sums = _mm512_setzero_si512();

  void add(const std::int16_t* of_images, int levels) {
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_loadu_si512(of_images), _mm512_set1_epi32(levels)));
  }
};
#elif defined(__AVX2__)
struct pair_products {
  static constexpr std::size_t images = 8;
  __m256i sums = _mm256_setzero_si256();

  void add(const std::int16_t* of_images, int levels) {
    const auto pixels = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(of_images));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pixels, _mm256_set1_epi32(levels)));
  }
};
#elif defined(__SSE2__)
struct pair_products {
  static constexpr std::size_t images = 4;
  __m128i sums = _mm_setzero_si128();

  void add(const std::int16_t* of_images, int levels) {
    const auto pixels = _mm_loadu_si128(reinterpret_cast<const __m128i*>(of_images));
    sums = _mm_add_epi32(sums, _mm_madd_epi16(pixels, _mm_set1_epi32(levels)));
  }
};
#else
struct pair_products {
  static constexpr std::size_t images = 8;
  std::array<std::uint32_t, images> sums{};

  void add(const std::int16_t* of_images, int levels) {
    const auto pair = std::bit_cast<std::array<std::int16_t, 2>>(levels);
    for (std::size_t i = 0; i < images; ++i) {
      sums[i] += static_cast<std::uint32_t>(of_images[2 * i] * pair[0] + of_images[2 * i + 1] * pair[1]);
    }
  }
};
#endif

// The images [first, first + images_at_once) of a set, black beyond its end.
struct image_block {
  std::vector<std::int16_t> pixels;  // [pair][image][2]
  distances_at_once squared{};       // sum of squared levels

  image_block(const image_set& set, std::size_t first) : pixels((pixels_per_image(set) + 1) / 2 * images_at_once * 2) {
    for (std::size_t j = 0; j < images_at_once && first + j < set.count; ++j) {
      const auto image = image_at(set, first + j);
      for (std::size_t pair = 0; pair < (image.size() + 1) / 2; ++pair) {
        std::ranges::copy(pair_at(image, pair), &pixels[(pair * images_at_once + j) * 2]);
      }
      squared[j] = squared_levels(image);
    }
  }

  // Squared distances of all images to one other.
  distances_at_once distances(const lit_images& others, std::size_t other) const {
    constexpr std::size_t parts = images_at_once / pair_products::images;
    std::array<pair_products, parts> products;
    for (auto k = others.first[other]; k < others.first[other + 1]; ++k) {
      const auto levels = std::bit_cast<std::int32_t>(others.pairs[k].levels);
      const auto* same_pair = &pixels[std::size_t{others.pairs[k].index} * images_at_once * 2];
      for (std::size_t p = 0; p < parts; ++p) products[p].add(same_pair + p * pair_products::images * 2, levels);
    }
    distances_at_once result;
    std::memcpy(result.data(), products.data(), sizeof result);
    for (std::size_t j = 0; j < images_at_once; ++j) result[j] = squared[j] + others.squared[other] - 2 * result[j];
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
  const auto others = lit_pairs_of(to);
  std::vector<std::uint32_t> nearest(of.count);
  const auto search = [&](std::size_t b) {
    const auto first = b * images_at_once;
    const image_block block(of, first);
    distances_at_once lowest;
    lowest.fill(std::numeric_limits<std::uint32_t>::max());
    for (std::size_t other = 0; other < to.count; ++other) {
      const auto distances = block.distances(others, other);
      for (std::size_t j = 0; j < images_at_once; ++j) lowest[j] = std::min(lowest[j], distances[j]);
    }
    for (auto i = first; i < std::min(of.count, first + images_at_once); ++i) nearest[i] = lowest[i - first];
  };
  for_each_block(blocks_of(of.count, images_at_once), images_at_once, of.count, threads, progress, search);
  return nearest;
}

std::uint32_t closest_two_squared(const image_set& set, unsigned threads, const progress_callback& progress) {
  require(set.count > 1, "{} images, needed: 2 or more", set.count);
  const auto others = lit_pairs_of(set);
  std::vector<std::uint32_t> closest(blocks_of(set.count, images_at_once), std::numeric_limits<std::uint32_t>::max());
  const auto search = [&](std::size_t b) {  // each image and all before it
    const auto first = b * images_at_once, end = std::min(set.count, first + images_at_once);
    const image_block block(set, first);
    for (std::size_t other = 0; other < end; ++other) {
      const auto distances = block.distances(others, other);
      for (auto i = std::max(other + 1, first); i < end; ++i) closest[b] = std::min(closest[b], distances[i - first]);
    }
  };
  for_each_block(closest.size(), images_at_once, set.count, threads, progress, search);
  return std::ranges::min(closest);
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
    // The k + 1 smallest in order; the nearest point is the point itself.
    std::vector<float> nearest(k + 1, std::numeric_limits<float>::infinity());
    for (const float d : std::span(distances, radius.size())) {
      if (!(d < nearest.back())) continue;
      nearest.back() = d;
      for (auto n = k; n > 0 && nearest[n] < nearest[n - 1]; --n) std::swap(nearest[n], nearest[n - 1]);
    }
    radius[static_cast<std::size_t>(i)] = nearest.back();
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
  std::atomic<std::size_t> precise = 0;
  std::vector<std::atomic<bool>> recalled(real_radii.size());
  for_each_distance(b, a, threads, progress, [&](Eigen::Index i, const float* distances) {
    bool is_within = false;
    const float radius = radii[static_cast<std::size_t>(i)];
    for (std::size_t j = 0; j < recalled.size(); ++j) {
      is_within |= distances[j] <= real_radii[j];
      if (distances[j] <= radius) recalled[j].store(true, std::memory_order_relaxed);
    }
    precise += is_within;
  });
  const auto covered = std::ranges::count_if(recalled, [](const auto& r) { return r.load(); });
  return {static_cast<double>(precise) / static_cast<double>(radii.size()),
          static_cast<double>(covered) / static_cast<double>(recalled.size())};
}

coverage precision_and_recall(std::span<const float> real, std::span<const float> samples, std::size_t size,
                              unsigned threads, std::size_t k, const progress_callback& progress) {
  const auto radii = neighbour_radii(real, size, threads, k, progress);
  return precision_and_recall(real, radii, samples, size, threads, k, progress);
}

}  // namespace firstspike
