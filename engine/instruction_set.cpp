#include "firstspike/engine/instruction_set.hpp"

#include <array>

#include "firstspike/engine/compiled_kernels.hpp"

namespace firstspike {

namespace portable {
extern const vector_kernels<float> kernels_f32;
extern const vector_kernels<double> kernels_f64;
}  // namespace portable
#ifdef __x86_64__
namespace avx2 {
extern const vector_kernels<float> kernels_f32;
extern const vector_kernels<double> kernels_f64;
}  // namespace avx2
namespace avx512 {
extern const vector_kernels<float> kernels_f32;
extern const vector_kernels<double> kernels_f64;
}  // namespace avx512
#endif

namespace {

// In the order of `instruction_set`.
#ifdef __x86_64__
constexpr std::array all_f32{&portable::kernels_f32, &avx2::kernels_f32, &avx512::kernels_f32};
constexpr std::array all_f64{&portable::kernels_f64, &avx2::kernels_f64, &avx512::kernels_f64};
#else
constexpr std::array all_f32{&portable::kernels_f32};
constexpr std::array all_f64{&portable::kernels_f64};
#endif

std::size_t count_sets() {
#ifdef __x86_64__
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return avx512 ? 3 : avx2 ? 2 : 1;
#else
  return 1;
#endif
}

}  // namespace

std::span<const instruction_set> instruction_sets() {
  static constexpr std::array all{instruction_set::portable, instruction_set::avx2, instruction_set::avx512};
  static const auto count = count_sets();
  return std::span(all).first(count);
}

template <>
const vector_kernels<float>& kernels_for(instruction_set set) {
  return compiled_for<vector_kernels<float>>(set, all_f32);
}

template <>
const vector_kernels<double>& kernels_for(instruction_set set) {
  return compiled_for<vector_kernels<double>>(set, all_f64);
}

}  // namespace firstspike
