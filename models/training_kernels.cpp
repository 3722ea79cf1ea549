// Compiled once for each instruction set, as engine/vector_kernels.cpp is: no function of another header may be
// compiled here.
//
// The vectors are g++'s, of the width of the machine. With loops over arrays, and with wider vectors, g++ 12 splits and
// reassembles the lanes of a sum for each addition.
#include "firstspike/models/training_kernels.hpp"

namespace firstspike::INSTRUCTION_SET {
namespace {

#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
constexpr bool many_registers = true;  // 32 instead of 16
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32;
constexpr bool many_registers = false;
#else
constexpr std::size_t vector_bytes = 16;
constexpr bool many_registers = false;
#endif

template <class Real, std::size_t bytes>
struct vector_type {
  using values [[gnu::vector_size(bytes)]] = Real;
};

template <class Real>
using vector = typename vector_type<Real, vector_bytes>::values;

// Values are one Real or a vector of them.
template <class Values, class Real>
inline Values load(const Real* from) {
  Values values;
  __builtin_memcpy(&values, from, sizeof values);
  return values;
}

template <class Values, class Real>
inline void store(const Values& values, Real* to) {
  __builtin_memcpy(to, &values, sizeof values);
}

// Calls body<Values>(j) for each whole vector of a row, and for each number that is left.
template <class Real, class Body>
inline void for_each(std::size_t length, const Body& body) {
  constexpr std::size_t width = vector_bytes / sizeof(Real);
  std::size_t j = 0;
  for (; j + width <= length; j += width) body.template operator()<vector<Real>>(j);
  for (; j < length; ++j) body.template operator()<Real>(j);
}

// The same with four vectors at once, in registers.
template <class Real, class Body>
inline void for_each_tile(std::size_t length, const Body& body) {
  constexpr std::size_t width = vector_bytes / sizeof(Real), at_once = 4;
  std::size_t j = 0;
  for (; j + at_once * width <= length; j += at_once * width) body.template operator()<vector<Real>, at_once>(j);
  for (; j + width <= length; j += width) body.template operator()<vector<Real>, 1>(j);
  for (; j < length; ++j) body.template operator()<Real, 1>(j);
}

// Eight lanes of a sum, in vectors that are no wider than the machine's.
template <class Real>
struct lane_sums {
  static constexpr std::size_t lanes = 8, all_bytes = lanes * sizeof(Real);
  static constexpr std::size_t bytes = all_bytes < vector_bytes ? all_bytes : vector_bytes;
  static constexpr std::size_t parts = all_bytes / bytes, width = bytes / sizeof(Real);
  using values = typename vector_type<Real, bytes>::values;

  values part[parts] = {};
};

// Sums of products over j < length in lanes. visit<Values>(j, add) calls add(k, product) for each sum k. Writes the
// sums to `out`.
template <std::size_t count, class Real, class Visit>
inline void sum_products(std::size_t length, const Visit& visit, Real* out) {
  using sums = lane_sums<Real>;
  sums sum[count];
  std::size_t j = 0;
  for (; j + sums::lanes <= length; j += sums::lanes) {
    for (std::size_t p = 0; p < sums::parts; ++p) {
      visit.template operator()<typename sums::values>(
          j + p * sums::width, [&](std::size_t k, const typename sums::values& product) { sum[k].part[p] += product; });
    }
  }
  Real lane[count][sums::lanes];
  __builtin_memcpy(lane, sum, sizeof lane);
  for (auto rest = j; rest < length; ++rest) {
    visit.template operator()<Real>(rest, [&](std::size_t k, Real product) { lane[k][rest - j] += product; });
  }
  Real total[count] = {};
  for (std::size_t l = 0; l < sums::lanes;
       ++l) {  // of all sums at once, because each addition waits for the one before
    for (std::size_t k = 0; k < count; ++k) total[k] += lane[k][l];
  }
  for (std::size_t k = 0; k < count; ++k) out[k] = total[k];
}

// Calls call<count>() with the number of rows known to the compiler.
template <class Call>
inline void with_count(std::size_t count, const Call& call) {
  static_assert(rows_at_once == 8);
  switch (count) {
    case 1:
      return call.template operator()<1>();
    case 2:
      return call.template operator()<2>();
    case 3:
      return call.template operator()<3>();
    case 4:
      return call.template operator()<4>();
    case 5:
      return call.template operator()<5>();
    case 6:
      return call.template operator()<6>();
    case 7:
      return call.template operator()<7>();
    case 8:
      return call.template operator()<8>();
    default:
      return;
  }
}

template <class Real>
void add_rows(Real* sums, const Real* const* rows, std::size_t count, std::size_t length) {
  for_each_tile<Real>(length, [&]<class Values, std::size_t at_once>(std::size_t j) {
    constexpr std::size_t width = sizeof(Values) / sizeof(Real);
    Values sum[at_once];
    for (std::size_t k = 0; k < at_once; ++k) sum[k] = load<Values>(sums + j + k * width);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < at_once; ++k) sum[k] += load<Values>(rows[i] + j + k * width);
    }
    for (std::size_t k = 0; k < at_once; ++k) store(sum[k], sums + j + k * width);
  });
}

template <std::size_t at_once, std::size_t count, class Real>
inline void dots_of(const Real* rows, const Real* const* others, std::size_t length, Real* out) {
  const Real* row[at_once];
  const Real* other[count];
  for (std::size_t r = 0; r < at_once; ++r) row[r] = rows + r * length;
  for (std::size_t k = 0; k < count; ++k) other[k] = others[k];
  sum_products<at_once * count>(
      length,
      [&]<class Values>(std::size_t j, const auto& add) {
        Values w[at_once];
        for (std::size_t r = 0; r < at_once; ++r) w[r] = load<Values>(row[r] + j);
        for (std::size_t k = 0; k < count; ++k) {
          const Values of_other = load<Values>(other[k] + j);
          for (std::size_t r = 0; r < at_once; ++r) add(r * count + k, w[r] * of_other);
        }
      },
      out);
}

template <class Real>
void dots(const Real* rows, std::size_t row_count, const Real* const* others, std::size_t count, std::size_t length,
          Real* out) {
  with_count(count, [&]<std::size_t n>() {
    std::size_t r = 0;
    if constexpr (many_registers) {  // fewer loads for each product
      for (; r + 2 <= row_count; r += 2) dots_of<2, n>(rows + r * length, others, length, out + r * n);
    }
    for (; r < row_count; ++r) dots_of<1, n>(rows + r * length, others, length, out + r * n);
  });
}

// out = term<Values>(j, 0) + term<Values>(j, 1) + ..., or with `add` out += that sum.
template <std::size_t count, class Real, class Term>
inline void sum_of_terms(Real* out, bool add, std::size_t length, const Term& term) {
  for_each<Real>(length, [&]<class Values>(std::size_t j) {
    Values sum = term.template operator()<Values>(j, 0);
    for (std::size_t k = 1; k < count; ++k) sum += term.template operator()<Values>(j, k);
    if (add) sum = load<Values>(out + j) + sum;
    store(sum, out + j);
  });
}

template <class Real>
void sum_rows(Real* out, bool add, const scaled_row<Real>* rows, std::size_t count, std::size_t length) {
  with_count(count, [&]<std::size_t n>() {
    scaled_row<Real> scaled[n];  // a copy, which `out` cannot overlap
    for (std::size_t k = 0; k < n; ++k) scaled[k] = rows[k];
    sum_of_terms<n>(out, add, length, [&]<class Values>(std::size_t j, std::size_t k) {
      return Values(scaled[k].factor * load<Values>(scaled[k].row + j));
    });
  });
}

// Calls call<linear>(). With `linear`, a spike counts from its arrival on, without end, and its effect is `since`: half
// of the operations have no effect.
template <class Real, class Call>
inline void with_response(const spike_response<Real>& r, const Call& call) {
  const Real unlimited = Real(__builtin_inf());
  const Real above_zero = sizeof(Real) == 4 ? Real(__FLT_DENORM_MIN__) : Real(__DBL_DENORM_MIN__);
  if (r.from == above_zero && r.until == unlimited && r.offset == 0 && r.per_step == 1 && r.most == unlimited) {
    call.template operator()<true>();
  } else {
    call.template operator()<false>();
  }
}

template <bool linear, class Real>
inline void add_counted_rows(Real* sums, const Real* fires, const scaled_row<Real>* rows, std::size_t count,
                             std::size_t length, const spike_response<Real>& response) {
  const Real from = response.from, until = response.until;
  for_each_tile<Real>(length, [&]<class Values, std::size_t at_once>(std::size_t j) {
    constexpr std::size_t width = sizeof(Values) / sizeof(Real);
    Values sum[at_once], at[at_once];
    for (std::size_t k = 0; k < at_once; ++k) {
      sum[k] = load<Values>(sums + j + k * width);
      at[k] = load<Values>(fires + j + k * width);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Real* row = rows[i].row + j;
      const Real arrival = rows[i].factor;
      for (std::size_t k = 0; k < at_once; ++k) {
        const Values w = load<Values>(row + k * width);
        if constexpr (linear) {
          sum[k] += at[k] > arrival ? w : Values{};
        } else {
          const Values since = at[k] - arrival, begun = since >= from ? w : Values{};
          sum[k] += since < until ? begun : Values{};
        }
      }
    }
    for (std::size_t k = 0; k < at_once; ++k) store(sum[k], sums + j + k * width);
  });
}

template <class Real>
void add_causal_rows(Real* sums, const Real* fires, const scaled_row<Real>* rows, std::size_t count, std::size_t length,
                     const spike_response<Real>& response) {
  with_response(response, [&]<bool linear>() { add_counted_rows<linear>(sums, fires, rows, count, length, response); });
}

template <bool linear, std::size_t count, class Real>
inline void counted_dots(const Real* row, const causal_input<Real>* inputs, std::size_t length,
                         const spike_response<Real>& response, Real* out) {
  const Real from = response.from, until = response.until;
  sum_products<count>(
      length,
      [&]<class Values>(std::size_t j, const auto& add) {
        const Values w = load<Values>(row + j);
        for (std::size_t k = 0; k < count; ++k) {
          const Values fires = load<Values>(inputs[k].fires + j);
          const Values product = load<Values>(inputs[k].factor + j) * w;
          if constexpr (linear) {
            add(k, fires > inputs[k].arrival ? product : Values{});
          } else {
            const Values since = fires - inputs[k].arrival, begun = since >= from ? product : Values{};
            add(k, since < until ? begun : Values{});
          }
        }
      },
      out);
}

template <class Real>
void causal_dots(const Real* row, const causal_input<Real>* inputs, std::size_t count, std::size_t length,
                 const spike_response<Real>& response, Real* out) {
  with_response(response, [&]<bool linear>() {
    with_count(count, [&]<std::size_t n>() { counted_dots<linear, n>(row, inputs, length, response, out); });
  });
}

template <bool linear, std::size_t count, class Real>
inline void sum_responses(Real* out, bool add, const causal_input<Real>* inputs, std::size_t length,
                          const spike_response<Real>& response) {
  const Real from = response.from, offset = response.offset, per_step = response.per_step, most = response.most;
  causal_input<Real> input[count];  // a copy, which `out` cannot overlap
  for (std::size_t k = 0; k < count; ++k) input[k] = inputs[k];
  sum_of_terms<count>(out, add, length, [&]<class Values>(std::size_t j, std::size_t k) {
    const Values since = load<Values>(input[k].fires + j) - input[k].arrival;
    Values effect = since;
    if constexpr (!linear) {
      const Values risen = (since + offset) * per_step, limit = Values{} + most;
      effect = risen < limit ? risen : limit;
    }
    const Values term = load<Values>(input[k].factor + j) * effect;
    return Values(since >= from ? term : Values{});
  });
}

template <class Real>
void sum_causal_rows(Real* out, bool add, const causal_input<Real>* inputs, std::size_t count, std::size_t length,
                     const spike_response<Real>& response) {
  with_response(response, [&]<bool linear>() {
    with_count(count, [&]<std::size_t n>() { sum_responses<linear, n>(out, add, inputs, length, response); });
  });
}

template <class Real>
void add(Real* to, const Real* from, std::size_t length) {
  for_each<Real>(length, [&]<class Values>(std::size_t j) {
    store(Values(load<Values>(to + j) + load<Values>(from + j)), to + j);
  });
}

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

template <class Real>
Real no_denormal(Real x) {
  constexpr Real smallest = sizeof(Real) == 4 ? Real(__FLT_MIN__) : Real(__DBL_MIN__);
  return (x < 0 ? -x : x) < smallest ? 0 : x;
}

template <class Real>
void adam(Real* __restrict w, Real* __restrict m, Real* __restrict v, const Real* __restrict g, std::size_t length,
          const adam_step<Real>& step) {
  const auto s = step;
  for (std::size_t k = 0; k < length; ++k) {
    const Real gradient = s.scale * g[k];
    m[k] = no_denormal(s.beta1 * m[k] + (1 - s.beta1) * gradient);
    v[k] = no_denormal(s.beta2 * v[k] + (1 - s.beta2) * gradient * gradient);
    const Real moved = w[k] - s.rate * (m[k] * s.correct_m) / (root(v[k] * s.correct_v) + s.epsilon);
    w[k] = moved - s.shrink * moved;
  }
}

template <class Real>
void follow(Real* __restrict mean, const Real* __restrict w, Real keep, std::size_t length) {
  for (std::size_t k = 0; k < length; ++k) mean[k] = w[k] + keep * (mean[k] - w[k]);
}

// x - x is 0 for finite numbers, and NaN for all others.
template <class Real>
bool all_finite(const Real* numbers, std::size_t length) {
  vector<Real> sum{};
  Real rest = 0;
  std::size_t j = 0;
  for (constexpr std::size_t width = vector_bytes / sizeof(Real); j + width <= length; j += width) {
    const auto x = load<vector<Real>>(numbers + j);
    sum += x - x;
  }
  for (; j < length; ++j) rest += numbers[j] - numbers[j];
  for (std::size_t k = 0; k < vector_bytes / sizeof(Real); ++k) rest += sum[k];
  return rest == 0;
}

template <class Real>
constexpr training_kernels<Real> table{
    add_rows<Real>,        dots<Real>, sum_rows<Real>, add_causal_rows<Real>, causal_dots<Real>,
    sum_causal_rows<Real>, add<Real>,  adam<Real>,     follow<Real>,          all_finite<Real>};

}  // namespace

extern const training_kernels<float> training_f32;
extern const training_kernels<double> training_f64;
const training_kernels<float> training_f32 = table<float>;
const training_kernels<double> training_f64 = table<double>;

}  // namespace firstspike::INSTRUCTION_SET
