#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/time.hpp"
#include "models/exact_math.hpp"
#include "models/losses.hpp"
#include "models/random.hpp"

using namespace firstspike;

TEST_CASE("relative targets: the true output's is the first spike, others keep a distance of gamma") {
  CHECK(relative_targets(std::vector<double>{20, 12, 10, 256}, 0, 3, 256) == std::vector<double>{10, 13, 13, 256});
}

TEST_CASE("relative targets: where nobody fires the true output is drawn in by gamma") {
  CHECK(relative_targets(std::vector<double>{256, 256, 256}, 1, 3, 256) == std::vector<double>{256, 253, 256});
}

TEST_CASE("relative targets: none lies behind the window's end") {
  CHECK(relative_targets(std::vector<double>{255, 255, 256}, 0, 3, 256) == std::vector<double>{255, 256, 256});
}

TEST_CASE("relative loss: right by gamma is no loss and no pull") {
  const auto loss = relative_loss(std::vector<double>{50, 53, never}, 0, 3, 256);
  CHECK(loss.value == 0);
  CHECK(loss.dl_dt == std::vector<double>{0, 0, 0});
}

namespace {

// Central differences at 1e-5 of losses of order 1: rounding leaves about 1e-11 / 1e-5.
constexpr double difference = 1e-5, allowed = 1e-6;

template <class Loss>
void check_derivative(const Loss& loss, std::vector<double> times) {
  const auto exact = loss(times).dl_dt;
  for (std::size_t j = 0; j < times.size(); ++j) {
    const double was = times[j];
    times[j] = was + difference;
    const double up = loss(times).value;
    times[j] = was - difference;
    const double down = loss(times).value;
    times[j] = was;
    CHECK(std::abs((up - down) / (2 * difference) - exact[j]) < allowed);
  }
}

}  // namespace

TEST_CASE("cross-entropy: its derivative matches central differences") {
  check_derivative([](const auto& t) { return cross_entropy(t, 2, 5, 100); }, {10, 14, 12, 30, 9});
}

TEST_CASE("cross-entropy: two equal times share the belief") {
  const auto loss = cross_entropy(std::vector<double>{7, 7}, 0, 2, 100);
  CHECK(loss.value == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(loss.dl_dt == std::vector<double>{0.25, -0.25});
}

TEST_CASE("real or fake: its derivative matches central differences for both labels") {
  for (const double label : {0.9, 0.0, 1.0}) {
    check_derivative([label](const auto& t) { return real_or_fake(t, label, 20, 0, 100); }, {31, 40});
  }
}

TEST_CASE("real or fake: silence counts as t_max") {
  CHECK(real_or_fake(std::vector<double>{40, never}, 1, 20, 0, 100).value ==
        real_or_fake(std::vector<double>{40, 100}, 1, 20, 0, 100).value);
}

TEST_CASE("exact exp: within 2 ulp of libm over its range, and its ends are fixed") {
  random_stream stream(1, draw::tests);
  for (int i = 0; i < 100000; ++i) {
    const double x = (stream.uniform() - 0.5) * 1300;
    const double ulp = std::exp(x) * std::numeric_limits<double>::epsilon();
    REQUIRE(std::abs(exact_exp(x) - std::exp(x)) <= 2 * ulp);
  }
  CHECK(exact_exp(0) == 1);
  CHECK(exact_exp(-1000) == 0);
  CHECK(exact_sigmoid(0) == 0.5);
  CHECK(exact_sigmoid(-800) == doctest::Approx(0));
}

TEST_CASE("aggressive loss: the sure and right output is drawn earlier, the unsure one hardly") {
  const double beta = 10, pull = 0.5;
  for (const auto& times : {std::vector<double>{20, 90, 95}, std::vector<double>{60, 20, never}}) {
    const auto plain = cross_entropy(times, 0, beta, 256);
    const auto loss = aggressive_loss(times, 0, beta, pull, 256);
    const double sure = std::exp(-plain.value);  // the softmax's share of the truth
    CHECK(loss.dl_dt[0] == doctest::Approx(plain.dl_dt[0] + pull * sure / beta).epsilon(1e-9));
    CHECK(loss.value == doctest::Approx(plain.value + pull * sure * times[0] / beta).epsilon(1e-9));
    for (std::size_t j = 1; j < 3; ++j) CHECK(loss.dl_dt[j] == plain.dl_dt[j]);
  }
}

TEST_CASE("aggressive loss: without a pull it is the cross-entropy") {
  const std::vector<double> times{20, never, 17};
  CHECK(aggressive_loss(times, 1, 12, 0, 256).dl_dt == cross_entropy(times, 1, 12, 256).dl_dt);
  CHECK(aggressive_loss(times, 1, 12, 0, 256).value == cross_entropy(times, 1, 12, 256).value);
}
