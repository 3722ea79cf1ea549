// What is done to training images on their way in, and how the learning rate falls.
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "engine/time.hpp"
#include "models/augmentation.hpp"
#include "models/classifier_options.hpp"

using namespace firstspike;

namespace {

constexpr auto x = never;

std::vector<double> shifted(std::uint64_t step, double share = 1) {
  std::vector<double> image{1, 2, 3, 4, 5, 6};
  shift_images(image, 2, 3, 1, share, {7, step});
  return image;
}

}  // namespace

TEST_CASE("shift: an image moves by up to one pixel each way; what enters is silent") {
  const std::set<std::vector<double>> moved_by_hand{{1, 2, 3, 4, 5, 6}, {2, 3, x, 5, 6, x}, {x, 1, 2, x, 4, 5},
                                                    {4, 5, 6, x, x, x}, {x, x, x, 1, 2, 3}, {5, 6, x, x, x, x},
                                                    {x, 4, 5, x, x, x}, {x, x, x, 2, 3, x}, {x, x, x, x, 1, 2}};
  std::set<std::vector<double>> seen;
  for (std::uint64_t step = 0; step < 200; ++step) seen.insert(shifted(step));
  CHECK(seen == moved_by_hand);
}

TEST_CASE("shift: the same step moves the same way, and each image of a batch its own") {
  CHECK(shifted(3) == shifted(3));
  std::vector<double> batch;
  for (int k = 0; k < 32; ++k) batch.insert(batch.end(), {1, 2, 3, 4, 5, 6});
  shift_images(batch, 2, 3, 1, 1, {7, 3});
  std::set<std::vector<double>> seen;
  for (auto image = batch.begin(); image != batch.end(); image += 6) seen.emplace(image, image + 6);
  CHECK(seen.size() > 4);
  CHECK(std::vector<double>(batch.begin(), batch.begin() + 6) == shifted(3));
}

TEST_CASE("shift: the share of images that may move is kept to") {
  int unmoved = 0;
  for (std::uint64_t step = 0; step < 900; ++step) {
    CHECK(shifted(step, 0) == std::vector<double>{1, 2, 3, 4, 5, 6});
    unmoved += shifted(step, 0.5) == std::vector<double>{1, 2, 3, 4, 5, 6};
  }
  CHECK(unmoved > 440);  // half of them, and a ninth of the rest: 500 are expected, 60 is four deviations
  CHECK(unmoved < 560);
}

TEST_CASE("schedule: the learning rate stays, falls in a line, or as a square, and ends at 0") {
  classifier_options o;
  o.schedule_steps = 8;
  CHECK(share_of_rate(o.schedule, 100, o.schedule_steps) == 1);
  o.schedule = rate_schedule::linear;
  CHECK(share_of_rate(o.schedule, 0, o.schedule_steps) == 1);
  CHECK(share_of_rate(o.schedule, 2, o.schedule_steps) == 0.75);
  CHECK(share_of_rate(o.schedule, 8, o.schedule_steps) == 0);
  CHECK(share_of_rate(o.schedule, 9, o.schedule_steps) == 0);
  o.schedule = rate_schedule::square;
  CHECK(share_of_rate(o.schedule, 2, o.schedule_steps) == 0.5625);
}
