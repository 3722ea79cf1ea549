#include "firstspike/engine/instruction_set.hpp"

#include <array>

#include "firstspike/engine/require.hpp"

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
#ifdef __x86_64__
  if (set == instruction_set::avx512) return avx512::kernels_f32;
  if (set == instruction_set::avx2) return avx2::kernels_f32;
#endif
  require(set == instruction_set::portable, "this program is not compiled for the instruction set");
  return portable::kernels_f32;
}

template <>
const vector_kernels<double>& kernels_for(instruction_set set) {
#ifdef __x86_64__
  if (set == instruction_set::avx512) return avx512::kernels_f64;
  if (set == instruction_set::avx2) return avx2::kernels_f64;
#endif
  require(set == instruction_set::portable, "this program is not compiled for the instruction set");
  return portable::kernels_f64;
}

}  // namespace firstspike
