// Keyed random numbers: Philox's published values, and the effect of each part of a key.
#include "firstspike/data/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <vector>

using namespace firstspike;

namespace {

std::vector<std::uint32_t> numbers(random_stream stream, int count = 8) {
  std::vector<std::uint32_t> found;
  for (int i = 0; i < count; ++i) found.push_back(stream.bits());
  return found;
}

}  // namespace

TEST_CASE("random: the stream of zeros is Philox 4x32-10's published block") {
  // kat_vectors of Random123: key 0, counter 0.
  CHECK(numbers(random_stream(0, draw{0}), 4) ==
        std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
}

TEST_CASE("random: each part of a key makes another stream, high halves too, and the same key the same") {
  constexpr std::uint64_t high = std::uint64_t{1} << 32;
  std::set<std::vector<std::uint32_t>> streams;
  const auto is_new = [&](const random_stream& stream) { return streams.insert(numbers(stream)).second; };
  CHECK(is_new({1, draw::noise, 2, 3}));
  CHECK_FALSE(is_new({1, draw::noise, 2, 3}));
  CHECK(is_new({2, draw::noise, 2, 3}));
  CHECK(is_new({1 + high, draw::noise, 2, 3}));
  CHECK(is_new({1, draw::samples, 2, 3}));
  CHECK(is_new({1, draw::noise, 3, 3}));
  CHECK(is_new({1, draw::noise, 2 + high, 3}));
  CHECK(is_new({1, draw::noise, 2, 4}));
}

TEST_CASE("random: every purpose has its own number, which never changes") {
  CHECK(static_cast<int>(draw::initial_weights) == 1);
  CHECK(static_cast<int>(draw::epoch_order) == 2);
  CHECK(static_cast<int>(draw::noise) == 3);
  CHECK(static_cast<int>(draw::dequantisation) == 4);
  CHECK(static_cast<int>(draw::validation_split) == 5);
  CHECK(static_cast<int>(draw::dead_neurons) == 6);
  CHECK(static_cast<int>(draw::strokes) == 7);
  CHECK(static_cast<int>(draw::real_choice) == 8);
  CHECK(static_cast<int>(draw::samples) == 10);
  CHECK(static_cast<int>(draw::augmentation) == 11);
  CHECK(static_cast<int>(draw::noise_images) == 12);
}

TEST_CASE("random: uniform, below and normal have their ranges and moments") {
  random_stream stream(3, draw::tests);
  double sum = 0, normal = 0, squares = 0;
  std::vector<int> counts(7);
  constexpr int n = 70000;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    ++counts.at(stream.below(7));
    const double z = stream.normal();
    normal += z;
    squares += z * z;
  }
  CHECK(std::abs(sum / n - 0.5) < 5 * std::sqrt(1 / 12. / n));
  for (const int c : counts) CHECK(std::abs(c - n / 7) < 5 * std::sqrt(n / 7.));
  CHECK(std::abs(normal / n) < 5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2. / n));
}
