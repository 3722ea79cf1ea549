// Augmentation of training images.
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/time.hpp"

using namespace firstspike;

namespace {

constexpr auto x = never;

std::vector<double> shifted(std::uint64_t step, double share = 1, std::uint64_t seed = 7) {
  std::vector<double> image{1, 2, 3, 4, 5, 6};
  shift_images(image, 2, 3, 1, share, seed, step);
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
  shift_images(batch, 2, 3, 1, 1, 7, 3);
  std::set<std::vector<double>> seen;
  for (auto image = batch.begin(); image != batch.end(); image += 6) seen.emplace(image, image + 6);
  CHECK(seen.size() > 4);
  CHECK(std::vector<double>(batch.begin(), batch.begin() + 6) == shifted(3));
  std::set<std::vector<double>> of_steps, of_seeds;
  for (std::uint64_t other = 0; other < 20; ++other) {
    of_steps.insert(shifted(other));
    of_seeds.insert(shifted(3, 1, other));
  }
  CHECK(of_steps.size() > 4);
  CHECK(of_seeds.size() > 4);
}

TEST_CASE("shift: images are shifted with the given probability") {
  int unmoved = 0;
  for (std::uint64_t step = 0; step < 900; ++step) {
    CHECK(shifted(step, 0) == std::vector<double>{1, 2, 3, 4, 5, 6});
    unmoved += shifted(step, 0.5) == std::vector<double>{1, 2, 3, 4, 5, 6};
  }
  CHECK(unmoved > 440);  // half of them, and a ninth of the rest: 500 are expected, 60 is four deviations
  CHECK(unmoved < 560);
}

TEST_CASE("shift: every offset is equally likely, and none exceeds the limit") {
  std::vector<int> counts(25);
  for (std::uint64_t step = 0; step < 5000; ++step) {
    std::vector<double> image(49, never);
    image[24] = 1;
    shift_images(image, 7, 7, 2, 1, 7, step);
    for (int down = -2; down <= 2; ++down) {
      for (int right = -2; right <= 2; ++right) {
        const auto place = static_cast<std::size_t>(24 + 7 * down + right);
        if (image[place] == 1) ++counts[static_cast<std::size_t>(5 * (down + 2) + right + 2)];
      }
    }
  }
  int all = 0;
  for (const int n : counts) {
    all += n;
    CHECK((n > 200 - 70 && n < 200 + 70));  // five deviations
  }
  CHECK(all == 5000);
}

TEST_CASE("shift: an image of a batch that does not move leaves the others where they are") {
  std::vector<double> batch;
  for (int k = 0; k < 64; ++k) batch.insert(batch.end(), {1, 2, 3, 4, 5, 6});
  shift_images(batch, 2, 3, 1, 0.5, 7, 3);
  int moved = 0;
  for (auto image = batch.begin(); image != batch.end(); image += 6) moved += *image != 1;
  CHECK((moved > 5 && moved < 50));
}

TEST_CASE("shift: image k of a batch moves by the numbers of (seed, augmentation, step, k): chance, down, right") {
  constexpr std::uint32_t rows = 5, columns = 4, most = 2, images = 12;
  std::set<std::pair<int, int>> offsets;
  for (std::uint64_t step = 0; step < 10; ++step) {
    for (const std::uint64_t seed : {std::uint64_t{7}, (std::uint64_t{1} << 32) + 7}) {
      std::vector<double> batch, expected;
      for (std::uint32_t k = 0; k < images * rows * columns; ++k) batch.push_back(k);
      for (std::uint32_t k = 0; k < images; ++k) {
        random_stream stream(seed, draw::augmentation, step, k);
        const bool moves = stream.uniform() < 0.75;
        const int down = moves ? static_cast<int>(stream.below(5)) - 2 : 0;
        const int right = moves ? static_cast<int>(stream.below(5)) - 2 : 0;
        offsets.insert({down, right});
        for (int y = 0; y < 5; ++y) {
          for (int x = 0; x < 4; ++x) {
            const int from_y = y - down, from_x = x - right;
            const bool inside = from_y >= 0 && from_y < 5 && from_x >= 0 && from_x < 4;
            expected.push_back(inside ? 20. * k + 4 * from_y + from_x : never);
          }
        }
      }
      shift_images(batch, rows, columns, most, 0.75, seed, step);
      CHECK(batch == expected);
    }
  }
  CHECK(offsets.size() == 25);
}

TEST_CASE("shift: an image whose number is exactly the share stays") {
  const double number = random_stream(7, draw::augmentation, 3, 0).uniform();
  CHECK(shifted(3, number) == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(shifted(3, number + 0x1p-32) == shifted(3, 1));
  CHECK(shifted(3, 1) != std::vector<double>{1, 2, 3, 4, 5, 6});
}
