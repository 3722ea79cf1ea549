// Loops over the inputs of a layer that have an effect, up to rows_at_once at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "firstspike/models/block_sums.hpp"
#include "firstspike/models/rules.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {

/// Calls visit(rows) with the weights of the inputs that arrive before `end`, in several calls: the bias neuron first,
/// then the class, then by index. The factor of a row is that of its arrival, factor(arrival).
template <class Real, class Factor, class Visit>
void for_each_input(const layer_pass<Real>& pass, std::size_t sample, double end, const Factor& factor,
                    const Visit& visit) {
  constexpr std::size_t at_once = 64;
  std::array<scaled_row<Real>, at_once> rows;
  const auto visit_those_of = [&](std::uint32_t projection) {
    const auto times = pass.times_of(sample).subspan(pass.net.first_id(pass.net.pre(projection)));
    const auto pres = pass.net.populations()[pass.net.pre(projection)].size;
    const auto delay = pass.net.describe(projection).delay;
    const Real* weights = pass.net.weights(projection).data();
    const auto posts = pass.post_size();
    for (std::size_t first = 0; first < pres; first += at_once) {
      std::size_t count = 0;
      for (auto pre = first; pre < std::min<std::size_t>(pres, first + at_once); ++pre) {
        const double arrival = times[pre] + delay;
        rows[count] = {factor(arrival), weights + pre * posts};
        count += arrival < end;  // no branch, which would be mispredicted
      }
      if (count > 0) visit(std::span<const scaled_row<Real>>(rows).first(count));
    }
  };
  if (pass.of.bias) visit_those_of(*pass.of.bias);
  if (pass.of.classes) visit_those_of(*pass.of.classes);
  visit_those_of(pass.of.weights);
}

/// Sets dL/dt of the layer before: for each of its neurons that has an effect on a sample, `sign` times the sum that
/// `sums` computes: sums(weights, terms, count, out) of up to rows_at_once terms, made by term(sample, arrival).
template <class Term, class Real, class MakeTerm, class Sums>
void sum_to_pre(const layer_pass<Real>& pass, Real sign, const MakeTerm& term, const Sums& sums) {
  const auto pres = pass.pre_size();
  const auto delay = pass.net.describe(pass.of.weights).delay;
  const auto from = pass.net.first_id(pass.of.pre);
  for (std::size_t pre = 0; pre < pres; ++pre) {
    std::array<Term, gradient_block> terms;
    std::array<Real*, gradient_block> to;
    std::array<Real, gradient_block> out;
    std::size_t count = 0;
    for (auto sample = pass.first; sample < pass.end; ++sample) {
      auto& into = pass.dl_dt_pre[sample * pres + pre];
      into = 0;
      const double arrival = pass.times[sample * pass.net.neuron_count() + from + pre] + delay;
      to[count] = &into;
      terms[count] = term(sample, arrival);
      count += arrival < pass.memory.end[sample];  // no branch, which would be mispredicted
    }
    if (count == 0) continue;
    sums(pass.weights(pass.of.weights, pre).data(), terms.data(), count, out.data());
    for (std::size_t k = 0; k < count; ++k) *to[k] = sign * out[k];
  }
}

/// Sets the row of one input in `g`: the sum over samples on which the input has an effect. add_terms(sum, add, terms,
/// count, length) adds up to rows_at_once terms, made by term(sample, arrival, first) for the neurons from `first` on.
template <class Term, class Real, class MakeTerm, class AddTerms>
void sum_weight_row(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t pre, gradients<Real>& g,
                    const MakeTerm& term, const AddTerms& add_terms) {
  const bool was_reached = g.reached[projection][pre] != 0;
  const auto neurons = pass.net.neuron_count();
  const auto* times = pass.times.data() + pass.net.first_id(pass.net.pre(projection)) + pre;
  const auto delay = pass.net.describe(projection).delay;
  const auto blocks = (pass.end + gradient_block - 1) / gradient_block;
  const bool is_reached =
      sum_blocks(g.row(projection, pre), blocks, [&](std::size_t b, std::size_t first, std::span<Real> sum, bool add) {
        std::array<Term, gradient_block> terms;
        std::size_t count = 0;
        const auto last = std::min(pass.end, (b + 1) * gradient_block);
        for (auto sample = b * gradient_block; sample < last; ++sample) {
          const double arrival = times[sample * neurons] + delay;
          terms[count] = term(sample, arrival, first);
          count += arrival < pass.memory.end[sample];
        }
        if (count == 0) return false;
        add_terms(sum.data(), add, terms.data(), count, sum.size());
        return true;
      });
  if (is_reached) return;
  g.reached[projection][pre] = was_reached;
  g.clear(projection, pre);
}

}  // namespace firstspike
