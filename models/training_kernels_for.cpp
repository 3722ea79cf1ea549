#include <array>

#include "firstspike/engine/compiled_kernels.hpp"
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

namespace {

// In the order of `instruction_set`.
#ifdef __x86_64__
constexpr std::array all_f32{&portable::training_f32, &avx2::training_f32, &avx512::training_f32};
constexpr std::array all_f64{&portable::training_f64, &avx2::training_f64, &avx512::training_f64};
#else
constexpr std::array all_f32{&portable::training_f32};
constexpr std::array all_f64{&portable::training_f64};
#endif

}  // namespace

template <>
const training_kernels<float>& training_kernels_for(instruction_set set) {
  return compiled_for<training_kernels<float>>(set, all_f32);
}

template <>
const training_kernels<double>& training_kernels_for(instruction_set set) {
  return compiled_for<training_kernels<double>>(set, all_f64);
}

}  // namespace firstspike
