// Compiled once for each instruction set; meson defines INSTRUCTION_SET, the namespace of this compilation. No function
// of another header may be compiled here: the linker could keep its copy for the whole program, which would then need
// this instruction set. tests/engine/kernel_symbols_test.py looks at the symbols.
//
// Loops over registers are fold expressions over constant indices, because g++ keeps an array of vectors in registers
// only if each of its indices is a constant. Neurons are few or many: the last registers of a tile overlap those before
// them where its size is no multiple of a register's, and compute the same sums twice.
#include "firstspike/engine/vector_kernels.hpp"

#include <type_traits>
#include <utility>
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace firstspike::INSTRUCTION_SET {
namespace {

constexpr double never = __builtin_inf();

#if defined(__AVX512VL__)
constexpr int widest = 64;
constexpr int registers = 32;
#elif defined(__AVX2__)
constexpr int widest = 32;
constexpr int registers = 16;
#else
constexpr int widest = 16;
constexpr int registers = 16;
#endif

// A vector of `Lanes` numbers, or one number.
template <class Real, int Lanes>
struct pack {
  using values [[gnu::vector_size(Lanes * sizeof(Real))]] = Real;
};
template <class Real>
struct pack<Real, 1> {
  using values = Real;
};
template <class Real, int Lanes>
using values = typename pack<Real, Lanes>::values;

// Integers as wide as a number.
template <class Value>
using integer_like = std::conditional_t<sizeof(Value) == 4, std::int32_t, std::int64_t>;

template <class Real, int Lanes>
[[gnu::always_inline]] inline values<Real, Lanes> load(const Real* from) {
  values<Real, Lanes> v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

template <class Values, class Real>
[[gnu::always_inline]] inline void store(const Values& v, Real* to) {
  __builtin_memcpy(to, &v, sizeof v);
}

template <class Real, int Lanes>
[[gnu::always_inline]] inline values<Real, Lanes> all(Real x) {
  if constexpr (Lanes == 1) {
    return x;
  } else {
    return x - values<Real, Lanes>{};
  }
}

// The larger of two numbers in each lane; b where a is not a number.
template <class Real, int Lanes>
[[gnu::always_inline]] inline values<Real, Lanes> larger(values<Real, Lanes> a, values<Real, Lanes> b) {
  [[maybe_unused]] constexpr int bytes = Lanes * static_cast<int>(sizeof(Real));
  [[maybe_unused]] constexpr bool f32 = sizeof(Real) == 4;
  using v [[maybe_unused]] = values<Real, Lanes>;
#ifdef __AVX512VL__
  if constexpr (bytes == 64 && f32) return v(_mm512_max_ps(__m512(a), __m512(b)));
  if constexpr (bytes == 64 && !f32) return v(_mm512_max_pd(__m512d(a), __m512d(b)));
#endif
#ifdef __AVX2__
  if constexpr (bytes == 32 && f32) return v(_mm256_max_ps(__m256(a), __m256(b)));
  if constexpr (bytes == 32 && !f32) return v(_mm256_max_pd(__m256d(a), __m256d(b)));
#endif
  return a > b ? a : b;
}

// Bit k: a[k] >= b[k] or, if Strict, a[k] > b[k].
template <class Real, int Lanes, bool Strict>
[[gnu::always_inline]] inline std::uint32_t compare(values<Real, Lanes> a, values<Real, Lanes> b) {
  [[maybe_unused]] constexpr int bytes = Lanes * static_cast<int>(sizeof(Real));
  [[maybe_unused]] constexpr bool f32 = sizeof(Real) == 4;
#ifdef __AVX2__
  constexpr int how = Strict ? _CMP_GT_OQ : _CMP_GE_OQ;
#endif
#ifdef __AVX512VL__
  if constexpr (bytes == 64 && f32) return _mm512_cmp_ps_mask(__m512(a), __m512(b), how);
  if constexpr (bytes == 64 && !f32) return _mm512_cmp_pd_mask(__m512d(a), __m512d(b), how);
#endif
#ifdef __AVX2__
  if constexpr (bytes == 32 && f32) return std::uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(__m256(a), __m256(b), how)));
  if constexpr (bytes == 32 && !f32) {
    return std::uint32_t(_mm256_movemask_pd(_mm256_cmp_pd(__m256d(a), __m256d(b), how)));
  }
#endif
  if constexpr (Lanes == 1) {
    return Strict ? a > b : a >= b;
  } else {
    std::uint32_t bits = 0;
    for (int k = 0; k < Lanes; ++k) bits |= std::uint32_t(Strict ? a[k] > b[k] : a[k] >= b[k]) << k;
    return bits;
  }
}

// a * b - c, rounded once where the instruction set has such an instruction. So it may only be used where both
// roundings give the same result in the end.
template <class Real, int Lanes>
[[gnu::always_inline]] inline values<Real, Lanes> times_minus(values<Real, Lanes> a, values<Real, Lanes> b,
                                                              values<Real, Lanes> c) {
  [[maybe_unused]] constexpr int bytes = Lanes * static_cast<int>(sizeof(Real));
  [[maybe_unused]] constexpr bool f32 = sizeof(Real) == 4;
  using v [[maybe_unused]] = values<Real, Lanes>;
#ifdef __AVX512VL__
  if constexpr (bytes == 64 && f32) return v(_mm512_fmsub_ps(__m512(a), __m512(b), __m512(c)));
  if constexpr (bytes == 64 && !f32) return v(_mm512_fmsub_pd(__m512d(a), __m512d(b), __m512d(c)));
#endif
#ifdef __AVX2__
  if constexpr (bytes == 32 && f32) return v(_mm256_fmsub_ps(__m256(a), __m256(b), __m256(c)));
  if constexpr (bytes == 32 && !f32) return v(_mm256_fmsub_pd(__m256d(a), __m256d(b), __m256d(c)));
#endif
  return a * b - c;
}

// Whether a >= b in any lane of any register; tested one register after the other.
template <class Real, int Lanes>
struct any_lane {
  static constexpr int bytes = Lanes * static_cast<int>(sizeof(Real));
  using mask = decltype(values<Real, Lanes>{} >= values<Real, Lanes>{});

  std::conditional_t<Lanes == 1, std::uint32_t, mask> found{};  // the lanes where one test has not failed
  // The lanes where all tests have failed, for AVX-512, where one instruction compares and combines. Four, so that it
  // seldom waits for the one before.
  std::uint16_t failed[4] = {0xffff, 0xffff, 0xffff, 0xffff};

  template <std::size_t I>
  [[gnu::always_inline]] void test(values<Real, Lanes> a, values<Real, Lanes> b) {
#ifdef __AVX512VL__
    if constexpr (bytes == 64 && sizeof(Real) == 4) {
      failed[I % 4] = _mm512_mask_cmp_ps_mask(failed[I % 4], __m512(a), __m512(b), _CMP_NGE_UQ);
      return;
    } else if constexpr (bytes == 64) {
      const auto before = static_cast<__mmask8>(failed[I % 4]);
      failed[I % 4] = _mm512_mask_cmp_pd_mask(before, __m512d(a), __m512d(b), _CMP_NGE_UQ);
      return;
    }
#endif
    if constexpr (bytes != 64) found |= a >= b;
  }

  [[gnu::always_inline]] bool any() const {
    if constexpr (bytes == 64) {
      constexpr std::uint32_t lanes = (1u << Lanes) - 1;
      return (failed[0] & failed[1] & failed[2] & failed[3] & lanes) != lanes;
    } else if constexpr (Lanes == 1) {
      return found != 0;
    } else if constexpr (bytes == 32) {
#ifdef __AVX2__
      return !_mm256_testz_si256(__m256i(found), __m256i(found));
#endif
    } else {
      std::uint64_t words[sizeof(mask) / 8], bits = 0;
      __builtin_memcpy(words, &found, sizeof words);
      for (const auto word : words) bits |= word;
      return bits != 0;
    }
  }
};

// Lane k: all ones if bit k is set, otherwise 0.
template <class Integer, int Lanes>
[[gnu::always_inline]] inline values<Integer, Lanes> lanes_of_bits(std::uint32_t bits) {
  values<Integer, Lanes> bit_of_lane;
  for (int k = 0; k < Lanes; ++k) bit_of_lane[k] = Integer{1} << k;
  return (all<Integer, Lanes>(static_cast<Integer>(bits)) & bit_of_lane) != 0;
}

// Lanes whose bit is set become `value`.
template <class Real, int Lanes>
[[gnu::always_inline]] inline void set_lanes(values<Real, Lanes>& v, std::uint32_t bits, Real value) {
  if constexpr (Lanes == 1) {
    v = bits != 0 ? value : v;
    return;
  }
#ifdef __AVX512VL__
  if constexpr (Lanes == 16) {
    v = values<Real, Lanes>(_mm512_mask_mov_ps(__m512(v), static_cast<__mmask16>(bits), _mm512_set1_ps(value)));
    return;
  } else if constexpr (Lanes * sizeof(Real) == 64) {
    v = values<Real, Lanes>(_mm512_mask_mov_pd(__m512d(v), static_cast<__mmask8>(bits), _mm512_set1_pd(value)));
    return;
  }
#endif
  if constexpr (Lanes > 1) v = lanes_of_bits<integer_like<Real>, Lanes>(bits) ? all<Real, Lanes>(value) : v;
}

// Stores the lanes whose bit is set.
template <class Value, int Lanes>
[[gnu::always_inline]] inline void store_lanes(values<Value, Lanes> v, std::uint32_t bits, Value* to) {
  if constexpr (Lanes == 1) {
    *to = bits != 0 ? v : *to;
    return;
  }
#ifdef __AVX512VL__
  if constexpr (Lanes == 16) return _mm512_mask_storeu_ps(to, static_cast<__mmask16>(bits), __m512(v));
  if constexpr (Lanes == 8 && sizeof(Value) == 8)
    return _mm512_mask_storeu_pd(to, static_cast<__mmask8>(bits), __m512d(v));
#endif
  if constexpr (Lanes > 1) {
    store<values<Value, Lanes>>(lanes_of_bits<integer_like<Value>, Lanes>(bits) ? v : load<Value, Lanes>(to), to);
  }
}

// Of a step neuron that has fired: does not reach its threshold again.
template <class Real>
constexpr auto fired_potential = -static_cast<Real>(never);

// Of a ramp neuron that has fired: no number, so it fails all tests.
template <class Real>
constexpr auto fired_slope = static_cast<Real>(__builtin_nan(""));

// The registers of a tile: the first Lanes neurons, the next Lanes and so on. The last three may overlap.
template <class Real, int Lanes, int Count>
struct register_block {
  using lane_values = values<Real, Lanes>;
  static constexpr int overlapping = Count < 3 ? Count : 3;

  std::uint32_t last;  // where the last register begins

  [[gnu::always_inline]] explicit register_block(std::uint32_t size) : last(size - Lanes) {}

  template <std::size_t I>
  [[gnu::always_inline]] std::uint32_t begin() const {
    constexpr auto at = static_cast<std::uint32_t>(I * Lanes);
    if constexpr (I + overlapping < Count) {
      return at;
    } else {
      return at < last ? at : last;
    }
  }

  // The lanes of a register that no register before it has, as bits.
  template <std::size_t I>
  [[gnu::always_inline]] std::uint32_t own_lanes() const {
    constexpr auto lanes = static_cast<std::uint32_t>((std::uint64_t{1} << Lanes) - 1);
    constexpr auto at = static_cast<std::uint32_t>(I * Lanes);
    if constexpr (I + overlapping < Count) {
      return lanes;
    } else {
      const auto moved = at - begin<I>();
      return moved < Lanes ? lanes << moved & lanes : 0;
    }
  }

  // Calls f(register number as a constant, its first neuron) for each register.
  template <class F>
  [[gnu::always_inline]] void each(const F& f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      (f(std::integral_constant<std::size_t, I>(), begin<I>()), ...);
    }
    (std::make_index_sequence<Count>());
  }
};

// One bit for each lane of a block, register after register.
template <int Lanes, int Count>
struct lane_bits {
  std::uint64_t words[(Lanes * Count + 63) / 64] = {};

  template <std::size_t I>
  [[gnu::always_inline]] void set(std::uint32_t bits) {
    words[I * Lanes / 64] |= std::uint64_t{bits} << (I * Lanes % 64);
  }
  template <std::size_t I>
  [[gnu::always_inline]] std::uint32_t of_register() const {
    return static_cast<std::uint32_t>(words[I * Lanes / 64] >> (I * Lanes % 64) & ((std::uint64_t{1} << Lanes) - 1));
  }

  // Calls f(number of the lane in the block) for each bit that is set.
  template <class F>
  [[gnu::always_inline]] void each_lane(const F& f) const {
    std::uint32_t first = 0;
    for (auto word : words) {
      for (; word != 0; word &= word - 1) f(first + static_cast<std::uint32_t>(__builtin_ctzll(word)));
      first += 64;
    }
  }
};

// Writes crossings without a branch on what is written, which could not be predicted. A lane is written once, also
// where registers overlap.
template <class Real, int Lanes, int Count>
struct crossing_writer {
  const register_block<Real, Lanes, Count>& block;
  crossing_list to;
  std::uint32_t first;
  std::size_t count = 0;

  [[gnu::always_inline]] void write(std::uint32_t lane, double t, Real v_m) {
    const auto nominal = lane / Lanes * Lanes;
    const auto moved = nominal > block.last ? nominal - block.last : 0;
    to.neurons[count] = first + lane - moved;
    to.times[count] = t;
    to.v_m[count] = static_cast<double>(v_m);
    count += lane % Lanes >= moved;
  }
};

template <class Real, int Lanes, int Count>
[[gnu::noinline]] std::size_t cross_step(const neuron_tile<Real>& tile, Real* sum_w, const crossing_list& crossings) {
  using lane_values = values<Real, Lanes>;
  const register_block<Real, Lanes, Count> block(tile.size);
  lane_values sums[Count];
  block.each([&](auto i, std::uint32_t begin) { sums[i] = load<Real, Lanes>(sum_w + begin); });
  const auto v_th = all<Real, Lanes>(tile.v_th);
  crossing_writer<Real, Lanes, Count> writer{block, crossings, tile.first};
  for (std::size_t a = 0; a < tile.count && writer.count < tile.size;) {
    const auto t = tile.arrivals[a].time;
    do {
      const Real* w = tile.arrivals[a].weights + tile.first;
      block.each([&](auto i, std::uint32_t begin) { sums[i] += load<Real, Lanes>(w + begin); });
      ++a;
    } while (a < tile.count && tile.arrivals[a].time == t);
    lane_values highest[4] = {v_th, v_th, v_th, v_th};
    block.each([&](auto i, std::uint32_t) { highest[i % 4] = larger<Real, Lanes>(sums[i], highest[i % 4]); });
    const auto highest_of_all =
        larger<Real, Lanes>(larger<Real, Lanes>(highest[0], highest[1]), larger<Real, Lanes>(highest[2], highest[3]));
    if (!compare<Real, Lanes, true>(highest_of_all, v_th)) continue;
    lane_bits<Lanes, Count> crossing;
    Real v_m[Lanes * Count];
    block.each([&](auto i, std::uint32_t) {
      crossing.template set<i>(compare<Real, Lanes, true>(sums[i], v_th));
      store(sums[i], v_m + i * Lanes);
    });
    crossing.each_lane([&](std::uint32_t lane) { writer.write(lane, t, v_m[lane]); });
    block.each([&](auto i, std::uint32_t) {
      set_lanes<Real, Lanes>(sums[i], crossing.template of_register<i>(), fired_potential<Real>);
    });
  }
  block.each([&](auto i, std::uint32_t begin) { store(sums[i], sum_w + begin); });
  return writer.count;
}

// A ramp neuron with slope S and offset O may cross up to `t` if S due_bound(t) >= v_th + O, or if
// S due_bound(t) - O >= v_th. Without a division, so it may also be true for a rounded crossing just after `t`
// (integrate.hpp, find_due). The bound is larger than all roundings together, on both sides.
template <class Real>
[[gnu::always_inline]] inline Real due_bound(double t) {
  constexpr Real epsilon = sizeof(Real) == 4 ? Real(__FLT_EPSILON__) : Real(__DBL_EPSILON__);
  return static_cast<Real>(t) * (1 + 4 * epsilon);
}

// The value in a register, and the compiler does not know where it is from. Otherwise g++ loads weights again for each
// use, which takes as long as the additions, and keeps the numbers of a test for an equal test later.
template <class Values>
[[gnu::always_inline]] inline Values in_register(Values v) {
#if defined(__AVX512VL__)
  asm("" : "+v"(v));
#elif defined(__x86_64__)
  asm("" : "+x"(v));
#endif
  return v;
}

// Lane k: table[indices[k]].
template <int Lanes, class Integers>
[[gnu::always_inline]] inline values<double, Lanes> look_up(const double* table, Integers indices) {
  using v = values<double, Lanes>;
#ifdef __AVX512VL__
  if constexpr (Lanes == 8 && sizeof(indices) == 32) return v(_mm512_i32gather_pd(__m256i(indices), table, 8));
  if constexpr (Lanes == 8 && sizeof(indices) == 64) return v(_mm512_i64gather_pd(__m512i(indices), table, 8));
#endif
#ifdef __AVX2__
  if constexpr (Lanes == 4 && sizeof(indices) == 16) return v(_mm256_i32gather_pd(table, __m128i(indices), 8));
  if constexpr (Lanes == 4 && sizeof(indices) == 32) return v(_mm256_i64gather_pd(table, __m256i(indices), 8));
#endif
  v found;
  for (int k = 0; k < Lanes; ++k) found[k] = table[indices[k]];
  return found;
}

// Stores the first `count` lanes.
template <class To, class Values>
[[gnu::always_inline]] inline void store_first(const Values& v, std::size_t count, To* to) {
  constexpr std::size_t lanes = sizeof v / sizeof(To);
  if (count >= lanes) return store(v, to);
  for (std::size_t k = 0; k < count; ++k) to[k] = v[k];
}

// The sums of the neurons of a tile when they were found to cross, and the interval, as in `ramp_crossings`.
template <class Real, int Lanes, int Count>
struct crossing_sums {
  static constexpr int together = widest / 8;  // double lanes of the widest register
  static constexpr int room = Lanes * Count + together;
  using integer = integer_like<Real>;

  Real slope[room], offset[room];
  integer interval[room];

  [[gnu::always_inline]] void clear() {
    for (int k = 0; k < room; ++k) {
      slope[k] = 1;
      offset[k] = 0;
      interval[k] = 0;
    }
  }

  // Writes the crossings, in vectors of neurons. False if a neuron does not cross in its interval.
  [[gnu::always_inline]] bool cross(const neuron_tile<Real>& tile, const ramp_crossings& to) const {
    using doubles = values<double, together>;
    using integers = values<std::int32_t, together>;
    const auto v_th = all<Real, together>(tile.v_th);
    std::uint32_t failed = 0;
    for (std::uint32_t j = 0; j < tile.size; j += together) {
      const auto s = load<Real, together>(slope + j), o = load<Real, together>(offset + j);
      const auto k = load<integer, together>(interval + j);
      const auto begin = look_up<together>(to.starts, k), end = look_up<together>(to.starts + 1, k);
      const auto reached = __builtin_convertvector((v_th + o) / s, doubles);
      const doubles at = reached <= begin ? begin : reached;
      const auto v_m = s * __builtin_convertvector(at, values<Real, together>) - o;
      const auto crosses = compare<double, together, true>(__builtin_convertvector(s, doubles), doubles{}) &
                           compare<double, together, false>(end, at) &
                           compare<double, together, true>(all<double, together>(tile.end), at);
      const auto silent = compare<double, together, false>(begin, all<double, together>(never));
      failed |= ~(crosses | silent);
      const auto left = std::size_t{tile.size - j};
      store_first(__builtin_convertvector(k, integers), left, to.intervals + j);
      store_first(at, left, to.times + j);
      store_first(__builtin_convertvector(v_m, doubles), left, to.v_m + j);
    }
    return (failed & ((1u << together) - 1)) == 0;
  }
};

// As if no neuron crossed.
template <class Real>
[[gnu::always_inline]] inline void write_silence(const neuron_tile<Real>& tile, const ramp_crossings& to) {
  for (std::uint32_t j = 0; j < tile.size; ++j) to.intervals[j] = 0;
  for (std::uint32_t j = 0; j < tile.size; ++j) to.times[j] = never;
}

// The plain version of cross_ramp: sums in memory, neuron by neuron.
template <class Real>
[[gnu::noinline]] std::size_t cross_ramp_plainly(const neuron_tile<Real>& tile, Real* sum_w, Real* sum_wt,
                                                 const ramp_crossings& crossings) {
  write_silence(tile, crossings);
  std::size_t crossed = 0;
  std::uint32_t interval = 1;
  double t = tile.last, tested = tile.tested;
  crossings.starts[interval] = t;
  for (std::size_t a = 0; crossed < tile.size; ++interval) {
    const double next = a < tile.count ? tile.arrivals[a].time : tile.until;
    crossings.starts[interval + 1] = next;
    const auto due = due_bound<Real>(next);
    for (std::uint32_t j = 0; next > tested && j < tile.size; ++j) {
      const Real slope = sum_w[j], offset = sum_wt[j];
      if (!(slope > 0) || !(slope * due >= tile.v_th + offset)) continue;
      const auto reached = static_cast<double>((tile.v_th + offset) / slope);
      const double at = reached <= t ? t : reached;
      if (!(at <= next && at < tile.end)) continue;
      crossings.intervals[j] = interval;
      crossings.times[j] = at;
      crossings.v_m[j] = static_cast<double>(slope * static_cast<Real>(at) - offset);
      ++crossings.counts[interval];
      ++crossed;
      sum_w[j] = fired_slope<Real>;
    }
    if (a == tile.count) break;
    t = tested = next;
    const auto arrival = static_cast<Real>(t);
    do {
      const Real* w = tile.arrivals[a].weights + tile.first;
      for (std::uint32_t j = 0; j < tile.size; ++j) {
        sum_w[j] += w[j];
        sum_wt[j] += w[j] * arrival;
      }
      ++a;
    } while (a < tile.count && tile.arrivals[a].time == t);
  }
  return crossed;
}

// The fast version: sums in registers. Which neurons cross in an interval cannot be predicted, so nothing branches on
// it:
// - Neurons that the test without division finds are supposed to cross. Their sums are put aside, and all crossings of
//   the tile are computed together at the end. If one of them does not cross in its interval, as its rounded crossing
//   is just after it, the plain version does the tile again. In a layer of 400 neurons that is one image in a hundred.
// - Whether any neuron crosses can be predicted before the first crossing only. After a crossing, the neurons that
//   cross are put aside without a test for some intervals, also where there are none.
template <class Real, int Lanes, int Count>
[[gnu::noinline]] std::size_t cross_ramp(const neuron_tile<Real>& tile, Real* sum_w, Real* sum_wt,
                                         const ramp_crossings& crossings) {
  using lane_values = values<Real, Lanes>;
  const register_block<Real, Lanes, Count> block(tile.size);
  lane_values slopes[Count], offsets[Count];
  block.each([&](auto i, std::uint32_t begin) {
    slopes[i] = load<Real, Lanes>(sum_w + begin);
    offsets[i] = load<Real, Lanes>(sum_wt + begin);
  });
  const auto v_th = all<Real, Lanes>(tile.v_th);
  crossing_sums<Real, Lanes, Count> sums;
  using integer = integer_like<Real>;
  // AVX-512 stores some lanes of a register at once. Elsewhere registers without a crossing are skipped.
  constexpr bool stores_lanes = Lanes * sizeof(Real) == 64;
  [[maybe_unused]] constexpr std::size_t ahead = 6;  // the arrival whose weights are fetched into the cache
  sums.clear();
  std::size_t crossed = 0, interval = 1;
  unsigned untested = 0;  // intervals
  double t = tile.last, tested = tile.tested;
  crossings.starts[0] = never;
  crossings.starts[1] = t;
  for (std::size_t a = 0; crossed < tile.size; ++interval) {
    const double next = a < tile.count ? tile.arrivals[a].time : tile.until;
    crossings.starts[interval + 1] = next;
    const auto due = due_bound<Real>(next < tile.end ? next : tile.end);
    bool some_cross = next > tested;
    if (some_cross && untested == 0) {
      any_lane<Real, Lanes> may_cross;
      const auto dues = all<Real, Lanes>(due);
      block.each([&](auto i, std::uint32_t) {
        may_cross.template test<i>(times_minus<Real, Lanes>(slopes[i], dues, offsets[i]), v_th);
      });
      some_cross = may_cross.any();
    }
    if (some_cross) {
      const auto dues = all<Real, Lanes>(in_register(due));
      const auto now = all<integer, Lanes>(static_cast<integer>(interval));
      const auto before = crossed;
      block.each([&](auto i, std::uint32_t begin) {
        const auto potential = times_minus<Real, Lanes>(slopes[i], dues, offsets[i]);
        const auto bits = compare<Real, Lanes, false>(potential, v_th);
        if (!stores_lanes && bits == 0) return;
        crossed += static_cast<std::size_t>(__builtin_popcount(bits & block.template own_lanes<i>()));
        store_lanes<Real, Lanes>(slopes[i], bits, sums.slope + begin);
        store_lanes<Real, Lanes>(offsets[i], bits, sums.offset + begin);
        store_lanes<integer, Lanes>(now, bits, sums.interval + begin);
        set_lanes<Real, Lanes>(slopes[i], bits, fired_slope<Real>);
      });
      crossings.counts[interval] += static_cast<std::uint32_t>(crossed - before);
      untested = !stores_lanes ? 0 : crossed > before ? 4 : untested - 1;
    }
    if (a == tile.count) break;
    t = tested = next;
    const auto arrival = all<Real, Lanes>(static_cast<Real>(t));
    do {
      const Real* w = tile.arrivals[a].weights + tile.first;
      if constexpr (stores_lanes) {  // narrower tiles take more instructions for it than it saves
        const Real* later = tile.arrivals[a + ahead < tile.count ? a + ahead : a].weights + tile.first;
        block.each([&](auto i, std::uint32_t begin) {
          if constexpr (i * Lanes * sizeof(Real) % 64 == 0) __builtin_prefetch(later + begin);  // each cache line once
        });
      }
      block.each([&](auto i, std::uint32_t begin) {
        const auto weights = in_register(load<Real, Lanes>(w + begin));
        slopes[i] += weights;
        offsets[i] += weights * arrival;
      });
      ++a;
    } while (a < tile.count && tile.arrivals[a].time == t);
  }
  if (crossed == 0) {
    write_silence(tile, crossings);
  } else if (!sums.cross(tile, crossings)) {
    for (std::uint32_t j = 0; j < tile.size; ++j)
      crossings.counts[crossings.intervals[j]] -= crossings.intervals[j] > 0;
    return cross_ramp_plainly(tile, sum_w, sum_wt, crossings);
  }
  block.each([&](auto i, std::uint32_t begin) {
    store(slopes[i], sum_w + begin);
    store(offsets[i], sum_wt + begin);
  });
  return crossed;
}

template <class Real, int Lanes, int Count>
[[gnu::noinline]] std::size_t sum_weights(const neuron_tile<Real>& tile, Real* sum_w) {
  using lane_values = values<Real, Lanes>;
  const register_block<Real, Lanes, Count> block(tile.size);
  lane_values sums[Count];
  block.each([&](auto i, std::uint32_t) { sums[i] = lane_values{}; });
  for (std::size_t a = 0; a < tile.count; ++a) {
    const Real* w = tile.arrivals[a].weights + tile.first;
    block.each([&](auto i, std::uint32_t begin) { sums[i] += load<Real, Lanes>(w + begin); });
  }
  block.each([&](auto i, std::uint32_t begin) { store(sums[i], sum_w + begin); });
  return 0;
}

template <class Real, int Lanes, int Count>
[[gnu::noinline]] std::size_t sum_charges(const neuron_tile<Real>& tile, double t_fire, Real* sum_wt) {
  using lane_values = values<Real, Lanes>;
  const register_block<Real, Lanes, Count> block(tile.size);
  lane_values sums[Count];
  block.each([&](auto i, std::uint32_t) { sums[i] = lane_values{}; });
  for (std::size_t a = 0; a < tile.count; ++a) {
    const Real* w = tile.arrivals[a].weights + tile.first;
    const auto left = all<Real, Lanes>(static_cast<Real>(t_fire - tile.arrivals[a].time));
    block.each([&](auto i, std::uint32_t begin) { sums[i] += load<Real, Lanes>(w + begin) * left; });
  }
  block.each([&](auto i, std::uint32_t begin) { store(sums[i], sum_wt + begin); });
  return 0;
}

// Lanes of the widest register, without those that the kernel needs beside its sums.
template <class Real>
constexpr int widest_lanes = widest / static_cast<int>(sizeof(Real));
constexpr int most_of_one_sum = registers == 32 ? 28 : 13;
constexpr int most_of_two_sums = registers == 32 ? 13 : 6;

// Calls loop(lanes, number of registers), both constants, with the smallest block that holds `size` neurons.
template <class Real, int Lanes, int Most, class Loop>
[[gnu::always_inline]] inline std::size_t with_registers(std::uint32_t size, const Loop& loop) {
  const auto call = [&]<int Count>(std::integral_constant<int, Count> count) __attribute__((always_inline)) {
    return loop(std::integral_constant<int, Lanes>(), count);
  };
  const auto needed = (size + Lanes - 1) / Lanes;
  if (needed <= 1) return call(std::integral_constant<int, 1>());
  if (needed <= 2) return call(std::integral_constant<int, 2>());
  if (needed <= 4) return call(std::integral_constant<int, 4>());
  if constexpr (Lanes == widest_lanes<Real>) {
    if constexpr (Most == 6) return call(std::integral_constant<int, 6>());
    if (needed <= 7) return call(std::integral_constant<int, 7>());
    if (needed <= 10) return call(std::integral_constant<int, 10>());
    if (needed <= 13) return call(std::integral_constant<int, 13>());
    if constexpr (Most == 28) {
      if (needed <= 16) return call(std::integral_constant<int, 16>());
      if (needed <= 19) return call(std::integral_constant<int, 19>());
      if (needed <= 22) return call(std::integral_constant<int, 22>());
      if (needed <= 25) return call(std::integral_constant<int, 25>());
      return call(std::integral_constant<int, 28>());
    }
  }
  __builtin_unreachable();
}

// The widest register that is not larger than the tile.
template <class Real, int Lanes, int Most, class Loop>
[[gnu::always_inline]] inline std::size_t with_lanes(std::uint32_t size, const Loop& loop) {
  if constexpr (Lanes > 1) {
    if (size < Lanes) {
      constexpr bool shortest = Lanes * sizeof(Real) == 16;
      return with_lanes < Real, shortest ? 1 : Lanes / 2, Most > (size, loop);
    }
  }
  return with_registers<Real, Lanes, Most>(size, loop);
}

template <class Real>
std::size_t step_tile(const neuron_tile<Real>& tile, Real* sum_w, const crossing_list& crossings) {
  return with_lanes<Real, widest_lanes<Real>, most_of_one_sum>(
      tile.size, [&](auto lanes, auto count) { return cross_step<Real, lanes, count>(tile, sum_w, crossings); });
}

template <class Real>
std::size_t ramp_tile(const neuron_tile<Real>& tile, Real* sum_w, Real* sum_wt, const ramp_crossings& crossings) {
  return with_lanes<Real, widest_lanes<Real>, most_of_two_sums>(tile.size, [&](auto lanes, auto count) {
    return cross_ramp<Real, lanes, count>(tile, sum_w, sum_wt, crossings);
  });
}

template <class Real>
void sum_of_weights(const neuron_tile<Real>& tile, Real* sum_w) {
  with_lanes<Real, widest_lanes<Real>, most_of_one_sum>(
      tile.size, [&](auto lanes, auto count) { return sum_weights<Real, lanes, count>(tile, sum_w); });
}

template <class Real>
void sum_of_charges(const neuron_tile<Real>& tile, double t_fire, Real* sum_wt) {
  with_lanes<Real, widest_lanes<Real>, most_of_one_sum>(
      tile.size, [&](auto lanes, auto count) { return sum_charges<Real, lanes, count>(tile, t_fire, sum_wt); });
}

template <class Real>
void add_weights(const Real* __restrict weights, std::size_t count, Real* __restrict sum_w) {
  for (std::size_t j = 0; j < count; ++j) sum_w[j] += weights[j];
}

template <class Real>
void add_charges(const Real* __restrict weights, Real arrival, std::size_t count, Real* __restrict sum_w,
                 Real* __restrict sum_wt) {
  if (sum_w == nullptr) {
    for (std::size_t j = 0; j < count; ++j) sum_wt[j] += weights[j] * arrival;
    return;
  }
  for (std::size_t j = 0; j < count; ++j) {
    sum_w[j] += weights[j];
    sum_wt[j] += weights[j] * arrival;
  }
}

// The numbers [0, count) of one cell of a patch. `Lanes` numbers at a time, then half as many: cells are short.
template <int Lanes, class Real>
[[gnu::always_inline]] inline void add_cell(const Real* weights, Real pooled, Real arrival, std::size_t count,
                                            Real* sum) {
  std::size_t k = 0;
  for (; k + Lanes <= count; k += Lanes) {
    const auto added = load<Real, Lanes>(weights + k) * all<Real, Lanes>(pooled) * all<Real, Lanes>(arrival);
    store(load<Real, Lanes>(sum + k) + added, sum + k);
  }
  if constexpr (Lanes > 1) add_cell<Lanes / 2>(weights + k, pooled, arrival, count - k, sum + k);
}

// A patch whose cells fill `Registers` of the widest registers; 0: any cells. The compiler unrolls a constant number,
// and cells are so short that tests for the rest of a cell would take most of the time.
template <std::size_t Registers, class Real>
[[gnu::always_inline]] inline void add_cells(const patch& of_neuron, const Real* weights, Real pooled, Real arrival,
                                             Real* sum) {
  constexpr int lanes = widest / int{sizeof(Real)};
  const auto channels = Registers > 0 ? Registers * lanes : std::size_t{of_neuron.channels};
  for (std::uint32_t r = 0; r < of_neuron.rows; ++r) {
    const auto row = static_cast<std::ptrdiff_t>(r);
    const Real* from = weights + row * of_neuron.weight_row;
    Real* to = sum + row * of_neuron.post_row;
    for (std::uint32_t c = 0; c < of_neuron.columns; ++c) {
      add_cell<lanes>(from, pooled, arrival, channels, to);
      from += of_neuron.weight_column;
      to += of_neuron.post_column;
    }
  }
}

template <class Real>
void add_patch(const patch& of_neuron, const Real* weights, Real pooled, Real arrival, Real* sum) {
  constexpr std::size_t lanes = widest / sizeof(Real);
  auto p = of_neuron;
  weights += p.weight;
  sum += p.post;
  // The cells of a row may follow each other in both arrays, as those of transposed convolutions do.
  if (p.weight_column == p.channels && p.post_column == p.channels) {
    p.channels *= p.columns;
    p.columns = 1;
  }
  switch (p.channels % lanes == 0 ? p.channels / lanes : 0) {
    case 1:
      return add_cells<1>(p, weights, pooled, arrival, sum);
    case 2:
      return add_cells<2>(p, weights, pooled, arrival, sum);
    case 3:
      return add_cells<3>(p, weights, pooled, arrival, sum);
    case 4:
      return add_cells<4>(p, weights, pooled, arrival, sum);
    default:
      add_cells<0>(p, weights, pooled, arrival, sum);
  }
}

// Where indices are written.
struct index_writer {
  std::uint32_t* indices;
  std::size_t count = 0;

  // Those of the lanes from `first` on whose bit is set.
  template <int Lanes>
  [[gnu::always_inline]] void write(std::size_t first, std::uint32_t bits) {
    const auto from = static_cast<std::uint32_t>(first);
#ifdef __AVX512VL__
    if constexpr (Lanes == 16) {
      const auto numbers = _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(from)),
                                            _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
      _mm512_storeu_si512(indices + count, _mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), numbers));
      count += static_cast<std::size_t>(__builtin_popcount(bits));
      return;
    } else if constexpr (Lanes == 8) {
      const auto numbers =
          _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(from)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(indices + count),
                          _mm256_maskz_compress_epi32(static_cast<__mmask8>(bits), numbers));
      count += static_cast<std::size_t>(__builtin_popcount(bits));
      return;
    }
#endif
    for (; bits != 0; bits &= bits - 1) indices[count++] = from + static_cast<std::uint32_t>(__builtin_ctz(bits));
  }
};

// Calls found(index of the first lane, lanes as a constant) with the widest registers, then for single numbers.
template <class Real, class Found>
[[gnu::always_inline]] inline void for_each_register(std::size_t count, const Found& found) {
  constexpr int lanes = widest_lanes<Real>;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) found(i, std::integral_constant<int, lanes>());
  for (; i < count; ++i) found(i, std::integral_constant<int, 1>());
}

#ifdef __AVX512VL__
// Bit k: `value` is in [first[k], first[k] + counts[k]).
[[gnu::always_inline]] inline std::uint32_t in_ranges(std::uint32_t value, const std::uint32_t* first,
                                                      const std::uint32_t* counts) {
  const auto from = _mm512_sub_epi32(_mm512_set1_epi32(static_cast<int>(value)), _mm512_loadu_si512(first));
  return _mm512_cmplt_epu32_mask(from, _mm512_loadu_si512(counts));
}

// Writes those of from[0, 16) whose bit is set, one after the other; to [16].
template <class T>
[[gnu::always_inline]] inline void compact(std::uint32_t bits, const T* from, T* to) {
  if constexpr (sizeof(T) == 4) {
    const auto kept = _mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), _mm512_loadu_si512(from));
    _mm512_storeu_si512(to, kept);
  } else {
    const auto low = static_cast<__mmask8>(bits), high = static_cast<__mmask8>(bits >> 8);
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi64(low, _mm512_loadu_si512(from)));
    _mm512_storeu_si512(to + __builtin_popcount(low), _mm512_maskz_compress_epi64(high, _mm512_loadu_si512(from + 8)));
  }
}

// Calls take(first, bits) for the numbers [first, first + 16) of [first, end), sixteen at a time. The bits say for
// which of them `value` is in their range.
template <class Take>
[[gnu::always_inline]] inline void find_in_ranges(std::uint32_t value, const std::uint32_t* begins,
                                                  const std::uint32_t* counts, std::size_t first, std::size_t end,
                                                  const Take& take) {
  for (; first < end; first += 16) {
    auto bits = in_ranges(value, begins + first, counts + first);
    if (end - first < 16) bits &= (1u << (end - first)) - 1;
    take(first, bits);
  }
}

// Sums `count` arrivals at one cell, for Registers x Lanes of its channels from `channel` on. The biases come after
// `before` of them.
template <int Registers, int Lanes, class Real>
[[gnu::always_inline]] inline void sum_channels(const grid_of_sums<Real>& to, const found_arrivals<Real>& found,
                                                std::size_t before, std::size_t count, std::ptrdiff_t first_weight,
                                                std::size_t channel, Real* sum) {
  const register_block<Real, Lanes, Registers> block(Registers * Lanes);
  values<Real, Lanes> sums[Registers];
  block.each([&](auto i, std::uint32_t) { sums[i] = values<Real, Lanes>{}; });
  const auto pooled = all<Real, Lanes>(to.pooled);
  const auto begin_of_channels = first_weight + static_cast<std::ptrdiff_t>(channel);
  const auto add = [&](std::size_t first, std::size_t end) __attribute__((always_inline)) {
    for (auto a = first; a < end; ++a) {
      const Real* w = to.weights + (begin_of_channels + found.cell_weight[a]);
      const auto charge = all<Real, Lanes>(found.cell_charge[a]);
      block.each([&](auto i, std::uint32_t begin) { sums[i] += load<Real, Lanes>(w + begin) * pooled * charge; });
    }
  };
  add(0, before);
  if (to.biases != nullptr) {
    const auto charge = all<Real, Lanes>(to.bias_charge);
    block.each(
        [&](auto i, std::uint32_t begin) { sums[i] += load<Real, Lanes>(to.biases + channel + begin) * charge; });
  }
  add(before, count);
  block.each([&](auto i, std::uint32_t begin) { store(sums[i], sum + channel + begin); });
}

// The same for all channels from `channel` on: as many at once as four registers hold, then fewer.
template <int Registers, int Lanes, class Real>
[[gnu::always_inline]] inline void sum_cell(const grid_of_sums<Real>& to, const found_arrivals<Real>& found,
                                            std::size_t before, std::size_t count, std::ptrdiff_t first_weight,
                                            std::size_t channel, Real* sum) {
  constexpr std::size_t at_once = Registers * Lanes;
  for (; channel + at_once <= to.channels; channel += at_once)
    sum_channels<Registers, Lanes>(to, found, before, count, first_weight, channel, sum);
  if constexpr (Registers > 1) {
    sum_cell<Registers / 2, Lanes>(to, found, before, count, first_weight, channel, sum);
  } else if constexpr (Lanes > 1) {
    constexpr bool shortest = Lanes * sizeof(Real) == 16;
    if (channel < to.channels)
      sum_cell<1, shortest ? 1 : Lanes / 2>(to, found, before, count, first_weight, channel, sum);
  }
}

template <class Real>
void sum_cells(const grid_of_sums<Real>& to, const grid_arrivals<Real>& arrivals, const found_arrivals<Real>& found,
               Real* sum) {
  for (std::uint32_t row = 0; row < to.rows; ++row) {
    std::size_t in_row = 0;
    const auto take_to_row = [&](std::size_t first, std::uint32_t bits) __attribute__((always_inline)) {
      compact(bits, arrivals.first_column + first, found.first_column + in_row);
      compact(bits, arrivals.columns + first, found.columns + in_row);
      compact(bits, arrivals.weight + first, found.weight + in_row);
      compact(bits, arrivals.charge + first, found.charge + in_row);
      in_row += static_cast<std::size_t>(__builtin_popcount(bits));
    };
    find_in_ranges(row, arrivals.first_row, arrivals.rows, 0, to.before_biases, take_to_row);
    const auto before_in_row = in_row;
    find_in_ranges(row, arrivals.first_row, arrivals.rows, to.before_biases, arrivals.count, take_to_row);
    for (std::uint32_t column = 0; column < to.columns; ++column, sum += to.channels) {
      std::size_t count = 0;
      const auto take_to_cell = [&](std::size_t first, std::uint32_t bits) __attribute__((always_inline)) {
        compact(bits, found.weight + first, found.cell_weight + count);
        compact(bits, found.charge + first, found.cell_charge + count);
        count += static_cast<std::size_t>(__builtin_popcount(bits));
      };
      find_in_ranges(column, found.first_column, found.columns, 0, before_in_row, take_to_cell);
      const auto before = count;
      find_in_ranges(column, found.first_column, found.columns, before_in_row, in_row, take_to_cell);
      const auto first_weight = row * to.cell_row + column * to.cell_column;
      sum_cell<4, widest_lanes<Real>>(to, found, before, count, first_weight, 0, sum);
    }
  }
}
#endif

template <class Real>
std::size_t find_above(const Real* sum_w, const Real* armed_v_th, std::size_t count, std::uint32_t* indices) {
  index_writer writer{indices};
  for_each_register<Real>(count, [&](std::size_t i, auto lanes) {
    const auto bits = compare<Real, lanes, true>(load<Real, lanes>(sum_w + i), load<Real, lanes>(armed_v_th + i));
    if (bits != 0) writer.write<lanes>(i, bits);
  });
  return writer.count;
}

template <class Real>
std::size_t find_reaching(const Real* v_m, Real reach, Real v_th, std::size_t count, std::uint32_t* indices) {
  index_writer writer{indices};
  for_each_register<Real>(count, [&](std::size_t i, auto lanes) {
    const auto reached = load<Real, lanes>(v_m + i) + all<Real, lanes>(reach);
    const auto bits = compare<Real, lanes, false>(reached, all<Real, lanes>(v_th));
    if (bits != 0) writer.write<lanes>(i, bits);
  });
  return writer.count;
}

template <class Real>
std::size_t find_due(const Real* sum_w, const Real* sum_wt, const Real* armed_v_th, std::size_t count, double until,
                     std::uint32_t* indices) {
  const Real due = due_bound<Real>(until);
  index_writer writer{indices};
  for_each_register<Real>(count, [&](std::size_t i, auto lanes) {
    const auto reached = load<Real, lanes>(sum_w + i) * due;
    const auto needed = load<Real, lanes>(armed_v_th + i) + load<Real, lanes>(sum_wt + i);
    const auto bits = compare<Real, lanes, false>(reached, needed);
    if (bits != 0) writer.write<lanes>(i, bits);
  });
  return writer.count;
}

template <class Real>
double earliest_crossing(const Real* sum_w, const Real* sum_wt, std::size_t count, Real v_th) {
  constexpr int widest = widest_lanes<Real>;
  auto lowest = all<Real, widest>(static_cast<Real>(never));
  auto lowest_of_rest = static_cast<Real>(never);
  for_each_register<Real>(count, [&](std::size_t i, auto lanes) {
    const auto slope = load<Real, lanes>(sum_w + i);
    const auto reached = (all<Real, lanes>(v_th) + load<Real, lanes>(sum_wt + i)) / slope;
    if constexpr (lanes == widest) {
      lowest = ((slope > 0) & (reached < lowest)) ? reached : lowest;
    } else {
      lowest_of_rest = ((slope > 0) & (reached < lowest_of_rest)) ? reached : lowest_of_rest;
    }
  });
  for (int k = 0; k < widest; ++k) lowest_of_rest = lowest[k] < lowest_of_rest ? lowest[k] : lowest_of_rest;
  return static_cast<double>(lowest_of_rest);
}

std::size_t times_before(const double* times, std::size_t count, double end, std::uint32_t* indices) {
  index_writer writer{indices};
  for_each_register<double>(count, [&](std::size_t i, auto lanes) {
    const auto at = load<double, lanes>(times + i);
    writer.write<lanes>(i, compare<double, lanes, false>(at, all<double, lanes>(0.0)) &
                               compare<double, lanes, true>(all<double, lanes>(end), at));
  });
  return writer.count;
}

// The place of each spike is the number of those before it: without a branch on their order, which could not be
// predicted.
void order_spikes(const std::uint32_t* neurons, const double* times, std::size_t count, std::uint32_t first_id,
                  spike* sorted) {
  constexpr std::size_t lanes = widest / 8;
  for (std::size_t k = 0; k < count; ++k) {
    const auto at = all<double, lanes>(times[k]);
    const auto own = k / lanes * lanes;
    const auto place_in = [&](std::size_t from, std::uint32_t before) {
      const auto others = load<double, lanes>(times + from);
      const auto left = count - from;
      const auto in_list = (std::uint32_t{1} << (left < lanes ? left : lanes)) - 1;
      return __builtin_popcount(
          (compare<double, lanes, true>(at, others) | (compare<double, lanes, false>(at, others) & before)) & in_list);
    };
    auto place = place_in(own, (std::uint32_t{1} << (k - own)) - 1);
    for (std::size_t from = 0; from < own; from += lanes) place += place_in(from, ~std::uint32_t{0});
    for (std::size_t from = own + lanes; from < count; from += lanes) place += place_in(from, 0);
    sorted[place] = {first_id + neurons[k], times[k]};
  }
}

template <class Real>
constexpr vector_kernels<Real> all_kernels{
    .most_neurons = most_of_one_sum * widest_lanes<Real>,
    .most_ramp_neurons = most_of_two_sums* widest_lanes<Real>,
    .cross_step = step_tile<Real>,
    .cross_ramp = ramp_tile<Real>,
    .sum_weights = sum_of_weights<Real>,
    .sum_charges = sum_of_charges<Real>,
    .add_weights = add_weights<Real>,
    .add_charges = add_charges<Real>,
    .add_patch = add_patch<Real>,
#ifdef __AVX512VL__
    .sum_cells = sum_cells<Real>,
#else
    .sum_cells = nullptr,
#endif
    .find_above = find_above<Real>,
    .find_reaching = find_reaching<Real>,
    .find_due = find_due<Real>,
    .earliest_crossing = earliest_crossing<Real>,
    .times_before = times_before,
    .order_spikes = order_spikes,
};

}  // namespace

extern const vector_kernels<float> kernels_f32 = all_kernels<float>;
extern const vector_kernels<double> kernels_f64 = all_kernels<double>;

}  // namespace firstspike::INSTRUCTION_SET
