// Losses: values by hand, and properties of every loss in the table.
#include "firstspike/models/losses.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/time.hpp"

using namespace firstspike;

namespace {

using times_type = std::vector<double>;

// dL/dt times t_max^2: t_j - T_j, T the targets.
times_type from_targets(const times_type& times, std::size_t truth, double gamma, double t_max) {
  auto dl_dt = loss_called("s4nn").of(times, truth, {t_max, gamma, 1, 0}).dl_dt;
  for (double& d : dl_dt) d *= t_max * t_max;
  return dl_dt;
}

}  // namespace

TEST_CASE("s4nn: the true output's target is the first spike, others keep a distance of gamma") {
  CHECK(from_targets({20, 12, 10, never}, 0, 3, 256) == times_type{10, -1, -3, 0});
  CHECK(from_targets({20, 12, 10, 13}, 2, 3, 256) == times_type{0, -1, 0, 0});
}

TEST_CASE("s4nn: if no output fires, the true output's target is gamma before t_max") {
  CHECK(from_targets({never, never, 300}, 1, 3, 256) == times_type{0, 3, 0});
}

TEST_CASE("s4nn: no target is later than t_max") {
  CHECK(from_targets({255, 255, never}, 0, 3, 256) == times_type{0, -1, 0});
}

TEST_CASE("s4nn: the value is half the sum of squared distances, in units of t_max") {
  // True class 1, gamma 4: targets (7, 3), e = (0.4, -0.2).
  const auto loss = loss_called("s4nn").of(times_type{3, 5}, 1, {10, 4, 1, 0});
  CHECK(loss.value == doctest::Approx(0.1).epsilon(1e-12));
  CHECK(loss.dl_dt[0] == doctest::Approx(-0.04).epsilon(1e-12));
  CHECK(loss.dl_dt[1] == doctest::Approx(0.02).epsilon(1e-12));
}

TEST_CASE("s4nn: a margin of gamma gives no loss and no gradient") {
  const auto loss = loss_called("s4nn").of(times_type{50, 53, never}, 0, {256, 3, 1, 0});
  CHECK(loss.value == 0);
  CHECK(loss.dl_dt == times_type{0, 0, 0});
}

TEST_CASE("hinge: each output that is less than gamma behind the true one adds what is missing, in units of t_max") {
  const auto loss = loss_called("hinge").of(times_type{20, 25, 40, never, 12}, 0, {100, 10, 1, 0});
  // Missing: 20 + 10 - 25 = 5 and 20 + 10 - 12 = 18; 40 and silence are late enough.
  CHECK(loss.value == doctest::Approx(0.23).epsilon(1e-12));
  CHECK(loss.dl_dt == times_type{0.02, -0.01, 0, 0, -0.01});
}

TEST_CASE("hinge: a margin of gamma gives no loss and no gradient, and a silent true output counts as t_max") {
  const auto correct = loss_called("hinge").of(times_type{50, 60, never}, 0, {100, 10, 1, 0});
  CHECK(correct.value == 0);
  CHECK(correct.dl_dt == times_type{0, 0, 0});
  const auto silent = loss_called("hinge").of(times_type{never, 30}, 0, {100, 10, 1, 0});
  CHECK(silent.value == doctest::Approx(0.8).epsilon(1e-12));
  CHECK(silent.dl_dt == times_type{0.01, -0.01});
}

TEST_CASE("xent: two equal times have half of the probability each") {
  const auto loss = loss_called("xent").of(times_type{7, 7}, 0, {100, 0, 2, 0});
  CHECK(loss.value == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(loss.dl_dt == times_type{0.25, -0.25});
}

TEST_CASE("xent: value and derivative are those of the logistic loss of two outputs") {
  const double beta = 20, sure = 1 / (1 + std::exp(-(40 - 31) / beta));
  const auto loss = loss_called("xent").of(times_type{31, 40}, 0, {100, 0, beta, 0});
  CHECK(loss.value == doctest::Approx(-std::log(sure)).epsilon(1e-13));
  CHECK(loss.dl_dt[0] == doctest::Approx((1 - sure) / beta).epsilon(1e-13));
  CHECK(loss.dl_dt[1] == doctest::Approx(-(1 - sure) / beta).epsilon(1e-13));
}

TEST_CASE("aggressive: the gradient of the true output has the additional term pull p / beta; others are as in xent") {
  const double beta = 10, pull = 0.5;
  for (const auto& times : {times_type{20, 90, 95}, times_type{60, 20, never}, times_type{never, 20, 30}}) {
    for (const std::size_t truth : {0, 1, 2}) {
      const loss_options o{256, 3, beta, pull};
      const auto plain = loss_called("xent").of(times, truth, o);
      const auto loss = loss_called("aggressive").of(times, truth, o);
      const double p = std::exp(-plain.value);  // softmax of the true output
      CHECK(loss.dl_dt[truth] == doctest::Approx(plain.dl_dt[truth] + pull * p / beta).epsilon(1e-9));
      CHECK(loss.value == doctest::Approx(plain.value + pull * p * std::min(times[truth], 256.) / beta).epsilon(1e-9));
      for (std::size_t j = 0; j < 3; ++j) CHECK((j == truth || loss.dl_dt[j] == plain.dl_dt[j]));
    }
  }
}

TEST_CASE("aggressive: without a pull it is xent") {
  const times_type times{20, never, 17};
  const loss_options o{256, 3, 12, 0};
  CHECK(loss_called("aggressive").of(times, 1, o).dl_dt == loss_called("xent").of(times, 1, o).dl_dt);
  CHECK(loss_called("aggressive").of(times, 1, o).value == loss_called("xent").of(times, 1, o).value);
}

namespace {

// No two times are gamma apart, where a loss with a margin has a kink.
const loss_options some{100, 6.75, 9, 0.3};
const std::vector<times_type> some_times{
    {31, 45, 38, 60, 29.5}, {31, 45, 28, 60, 29.5}, {70, 20, 99, 98, 21}, {5, 30, 3, 50, 8}, {31, 45, never, 60, 29.5}};
constexpr std::size_t truth = 2;

// The value at `times` for its derivative: terms that are constant in the derivative have their values at `base`.
double value_of(const loss& l, const times_type& times, const times_type& base) {
  const auto counted = counted_until(times, some.t_max);
  if (l.name == "s4nn") {
    const auto fixed = l.of(base, truth, some).dl_dt;
    const auto was = counted_until(base, some.t_max);
    double sum = 0;
    for (std::size_t j = 0; j < times.size(); ++j) {
      const double target = was[j] - fixed[j] * some.t_max * some.t_max;
      sum += 0.5 * (target - counted[j]) * (target - counted[j]) / (some.t_max * some.t_max);
    }
    return sum;
  }
  if (l.name == "aggressive") {
    const double p = std::exp(-loss_called("xent").of(base, truth, some).value);
    return loss_called("xent").of(times, truth, some).value + some.pull * p * counted[truth] / some.beta;
  }
  return l.of(times, truth, some).value;
}

}  // namespace

TEST_CASE("every loss: its derivative matches central differences") {
  // Differences of 2e-5 of losses of order 1: rounding leaves some 1e-15 / 1e-5, curvature (1e-5 / 9)^2.
  constexpr double by = 1e-5, allowed = 1e-9;
  for (const auto& l : all_losses()) {
    CAPTURE(l.name);
    for (const auto& times : some_times) {
      const auto exact = l.of(times, truth, some);
      CHECK(value_of(l, times, times) == doctest::Approx(exact.value).epsilon(1e-12));
      for (std::size_t j = 0; j < times.size(); ++j) {
        if (times[j] == never) continue;
        auto up = times, down = times;
        up[j] += by;
        down[j] -= by;
        CHECK(std::abs((value_of(l, up, times) - value_of(l, down, times)) / (2 * by) - exact.dl_dt[j]) < allowed);
      }
    }
  }
}

TEST_CASE("every loss: the gradient moves the true output earlier and all others later, or is 0") {
  for (const auto& l : all_losses()) {
    CAPTURE(l.name);
    for (const auto& times : some_times) {
      for (std::size_t t = 0; t < times.size(); ++t) {
        const auto loss = l.of(times, t, some);
        CHECK(loss.value >= 0);
        REQUIRE(loss.dl_dt.size() == times.size());
        for (std::size_t j = 0; j < times.size(); ++j) CHECK((j == t ? loss.dl_dt[j] >= 0 : loss.dl_dt[j] <= 0));
      }
    }
    const auto wrong = l.of(times_type{40, 30, 35}, 0, some);  // all of the order is wrong for truth 0
    CHECK(wrong.value > 0);
    CHECK(wrong.dl_dt[0] > 0);
    CHECK(wrong.dl_dt[1] < 0);
  }
}

TEST_CASE("every loss: a wrong decision costs more than a correct one") {
  for (const auto& l : all_losses()) {
    CAPTURE(l.name);
    CHECK(l.of(times_type{50, 30, 60}, 0, some).value > l.of(times_type{30, 50, 60}, 0, some).value);
    CHECK(l.of(times_type{never, 30, 60}, 0, some).value > l.of(times_type{30, 50, 60}, 0, some).value);
  }
}

TEST_CASE("every loss: silence and times after t_max count as t_max, and the gradient moves the true output earlier") {
  for (const auto& l : all_losses()) {
    CAPTURE(l.name);
    for (std::size_t t = 0; t < 3; ++t) {
      const auto silent = l.of(times_type{40, never, 100}, t, some), late = l.of(times_type{40, 100, 120}, t, some);
      CHECK(silent.value == late.value);
      CHECK(silent.dl_dt == late.dl_dt);
    }
    CHECK(l.of(times_type{40, never, 60}, 1, some).dl_dt[1] > 0);
    const auto all_silent = l.of(times_type{never, never, never}, 1, some);
    CHECK(std::isfinite(all_silent.value));
    CHECK(all_silent.dl_dt[1] > 0);
    for (const double d : all_silent.dl_dt) CHECK(std::isfinite(d));
  }
}

TEST_CASE("every loss: outputs that fire together and are not the true one get the same gradient") {
  for (const auto& l : all_losses()) {
    CAPTURE(l.name);
    const auto wrong = l.of(times_type{40, 30, 30, 30}, 0, some);
    CHECK(wrong.dl_dt[1] == wrong.dl_dt[2]);
    CHECK(wrong.dl_dt[2] == wrong.dl_dt[3]);
    CHECK(wrong.dl_dt[1] < 0);
    const auto tie = l.of(times_type{30, 30, 30}, 1, some);  // a tie is no correct decision yet
    CHECK(tie.dl_dt[0] == tie.dl_dt[2]);
    CHECK(tie.dl_dt[0] < 0);
    CHECK(tie.value > 0);
  }
}

TEST_CASE("every loss: an option has an effect exactly where the loss reads it") {
  for (const auto& l : all_losses()) {
    CAPTURE(l.name);
    const auto changes = [&l](const loss_options& o) {
      bool changed = false;
      for (const auto& times : some_times) {
        const auto now = l.of(times, truth, o), was = l.of(times, truth, some);
        changed |= now.value != was.value && now.dl_dt != was.dl_dt;
      }
      return changed;
    };
    auto gamma = some, beta = some, pull = some;
    gamma.gamma = 12;
    beta.beta = 4;
    pull.pull = 0.9;
    CHECK(changes(gamma) == reads(l, "gamma"));
    CHECK(changes(beta) == reads(l, "beta"));
    CHECK(changes(pull) == reads(l, "pull"));
  }
}

TEST_CASE("reads: only complete names count") {
  const loss l{"some", "some loss", nullptr, "beta pull"};
  CHECK(reads(l, "beta"));
  CHECK(reads(l, "pull"));
  CHECK_FALSE(reads(l, "gamma"));
  CHECK_FALSE(reads(l, "bet"));
  CHECK_FALSE(reads(loss{"some", "some loss", nullptr, {}}, "beta"));
}

TEST_CASE("exact exp: within 2 ulp of libm over its range, and its ends are fixed") {
  random_stream stream(1, draw::tests);
  for (int i = 0; i < 100000; ++i) {
    const double x = (stream.uniform() - 0.5) * 1300;
    const double ulp = std::exp(x) * std::numeric_limits<double>::epsilon();
    REQUIRE(std::abs(exact_exp(x) - std::exp(x)) <= 2 * ulp);
  }
  CHECK(exact_exp(0) == 1);
  CHECK(exact_exp(-700.5) == 0);
  CHECK(exact_exp(-1000) == 0);
  CHECK(exact_exp(900) == exact_exp(700));
}
