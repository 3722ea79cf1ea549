#include "firstspike/engine/require.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {

namespace portable {
extern const training_kernels<float> training_f32;
extern const training_kernels<double> training_f64;
}  // namespace portable
#ifdef __x86_64__
namespace avx2 {
extern const training_kernels<float> training_f32;
extern const training_kernels<double> training_f64;
}  // namespace avx2
namespace avx512 {
extern const training_kernels<float> training_f32;
extern const training_kernels<double> training_f64;
}  // namespace avx512
#endif

template <>
const training_kernels<float>& training_kernels_for(instruction_set set) {
#ifdef __x86_64__
  if (set == instruction_set::avx512) return avx512::training_f32;
  if (set == instruction_set::avx2) return avx2::training_f32;
#endif
  require(set == instruction_set::portable, "this program is not compiled for the instruction set");
  return portable::training_f32;
}

template <>
const training_kernels<double>& training_kernels_for(instruction_set set) {
#ifdef __x86_64__
  if (set == instruction_set::avx512) return avx512::training_f64;
  if (set == instruction_set::avx2) return avx2::training_f64;
#endif
  require(set == instruction_set::portable, "this program is not compiled for the instruction set");
  return portable::training_f64;
}

template <>
const training_kernels<float>& kernels() {
  static const auto& best = training_kernels_for<float>(instruction_sets().back());
  return best;
}

template <>
const training_kernels<double>& kernels() {
  static const auto& best = training_kernels_for<double>(instruction_sets().back());
  return best;
}

}  // namespace firstspike
