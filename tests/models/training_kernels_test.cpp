// The inner loops of training against plain loops: every bit, for rows of any length.
#include "firstspike/models/training_kernels.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "firstspike/data/random.hpp"

using namespace firstspike;

namespace {

constexpr std::size_t most_rows = 8;

// Random rows of one length, and where a row is written.
template <class Real>
struct sample_rows {
  std::vector<std::vector<Real>> rows;
  std::vector<Real> other, third;

  sample_rows(std::size_t length, std::uint64_t seed) : other(length), third(length) {
    random_stream stream(seed, draw::tests, length);
    rows.assign(most_rows, std::vector<Real>(length));
    for (auto* row : {&other, &third}) fill(stream, *row);
    for (auto& row : rows) fill(stream, row);
  }
  static void fill(random_stream& stream, std::vector<Real>& row) {
    for (auto& x : row) x = static_cast<Real>(stream.normal());
  }
};

template <class Real>
Real by_lanes(const std::vector<Real>& products) {
  std::array<Real, 8> lanes{};
  for (std::size_t j = 0; j < products.size(); ++j) lanes[j % 8] += products[j];
  Real sum = 0;
  for (const Real l : lanes) sum += l;
  return sum;
}

constexpr std::array<std::size_t, 16> lengths{1, 2, 7, 8, 9, 10, 15, 16, 17, 31, 33, 64, 65, 127, 130, 401};

// Calls visit(kernels, length) for all instruction sets and lengths of rows.
template <class Real, class Visit>
void for_each_length(const Visit& visit) {
  for (const auto set : instruction_sets()) {
    for (const auto length : lengths) visit(training_kernels_for<Real>(set), length);
  }
}

// Calls visit(kernels, length, count) also for all numbers of rows.
template <class Real, class Visit>
void for_each_shape(const Visit& visit) {
  for_each_length<Real>([&visit](const auto& with, std::size_t length) {
    for (std::size_t count = 1; count <= most_rows; ++count) visit(with, length, count);
  });
}

}  // namespace

TEST_CASE_TEMPLATE("training kernels: sums of rows, one after the other, up to eight or any number", Real, float,
                   double) {
  for_each_shape<Real>([](const auto& with, std::size_t length, std::size_t count) {
    const sample_rows<Real> s(length, 1);
    std::vector<const Real*> pointers;
    std::vector<scaled_row<Real>> scaled;
    for (std::size_t k = 0; k < 11; ++k) pointers.push_back(s.rows[k * count % most_rows].data());
    for (std::size_t k = 0; k < count; ++k) scaled.push_back({Real(0.3) + Real(k), s.rows[k].data()});
    auto sums = s.other, expected = s.other;
    with.add_rows(sums.data(), pointers.data(), pointers.size(), length);
    for (const auto* row : pointers) {
      for (std::size_t j = 0; j < length; ++j) expected[j] += row[j];
    }
    CHECK(sums == expected);
    for (const bool add : {false, true}) {
      auto out = s.other;
      with.sum_rows(out.data(), add, scaled.data(), count, length);
      for (std::size_t j = 0; j < length; ++j) {
        Real sum = scaled[0].factor * scaled[0].row[j];
        for (std::size_t k = 1; k < count; ++k) sum += scaled[k].factor * scaled[k].row[j];
        expected[j] = add ? s.other[j] + sum : sum;
      }
      CHECK(out == expected);
    }
    auto to = s.other;
    with.add(to.data(), s.third.data(), length);
    for (std::size_t j = 0; j < length; ++j) expected[j] = s.other[j] + s.third[j];
    CHECK(to == expected);
  });
}

TEST_CASE_TEMPLATE("training kernels: dot products in eight lanes", Real, float, double) {
  for_each_shape<Real>([](const auto& with, std::size_t length, std::size_t count) {
    const sample_rows<Real> s(length, 2);
    std::vector<const Real*> others;
    for (std::size_t k = 0; k < count; ++k) others.push_back(s.rows[k].data());
    for (const std::size_t row_count : {1u, 2u, 3u, 5u}) {
      std::vector<Real> rows, out(row_count * count), products(length);
      for (std::size_t r = 0; r < row_count; ++r) {
        const auto& row = r % 2 == 0 ? s.other : s.third;
        rows.insert(rows.end(), row.begin(), row.end());
      }
      with.dots(rows.data(), row_count, others.data(), count, length, out.data());
      for (std::size_t r = 0; r < row_count; ++r) {
        for (std::size_t k = 0; k < count; ++k) {
          for (std::size_t j = 0; j < length; ++j) products[j] = rows[r * length + j] * s.rows[k][j];
          CHECK(out[r * count + k] == by_lanes(products));
        }
      }
    }
  });
}

TEST_CASE_TEMPLATE("training kernels: only inputs count whose spike a neuron receives before its own", Real, float,
                   double) {
  constexpr auto unlimited = std::numeric_limits<Real>::infinity();
  const spike_response<Real> at_once{0, unlimited, 1, unlimited, 1},
      linear{std::numeric_limits<Real>::denorm_min(), unlimited, 0, 1, unlimited}, soft{0, 3, 1, Real(1) / 3, 1};
  for (const auto& response : {at_once, linear, soft}) {
    for_each_shape<Real>([&response](const auto& with, std::size_t length, std::size_t count) {
      const sample_rows<Real> s(length, 3);
      random_stream stream(4, draw::tests, length);
      std::vector<Real> fires(length);  // whole numbers, so that some are those of an arrival
      for (auto& t : fires) t = static_cast<Real>(stream.below(8));
      std::vector<scaled_row<Real>> rows;
      std::vector<causal_input<Real>> inputs;
      for (std::size_t k = 0; k < count; ++k) {
        rows.push_back({static_cast<Real>(k), s.rows[k].data()});
        inputs.push_back({static_cast<Real>(k), s.rows[k].data(), fires.data()});
      }
      const auto counts = [&](std::size_t k, std::size_t j) {
        const Real since = fires[j] - inputs[k].arrival;
        return since >= response.from && since < response.until;
      };
      auto sums = s.other, expected = s.other;
      with.add_causal_rows(sums.data(), fires.data(), rows.data(), count, length, response);
      for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t j = 0; j < length; ++j) expected[j] += counts(k, j) ? s.rows[k][j] : 0;
      }
      CHECK(sums == expected);
      std::vector<Real> out(count), products(length);
      with.causal_dots(s.other.data(), inputs.data(), count, length, response, out.data());
      for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t j = 0; j < length; ++j) products[j] = counts(k, j) ? s.other[j] * s.rows[k][j] : 0;
        CHECK(out[k] == by_lanes(products));
      }
      for (const bool add : {false, true}) {
        auto sum = s.other;
        with.sum_causal_rows(sum.data(), add, inputs.data(), count, length, response);
        for (std::size_t j = 0; j < length; ++j) {
          Real total = 0;
          for (std::size_t k = 0; k < count; ++k) {
            const Real since = fires[j] - inputs[k].arrival;
            const Real effect = std::min((since + response.offset) * response.per_step, response.most);
            total += since >= response.from ? s.rows[k][j] * effect : 0;
          }
          expected[j] = add ? s.other[j] + total : total;
        }
        CHECK(sum == expected);
      }
    });
  }
}

TEST_CASE_TEMPLATE("training kernels: steps of Adam, the running mean, and what is finite", Real, float, double) {
  for_each_length<Real>([](const auto& with, std::size_t length) {
    const sample_rows<Real> s(length, 5);
    const adam_step<Real> step{Real(0.5), Real(0.1), Real(0.9), Real(0.99), Real(1.5), Real(2), Real(1e-8), Real(0.01)};
    auto w = s.other, m = s.third, v = s.rows[0], expected = s.other;
    const auto& g = s.rows[1];
    for (auto& x : v) x = std::abs(x);
    m[0] = v[0] = std::numeric_limits<Real>::min();  // almost a denormal, and then one
    auto m_was = m, v_was = v, gradient = g;
    gradient[0] = 0;
    with.adam(w.data(), m.data(), v.data(), gradient.data(), length, step);
    for (std::size_t j = 0; j < length; ++j) {
      const Real scaled = step.scale * gradient[j];
      const auto normal = [](Real x) { return std::abs(x) < std::numeric_limits<Real>::min() ? 0 : x; };
      const Real m_j = normal(step.beta1 * m_was[j] + (1 - step.beta1) * scaled);
      const Real v_j = normal(step.beta2 * v_was[j] + (1 - step.beta2) * scaled * scaled);
      Real w_j = s.other[j] - step.rate * (m_j * step.correct_m) / (std::sqrt(v_j * step.correct_v) + step.epsilon);
      w_j -= step.shrink * w_j;
      CHECK((m[j] == m_j && v[j] == v_j && w[j] == w_j));
    }
    CHECK((m[0] == 0 && v[0] == 0));
    auto mean = s.other;
    with.follow(mean.data(), s.third.data(), Real(0.75), length);
    for (std::size_t j = 0; j < length; ++j) {
      expected[j] = s.third[j] + Real(0.75) * (s.other[j] - s.third[j]);
    }
    CHECK(mean == expected);
    CHECK(with.all_finite(mean.data(), length));
    for (const auto bad : {std::numeric_limits<Real>::infinity(), -std::numeric_limits<Real>::infinity(),
                           std::numeric_limits<Real>::quiet_NaN()}) {
      for (const std::size_t at : {std::size_t{0}, length / 2, length - 1}) {
        auto numbers = mean;
        numbers[at] = bad;
        CHECK(!with.all_finite(numbers.data(), length));
      }
    }
  });
}
