#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "firstspike/data/image_set.hpp"

using namespace firstspike;

namespace {

std::uint64_t fnv1a(std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

using template_image = std::array<double, 784>;

std::array<template_image, 10> class_means(const image_set& set) {
  std::array<template_image, 10> means{};
  std::array<double, 10> members{};
  for (std::size_t i = 0; i < set.count; ++i) {
    ++members[set.labels[i]];
    for (std::size_t k = 0; k < 784; ++k) means[set.labels[i]][k] += image_at(set, i)[k];
  }
  for (std::size_t c = 0; c < 10; ++c) {
    for (double& v : means[c]) v /= members[c];
  }
  return means;
}

std::size_t nearest(const std::array<template_image, 10>& means, std::span<const std::uint8_t> image) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < 10; ++c) {
    double distance = 0;
    for (std::size_t k = 0; k < 784; ++k) distance += (means[c][k] - image[k]) * (means[c][k] - image[k]);
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

}  // namespace

TEST_CASE("strokes: the first 100 images of seed 1 are bit-identical on every machine") {
  CHECK(fnv1a(make_strokes(1, 100).pixels) == 0x479440fbc6162fb5);
}

TEST_CASE("strokes: an image does not depend on the range in which it is drawn") {
  const auto all = make_strokes(7, 60);
  for (std::size_t first = 0; first < 60; first += 13) {
    const std::size_t end = std::min<std::size_t>(first + 13, 60);
    CHECK(make_strokes(7, end - first, first) == images_between(all, first, end));
  }
  CHECK(make_strokes(7, 1, 59) == images_between(all, 59, 60));
}

TEST_CASE("strokes: another seed gives other images, and images of a class differ") {
  CHECK(make_strokes(1, 10).pixels != make_strokes(2, 10).pixels);
  CHECK(make_strokes(1, 10).pixels != make_strokes(std::uint64_t{1} << 32 | 1, 10).pixels);
  const auto set = make_strokes(1, 20);
  for (std::size_t i = 0; i < 10; ++i) CHECK(!std::ranges::equal(image_at(set, i), image_at(set, i + 10)));
}

TEST_CASE("strokes: each class has a tenth of the images") {
  const auto set = make_strokes(3, 1000, 60000);
  REQUIRE(set.labels.size() == 1000);
  for (std::uint8_t c = 0; c < 10; ++c) CHECK(std::ranges::count(set.labels, c) == 100);
}

TEST_CASE("strokes: images are white on black as MNIST's are, within their frame") {
  const auto set = make_strokes(1, 1000);
  CHECK(set.rows == 28);
  CHECK(set.columns == 28);
  std::size_t on_frame = 0;
  for (std::size_t i = 0; i < set.count; ++i) {
    const auto image = image_at(set, i);
    const auto black = std::ranges::count(image, 0);
    CAPTURE(i);
    CHECK(black > 784 / 2);
    CHECK(black < 784 - 20);
    CHECK(*std::ranges::max_element(image) >= 200);
    for (std::size_t k = 0; k < 28; ++k) {
      on_frame += (image[k] != 0) + (image[27 * 28 + k] != 0) + (image[28 * k] != 0) + (image[28 * k + 27] != 0);
    }
  }
  CHECK(on_frame < 1000 * 112 / 100);
}

TEST_CASE("strokes: classes are distinguishable, but not by templates only") {
  const auto means = class_means(make_strokes(1, 2000));
  const auto test = make_strokes(1, 1000, 60000);
  std::size_t right = 0;
  for (std::size_t i = 0; i < test.count; ++i) right += nearest(means, image_at(test, i)) == test.labels[i];
  CAPTURE(right);
  CHECK(right > 600);
  CHECK(right < 950);
}

TEST_CASE("strokes: a count of 0 is refused") { CHECK_THROWS_AS(make_strokes(1, 0), std::invalid_argument); }
