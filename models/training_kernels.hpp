// The inner loops of training, on plain pointers: sums of rows, dot products, optimizer steps. One table of functions
// for each set of vector instructions; all tables are bit-identical.
//
// Loops over postsynaptic neurons are elementwise, so they do not depend on the vector width. Dot products use eight
// lanes on every machine: lane k sums the products k, k + 8, k + 16, ..., and the lanes are added up first to last.
#pragma once

#include <cstddef>

#include "firstspike/engine/instruction_set.hpp"

namespace firstspike {

/// Rows of `length` numbers are added at the same time, up to this many.
inline constexpr std::size_t rows_at_once = 8;

/// A row, to be multiplied by `factor`.
template <class Real>
struct scaled_row {
  Real factor = 0;
  const Real* row = nullptr;  ///< [length]
};

/// The effect of a spike on the potential of a neuron that fires `since` steps after its arrival, relative to its
/// weight: min((since + offset) * per_step, most). A spike counts if from <= since < until.
template <class Real>
struct spike_response {
  Real from = 0, until = 0;
  Real offset = 0, per_step = 0, most = 0;
};

/// One input of neurons with constant thresholds: its arrival, and [length] the factor and firing time of each neuron.
template <class Real>
struct causal_input {
  Real arrival = 0;
  const Real* factor = nullptr;
  const Real* fires = nullptr;
};

template <class Real>
struct adam_step {
  Real scale, rate, beta1, beta2, correct_m, correct_v, epsilon;
  Real shrink;  ///< then w -= shrink w
};

// In all functions `length` is the number of elements of each row. `count` is the number of rows; where it is said, at
// most rows_at_once.
template <class Real>
struct training_kernels {
  /// sums += rows[0] + rows[1] + ..., one row after the other.
  void (*add_rows)(Real* sums, const Real* const* rows, std::size_t count, std::size_t length);

  /// out[r][k] = the sum of rows[r][j] others[k][j] over j, for `rows` [row_count][length] and 1 to rows_at_once
  /// others.
  void (*dots)(const Real* rows, std::size_t row_count, const Real* const* others, std::size_t count,
               std::size_t length, Real* out);

  /// out = s with s = factor_0 row_0 + factor_1 row_1 + ..., or with `add` out += s. 1 to rows_at_once rows.
  void (*sum_rows)(Real* out, bool add, const scaled_row<Real>* rows, std::size_t count, std::size_t length);

  /// sums += the rows of the inputs that count for each neuron: `rows` with arrivals as factors, `fires` [length] the
  /// firing times.
  void (*add_causal_rows)(Real* sums, const Real* fires, const scaled_row<Real>* rows, std::size_t count,
                          std::size_t length, const spike_response<Real>& response);

  /// out[k] = the sum of row[j] factor_k[j] over neurons for which input k counts. Up to rows_at_once inputs.
  void (*causal_dots)(const Real* row, const causal_input<Real>* inputs, std::size_t count, std::size_t length,
                      const spike_response<Real>& response, Real* out);

  /// As sum_rows, with the terms factor_k[j] response(fires_k[j] - arrival_k), where only response.from bounds `since`.
  void (*sum_causal_rows)(Real* out, bool add, const causal_input<Real>* inputs, std::size_t count, std::size_t length,
                          const spike_response<Real>& response);

  /// to += from.
  void (*add)(Real* to, const Real* from, std::size_t length);

  /// One step of Adam with the gradient scale * g. Moments that are no normal numbers become 0: arithmetic on denormals
  /// is a hundred times slower, and most moments of pixels that are rarely lit decay to them.
  void (*adam)(Real* w, Real* m, Real* v, const Real* g, std::size_t length, const adam_step<Real>& step);

  /// mean = w + keep (mean - w).
  void (*follow)(Real* mean, const Real* w, Real keep, std::size_t length);

  /// Whether no number is infinite or NaN.
  bool (*all_finite)(const Real* numbers, std::size_t length);
};

/// The table for one of instruction_sets(), and the one for the best of them.
template <class Real>
const training_kernels<Real>& training_kernels_for(instruction_set set);
template <class Real>
const training_kernels<Real>& kernels() {
  static const training_kernels<Real>& best = training_kernels_for<Real>(instruction_sets().back());
  return best;
}

}  // namespace firstspike
