#include "firstspike/data/coding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

using namespace firstspike;

namespace {

std::vector<std::uint8_t> all_levels() {
  std::vector<std::uint8_t> levels(256);
  std::iota(levels.begin(), levels.end(), std::uint8_t{0});
  return levels;
}

}  // namespace

TEST_CASE("coding: firing times are those computed by hand") {
  CHECK(encode_pixel(255) == 0);
  CHECK(encode_pixel(254) == 1);    // 256 / 255 = 1.004
  CHECK(encode_pixel(200) == 55);   // 55 * 256 / 255 = 55.2
  CHECK(encode_pixel(128) == 127);  // 127 * 256 / 255 = 127.5
  CHECK(encode_pixel(127) == 128);  // 128 * 256 / 255 = 128.5
  CHECK(encode_pixel(1) == 254);    // 254 * 256 / 255 = 254.996
  CHECK(encode_pixel(0) == never);  // 256 = t_in
  CHECK(encode_pixel(1, 255) == 254);
  CHECK(encode_pixel(1, 510) == 508);
  CHECK(encode_pixel(128, 1) == 0);
  CHECK(encode_pixel(0, 1) == never);
}

TEST_CASE("coding: times between the whole steps, outside the code and silent decode to clipped levels") {
  CHECK(decode_time(0) == 255);
  CHECK(decode_time(0.5) == 254);  // 255.5 * 255 / 256 = 254.502
  CHECK(decode_time(-3) == 255);
  CHECK(decode_time(-never) == 255);
  CHECK(decode_time(255) == 0);  // 255 / 256
  CHECK(decode_time(256) == 0);
  CHECK(decode_time(1000) == 0);
  CHECK(decode_time(never) == 0);
  CHECK_THROWS_AS(decode_time(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST_CASE("coding: every code of 255 steps or more gives back all 256 grey levels") {
  const auto levels = all_levels();
  std::vector<double> lengths(1000);
  std::iota(lengths.begin(), lengths.end(), 255.0);
  lengths.insert(lengths.end(), {65536.0, 1e6, 999999937.0, 0x1p32});
  for (const double t_in : lengths) {
    CAPTURE(t_in);
    REQUIRE(decode_image(encode_image(levels, t_in), t_in) == levels);
  }
}

TEST_CASE("coding: a code shorter than 255 steps gives the brightest of the levels that share a step") {
  const auto levels = all_levels();
  for (double t_in = 1; t_in < 255; ++t_in) {
    const auto times = encode_image(levels, t_in);
    const auto decoded = decode_image(times, t_in);
    for (std::size_t p = 0; p < 256; ++p) {
      const auto brightest =
          static_cast<std::size_t>(std::find(times.rbegin(), times.rend(), times[p]).base() - times.begin() - 1);
      CAPTURE(t_in);
      REQUIRE(decoded[p] == brightest);
    }
  }
}

TEST_CASE("coding: only black is silent, and brighter is never later") {
  for (const double t_in : {1.0, 10.0, 100.0, 254.0, 255.0, 256.0, 768.0}) {
    const auto times = encode_image(all_levels(), t_in);
    CHECK(times[0] == never);
    CHECK(std::ranges::is_sorted(times, std::greater{}));
    CHECK(std::all_of(times.begin() + 1, times.end(),
                      [&](double t) { return t >= 0 && t < t_in && t == std::floor(t); }));
  }
}

TEST_CASE("coding: a t_in that is no whole number of steps is refused with its value") {
  const std::vector<std::uint8_t> image{0, 1};
  for (const double t_in : {0.0, -1.0, 0.5, 256.5, never, 0x1p33, std::numeric_limits<double>::quiet_NaN()}) {
    CAPTURE(t_in);
    CHECK_THROWS_AS(encode_pixel(1, t_in), std::invalid_argument);
    CHECK_THROWS_AS(decode_time(1, t_in), std::invalid_argument);
    CHECK_THROWS_AS(encode_image(image, t_in), std::invalid_argument);
    CHECK_THROWS_AS(decode_image(std::vector{1.0}, t_in), std::invalid_argument);
  }
  CHECK_THROWS_WITH(encode_pixel(1, 256.5), "t_in = 256.5, allowed: a whole number of steps from 1 to 2^32");
}
