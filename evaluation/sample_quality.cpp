#include "firstspike/evaluation/sample_quality.hpp"

#include <algorithm>
#include <cmath>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/evaluation/frechet.hpp"

namespace firstspike {
namespace {

// Sets of samples have different sizes. Precision and recall use the same number of real points for all, so that they
// are comparable.
constexpr std::size_t covered_points = 10'000, nearest_points = 3;

std::span<const float> first_points(const classifications& c) {
  return std::span(c.latencies).first(std::min(c.latencies.size(), covered_points * c.hidden));
}

}  // namespace

template <class Real>
std::vector<sample_quality> measure_samples(const network<Real>& classifier, const reference_options& options,
                                            const image_set& train, std::span<const named_images> sets,
                                            const run_options& run, const progress_callback& progress) {
  for (const auto& set : sets) {
    require(set.images.count >= 10, "{}: {} images, needed: 10 or more", set.name, set.images.count);
  }
  std::uint64_t total = train.count, done = 0;
  for (const auto& set : sets) total += set.images.count;
  const progress_callback counting = [&](std::uint64_t now, std::uint64_t) {
    return !progress || progress(done + now, total);
  };
  const progress_callback waiting = [&](std::uint64_t, std::uint64_t) { return !progress || progress(done, total); };
  const auto real = classify_images(classifier, options, train, run, counting);
  done += train.count;
  const auto fit_of_real = fit_normal(real.latencies, real.hidden);
  const auto radii = neighbour_radii(first_points(real), real.hidden, run.threads, nearest_points, waiting);
  std::vector<sample_quality> all;
  for (const auto& [name, images] : sets) {
    const auto seen = classify_images(classifier, options, images, run, waiting);
    sample_quality q{name, images.count, class_shares(seen), mean_confidence(seen)};
    q.frechet = frechet_distance(fit_normal(seen.latencies, seen.hidden), fit_of_real);
    q.covered = precision_and_recall(first_points(real), radii, first_points(seen), seen.hidden, run.threads,
                                     nearest_points, waiting);
    q.closest_two = std::sqrt(static_cast<double>(closest_two_squared(images, run.threads, waiting)));
    q.nearest_train = mean_distance(nearest_squared(images, train, run.threads, counting));
    all.push_back(std::move(q));
    done += images.count;
  }
  return all;
}

image_set noise_like(const image_set& shape, std::uint64_t seed) {
  image_set noise{shape.count, shape.rows, shape.columns, std::vector<std::uint8_t>(shape.pixels.size()), {}};
  random_stream stream(seed, draw::noise_images);
  for (auto& pixel : noise.pixels) pixel = static_cast<std::uint8_t>(stream.below(256));
  return noise;
}

template std::vector<sample_quality> measure_samples(const network<float>&, const reference_options&, const image_set&,
                                                     std::span<const named_images>, const run_options&,
                                                     const progress_callback&);
template std::vector<sample_quality> measure_samples(const network<double>&, const reference_options&, const image_set&,
                                                     std::span<const named_images>, const run_options&,
                                                     const progress_callback&);

}  // namespace firstspike
