#include "models/coding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace firstspike {
namespace {

constexpr double brightest = 255;

void check_t_in(double t_in) {
  if (t_in >= 1 && t_in <= longest_window && std::floor(t_in) == t_in) return;
  throw std::invalid_argument(fmt::format("t_in = {}, allowed: a whole number of steps from 1 to 2^32", t_in));
}

// The product is a whole number below 2^53, and the quotient is rounded once: it cannot reach the next whole number.
double time_of(double pixel, double t_in) {
  return pixel == 0 ? never : std::floor((brightest - pixel) * t_in / brightest);
}

std::uint8_t pixel_of(double t, double t_in) {
  if (std::isnan(t)) throw std::invalid_argument("firing time NaN, allowed: a number of steps, or never");
  if (t >= t_in) return 0;
  return static_cast<std::uint8_t>(std::min(std::floor((t_in - t) * brightest / t_in), brightest));
}

}  // namespace

double encode_pixel(std::uint8_t pixel, double t_in) {
  check_t_in(t_in);
  return time_of(pixel, t_in);
}

std::uint8_t decode_time(double t, double t_in) {
  check_t_in(t_in);
  return pixel_of(t, t_in);
}

std::vector<double> encode_image(std::span<const std::uint8_t> pixels, double t_in) {
  check_t_in(t_in);
  std::vector<double> times(pixels.size());
  std::ranges::transform(pixels, times.begin(), [&](std::uint8_t p) { return time_of(p, t_in); });
  return times;
}

std::vector<std::uint8_t> decode_image(std::span<const double> times, double t_in) {
  check_t_in(t_in);
  std::vector<std::uint8_t> pixels(times.size());
  std::ranges::transform(times, pixels.begin(), [&](double t) { return pixel_of(t, t_in); });
  return pixels;
}

}  // namespace firstspike
