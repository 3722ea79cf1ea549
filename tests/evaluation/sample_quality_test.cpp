// Quality of images: each measure, compared with values computed by hand or from the definition.
#include "firstspike/evaluation/sample_quality.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "firstspike/data/image_set.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/evaluation/frechet.hpp"
#include "firstspike/evaluation/neighbours.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/evaluation/reference_classifier.hpp"
#include "firstspike/models/classifier.hpp"

using namespace firstspike;

namespace {

std::vector<float> random_points(std::uint64_t seed, std::size_t count, std::size_t size, double scale = 1) {
  random_stream stream(seed, draw::tests);
  std::vector<float> points(count * size);
  for (auto& x : points) x = static_cast<float>(scale * stream.normal());
  return points;
}

double squared(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * static_cast<double>(a[i] - b[i]);
  return sum;
}

// The definition of Kynkäänniemi et al., point by point.
double share_within_by_definition(std::span<const float> of, std::span<const float> around, std::size_t size,
                                  std::size_t k) {
  const auto point = [size](std::span<const float> all, std::size_t i) { return all.subspan(i * size, size); };
  const auto count = around.size() / size;
  std::size_t within = 0;
  for (std::size_t i = 0; i < of.size() / size; ++i) {
    bool found = false;
    for (std::size_t j = 0; j < count && !found; ++j) {
      std::vector<double> others;
      for (std::size_t m = 0; m < count; ++m) {
        if (m != j) others.push_back(squared(point(around, j), point(around, m)));
      }
      std::nth_element(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(k - 1), others.end());
      found = squared(point(of, i), point(around, j)) <= others[k - 1];
    }
    within += found;
  }
  return static_cast<double>(within) / static_cast<double>(of.size() / size);
}

image_set images_of(std::vector<std::uint8_t> pixels) {
  const auto count = pixels.size() / 4;
  return {count, 2, 2, std::move(pixels), {}};
}

}  // namespace

TEST_CASE("Fréchet distance: by hand in one dimension, (m - m')^2 + (s - s')^2") {
  const std::vector<float> a{0, 2}, b{5, 5 + 6};  // means 1 and 8, deviations sqrt 2 and 3 sqrt 2
  CHECK(frechet_distance(a, b, 1) == doctest::Approx(49 + 8));
  CHECK(frechet_distance(a, a, 1) == doctest::Approx(0));
}

TEST_CASE("Fréchet distance: independent axes add up, also where the sets' axes differ in turn") {
  // Axis-aligned crosses: covariances diag(32, 2) and diag(2, 32) by 1 / 3, which commute: 2 (sqrt(32/3) -
  // sqrt(2/3))^2.
  const std::vector<float> a{4, 0, -4, 0, 0, 1, 0, -1}, b{1, 0, -1, 0, 0, 4, 0, -4};
  const double apart = std::sqrt(32.0 / 3) - std::sqrt(2.0 / 3);
  CHECK(frechet_distance(a, b, 2) == doctest::Approx(2 * apart * apart));
}

TEST_CASE("Fréchet distance: symmetric, zero for the same points in another order, more for a wider cloud") {
  const auto a = random_points(1, 200, 5), b = random_points(2, 200, 5, 1.5);
  CHECK(frechet_distance(a, b, 5) == doctest::Approx(frechet_distance(b, a, 5)));
  auto turned = a;
  std::rotate(turned.begin(), turned.begin() + 25, turned.end());
  CHECK(std::abs(frechet_distance(a, turned, 5)) < 1e-9);  // rounding of sums of 200 numbers of size 1
  CHECK(frechet_distance(a, b, 5) > frechet_distance(a, random_points(3, 200, 5), 5));
  CHECK_THROWS_AS(frechet_distance(std::vector<float>{1, 2}, a, 2), std::invalid_argument);
}

TEST_CASE("neighbours: squared distances by hand") {
  const auto of = images_of({0, 0, 0, 0, 9, 9, 9, 9}), to = images_of({3, 0, 0, 0, 0, 1, 1, 255, 9, 9, 9, 8});
  CHECK(nearest_squared(of, to, 2) == std::vector<std::uint32_t>{9, 1});
  CHECK(mean_distance(nearest_squared(of, to, 1)) == 2);
  CHECK(nearest_squared(images_of({255, 255, 255, 255}), images_of({0, 0, 0, 0}), 1)[0] == 4 * 255 * 255);
}

TEST_CASE("neighbours: the closest two of a set, which are not one image and itself") {
  CHECK(closest_two_squared(images_of({1, 1, 1, 1, 1, 1, 1, 3, 9, 1, 1, 1}), 2) == 4);
  CHECK(closest_two_squared(images_of({1, 2, 3, 4, 7, 7, 7, 7, 1, 2, 3, 4}), 1) == 0);
  CHECK_THROWS_AS(closest_two_squared(images_of({1, 2, 3, 4}), 1), std::invalid_argument);
}

TEST_CASE("neighbours: sums over all pixels, for digits and for noise, in blocks that are not full") {
  const auto digits = make_strokes(3, 71);
  for (const auto& of : {digits, noise_like(digits, 5)}) {
    for (const auto& to : {make_strokes(4, 45), noise_like(digits, 6)}) {
      const auto found = nearest_squared(of, to, 2);
      std::uint32_t closest = 0xffffffff;
      for (std::size_t i = 0; i < of.count; ++i) {
        std::uint32_t nearest = 0xffffffff;
        const auto distance = [&](const image_set& others, std::size_t other) {
          std::uint32_t sum = 0;
          for (std::size_t p = 0; p < 784; ++p) {
            const int d = image_at(of, i)[p] - image_at(others, other)[p];
            sum += static_cast<std::uint32_t>(d * d);
          }
          return sum;
        };
        for (std::size_t other = 0; other < to.count; ++other) nearest = std::min(nearest, distance(to, other));
        for (std::size_t other = 0; other < i; ++other) closest = std::min(closest, distance(of, other));
        REQUIRE(found[i] == nearest);
      }
      CHECK(closest_two_squared(of, 2) == closest);
    }
  }
}

TEST_CASE("neighbours: a search can be cancelled, and counts the images") {
  const auto digits = make_strokes(3, 300);
  std::vector<std::uint64_t> seen;
  nearest_squared(digits, digits, 1, [&](std::uint64_t done, std::uint64_t all) {
    CHECK(all == 300);
    seen.push_back(done);
    return true;
  });
  CHECK(seen == std::vector<std::uint64_t>{0, 128, 256, 300});
  const progress_callback never = [](std::uint64_t, std::uint64_t) { return false; };
  CHECK_THROWS_AS(nearest_squared(digits, digits, 1, never), cancelled);
  CHECK_THROWS_AS(closest_two_squared(digits, 1, never), cancelled);
}

TEST_CASE("precision and recall: as defined, point by point, on 20 random pairs of sets") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto real = random_points(2 * seed, 60, 3), samples = random_points(2 * seed + 1, 40, 3, 0.6);
    const auto found = precision_and_recall(real, samples, 3, 2);
    CHECK(found.precision == share_within_by_definition(samples, real, 3, 3));
    CHECK(found.recall == share_within_by_definition(real, samples, 3, 3));
  }
}

TEST_CASE("precision and recall: a set in one corner has high precision and low recall; a distant set has neither") {
  const auto real = random_points(1, 400, 2);
  const auto corner = random_points(2, 400, 2, 0.1);
  const auto narrow = precision_and_recall(real, corner, 2, 1);
  CHECK(narrow.precision > 0.9);
  CHECK(narrow.recall < 0.2);
  auto far = corner;
  for (auto& x : far) x += 50;
  CHECK(precision_and_recall(real, far, 2, 1).precision == 0);
  CHECK(precision_and_recall(real, far, 2, 1).recall == 0);
}

TEST_CASE(
    "reference classifier: labels and confidence follow from the output times, latencies are the hidden neurons' "
    "times") {
  auto options = classifier_defaults(synapse_kernel::ramp, "free", "xent");
  options.hidden = {12};
  const auto c = make_classifier<double>(options, 784);
  const auto set = make_strokes(3, 30, 0);
  std::vector<std::uint8_t> labels{5, 6, 7, 8, 9, 0, 1, 2, 3, 4};
  const reference_options reading{labels, options.t_in, options.t_max, options.beta};
  const auto seen = classify_images(c.net(), reading, set, {scheduler::heap, 2});
  CHECK(seen.labels.size() == 30);
  CHECK(seen.hidden == 12);
  CHECK(seen.latencies.size() == 30 * 12);
  std::vector<double> inputs;
  for (std::size_t i = 0; i < 784; ++i) {
    const auto pixel = set.pixels[7 * 784 + i];
    inputs.push_back(pixel == 0 ? never : std::floor((255 - pixel) * 256.0 / 255));
  }
  const auto record = simulate(c.net(), inputs, {options.t_max, scheduler::naive, 1, true});
  const auto times = record.times_of(0);
  const auto best = decide(times.subspan(796), record.v_m_of(0).subspan(796), 0, options.t_max).output;
  double sum = 0;
  for (std::size_t k = 0; k < 10; ++k) {
    sum += std::exp((std::min(times[796 + best], 768.0) - std::min(times[796 + k], 768.0)) / options.beta);
  }
  CHECK(seen.labels[7] == labels[best]);
  CHECK(seen.confidence[7] == doctest::Approx(1 / sum));
  for (std::size_t h = 0; h < 12; ++h) {
    CHECK(seen.latencies[7 * 12 + h] == static_cast<float>(std::min(times[784 + h], 768.0) / 256));
  }
  const auto shares = class_shares(seen);
  CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == doctest::Approx(1));
}

TEST_CASE("class shares are counts divided once: all images of one class have the share 1") {
  classifications seen;
  seen.labels.assign(10'000, 3);
  CHECK(class_shares(seen) == std::vector<double>{0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
  seen.labels.clear();
  CHECK(class_shares(seen) == std::vector<double>(10));
}
