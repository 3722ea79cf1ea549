#include "firstspike/training/layer_faults.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "firstspike/models/rules.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {
namespace {

// Names of the options that affect the firing of one layer.
struct layer_settings {
  std::string init;           // of its initial weights
  std::string v_th;           // free
  std::string range{};        // empty: no range
  std::string learning_rate;  // of its network
};

std::vector<remedy> remedies_by(const layer_settings& s, const layer_fault& fault, std::string_view regime,
                                bool at_start) {
  std::vector<remedy> list;
  if (!at_start) list.push_back({"a lower", s.learning_rate});
  if (fault.silent) {
    if (regime == "free") list.insert(list.end(), {{"a lower", s.v_th}, {"a longer", "t-max"}});
    list.push_back({"larger weights by", s.init});
  } else {
    if (regime == "free") list.push_back({"a higher", s.v_th});
    if (!s.range.empty()) list.push_back({"a larger", s.range});
    list.push_back({"smaller weights by", s.init});
  }
  return list;
}

// Hidden layers of the regime binary have no range: they are sampled at a fixed time.
std::string range_option(std::string_view regime, bool is_last, const std::string& hidden, const std::string& last) {
  if (regime == "free" || (regime == "binary" && !is_last)) return "";
  return is_last ? last : hidden;
}

std::vector<remedy> gan_remedies(const layer_fault& fault, const gan_options& o, const std::string& prefix,
                                 const std::string& last, const std::string& last_layer, bool at_start) {
  const bool is_last = fault.layer == last_layer;
  return remedies_by({is_last ? last + "-init-std" : prefix + "init-std", prefix + "v-th",
                      range_option(o.regime, is_last, prefix + "range", last + "-range"), prefix + "lr"},
                     fault, o.regime, at_start);
}

}  // namespace

std::vector<remedy> remedies_for(const layer_fault& fault, const classifier_options& o, bool at_start) {
  const bool is_first = fault.layer == hidden_name(0, hidden_layers(o));
  return remedies_by({is_first ? "init-hidden" : "init-output", "v-th",
                      range_option(o.regime, fault.layer == "output", "range", "output-range"), "lr"},
                     fault, o.regime, at_start);
}

std::vector<remedy> generator_remedies(const layer_fault& fault, const gan_options& o, bool at_start) {
  return gan_remedies(fault, o, "", "image", "image", at_start);
}

std::vector<remedy> discriminator_remedies(const layer_fault& fault, const gan_options& o, bool at_start) {
  return gan_remedies(fault, o, "d-", "output", "output", at_start);
}

std::size_t exceeded_depth(const classifier_options& o) {
  const auto deepest = rule_called(o.learning.rule).deepest;
  return hidden_layers(o) > deepest ? deepest : 0;
}

std::vector<layer_warning> fault_watch::update(
    const std::string& network, std::span<const layer_fault> faults, std::uint64_t step,
    const std::function<std::vector<remedy>(const layer_fault& fault, bool at_start)>& remedies) {
  std::vector<layer_warning> others, now;
  std::ranges::copy_if(faults_, std::back_inserter(others), [&](const auto& old) { return old.network != network; });
  for (const auto& fault : faults) {
    const auto before = std::ranges::find_if(faults_, [&](const layer_warning& old) {
      return old.network == network && old.fault.layer == fault.layer && old.fault.silent == fault.silent;
    });
    const auto since = before != faults_.end() ? before->since : step;
    now.push_back({network, fault, since, remedies(fault, since == 0)});
  }
  faults_ = std::move(others);
  faults_.insert(faults_.end(), now.begin(), now.end());
  return now;
}

template <class Real>
void check_finite_weights(const network<Real>& net, std::uint64_t step, std::string_view option, double rate) {
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const auto weights = net.weights(i);
    if (kernels<Real>().all_finite(weights.data(), weights.size())) continue;
    throw training_diverged(fmt::format(
        "training has diverged: weights from {} to {} are not finite after step {}; begin again with a lower "
        "{}, which was {}",
        net.populations()[net.pre(i)].name, net.populations()[net.post(i)].name, step, option, rate));
  }
}

template void check_finite_weights(const network<float>&, std::uint64_t, std::string_view, double);
template void check_finite_weights(const network<double>&, std::uint64_t, std::string_view, double);

}  // namespace firstspike
