// exp from IEEE basic operations alone: libm's differ in their last bit from one processor to the next, and
// what enters a gradient must not.
#pragma once

#include <cmath>

namespace firstspike {

/// e^x within 2 ulp, the same bits on every machine; 0 below -700, e^700 above 700.
inline double exact_exp(double x) {
  if (x < -700) return 0;
  if (x > 700) x = 700;
  constexpr double ln2_high = 0x1.62e42fefa0000p-1, ln2_low = 0x1.cf79abc9e3b3ap-40;  // Cody & Waite 1980
  const double k = std::floor(x * 0x1.71547652b82fep0 + 0.5);
  const double r = (x - k * ln2_high) - k * ln2_low;  // |r| <= ln 2 / 2
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = 1 + r / n * sum;  // Taylor: next term is below 2^-60
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace firstspike
