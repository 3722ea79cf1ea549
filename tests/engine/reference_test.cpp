// S4NN's published network on MNIST: firing times of an independent script, and published figures.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/reference_data.hpp"

namespace firstspike {
namespace {

constexpr double t_max = 256;
constexpr std::uint32_t outputs = 10;
constexpr std::uint32_t first_output = 784 + 400;

template <class Real>
network<Real> s4nn(const reference_network& from) {
  const network<double> net({sources("input", 784), neurons("hidden", 400, 100), neurons("output", outputs, 100)},
                            {dense<double>(0, 1, synapse_kernel::step, 1, from.hidden_weights),
                             dense<double>(1, 2, synapse_kernel::step, 1, from.output_weights)});
  return with_precision<Real>(net);
}

/// t = floor((255 - p) * 256 / 255); black pixels are silent.
std::vector<double> encoded(const std::vector<std::uint8_t>& pixels, std::size_t images) {
  std::vector<double> times;
  for (std::size_t i = 0; i < images * 784; ++i)
    times.push_back(pixels[i] == 0 ? never : (255 - pixels[i]) * 256 / 255);
  return times;
}

double expected_time(std::uint32_t in_file) { return in_file == 256 ? never : in_file; }

template <class Real>
void check_first_images(const reference_network& reference, const std::vector<double>& input, scheduler engine) {
  const auto record = simulate(s4nn<Real>(reference), input, {t_max, engine, 2, false});
  REQUIRE(record.samples == 1000);
  std::size_t different = 0, fired = 0;
  for (std::size_t sample = 0; sample < 1000; ++sample) {
    const auto times = record.times_of(sample).subspan(784);
    for (std::size_t j = 0; j < 410; ++j) {
      const auto in_file =
          j < 400 ? reference.hidden_times[sample * 400 + j] : reference.output_times[sample * 10 + j - 400];
      different += times[j] != expected_time(in_file);
      fired += times[j] < never;
    }
  }
  CHECK(different == 0);
  CHECK(fired > 50000);
}

TEST_CASE("S4NN: the first 1,000 test images give the published network's firing times in every scheduler") {
  const auto files = find_reference_files();
  const auto reference = read_reference_network(files.network);
  const auto input = encoded(read_idx(files.images, 16), 1000);
  for (const auto engine : {scheduler::heap, scheduler::sweep, scheduler::naive}) {
    CAPTURE(engine);
    check_first_images<double>(reference, input, engine);
    check_first_images<float>(reference, input, engine);
  }
}

/// Sums over images.
struct figures {
  std::size_t ties_broken = 0, ties_counted = 0, silent_wrong = 0, no_spike = 0;
  std::size_t decision_time = 0, spikes_to_decision = 0, spikes_full = 0;
};

// Among the earliest outputs (all of them in a silent image) the largest v_m decides. S4NN's count accepts any tie for
// first place, except that of ten silent outputs: there v_m decides too.
void add_image(figures& sum, std::span<const double> times, std::span<const double> v_m, std::uint32_t true_output) {
  const auto out = times.subspan(first_output);
  const auto v_out = v_m.subspan(first_output);
  const auto tau = *std::min_element(out.begin(), out.end());
  std::uint32_t best = outputs;
  for (std::uint32_t k = 0; k < outputs; ++k) {
    if (out[k] == tau && (best == outputs || v_out[k] > v_out[best])) best = k;
  }
  const bool silent = tau == never;
  const auto decision = silent ? t_max : tau;
  const auto earlier_than = [](double end) { return [end](double t) { return t < end; }; };
  sum.no_spike += silent;
  sum.ties_broken += best == true_output;
  sum.silent_wrong += !silent && best == true_output;
  sum.ties_counted += silent ? best == true_output : out[true_output] == tau;
  sum.decision_time += static_cast<std::size_t>(decision);
  sum.spikes_to_decision +=
      static_cast<std::size_t>(std::count_if(times.begin(), times.begin() + first_output, earlier_than(decision)));
  sum.spikes_full += static_cast<std::size_t>(std::count_if(times.begin(), times.end(), earlier_than(never)));
}

TEST_CASE("S4NN: 10,000 test images give the published accuracy, decision time and spike counts") {
  const auto files = find_reference_files();
  const auto reference = read_reference_network(files.network);
  const auto labels = read_idx(files.labels, 8);
  REQUIRE(labels.size() == 10000);
  const auto input = encoded(read_idx(files.images, 16), 10000);
  const auto record = simulate(s4nn<double>(reference), input, {t_max, scheduler::heap, 2, true});
  figures sum;
  for (std::size_t sample = 0; sample < 10000; ++sample) {
    const auto& digits = reference.digit_of_output;
    const auto place = std::find(digits.begin(), digits.end(), labels[sample]);
    REQUIRE(place != digits.end());
    add_image(sum, record.times_of(sample), record.v_m_of(sample), static_cast<std::uint32_t>(place - digits.begin()));
  }
  CHECK(sum.ties_broken == 9623);
  CHECK(sum.ties_counted == 9669);
  CHECK(sum.silent_wrong == 9567);
  CHECK(sum.no_spike == 80);
  // Sums of whole numbers, so the means over 10,000 images are exact: 83.1641, 173.8313, 262.9998.
  CHECK(sum.decision_time == 831641);
  CHECK(sum.spikes_to_decision == 1738313);
  CHECK(sum.spikes_full == 2629998);
}

}  // namespace
}  // namespace firstspike

int main(int argc, char** argv) {
  const auto missing = firstspike::missing_file(firstspike::find_reference_files());
  if (!missing.empty()) {
    std::printf("SKIPPED, NOTHING WAS TESTED: %s is missing; set FIRSTSPIKE_REFERENCE and FIRSTSPIKE_DATA\n",
                missing.c_str());
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
