#include "firstspike/apps/layer_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firstspike/apps/progress.hpp"

namespace firstspike {
namespace {

// Binary hidden layers have no range: they are sampled at a fixed time.
std::string range_option(std::string_view regime, bool is_last, const std::string& hidden, const std::string& last) {
  if (regime == "free" || (regime == "binary" && !is_last)) return "";
  return "--" + (is_last ? last : hidden);
}

layer_settings gan_settings(const gan_options& o, bool is_last, const std::string& prefix, const std::string& last) {
  return {is_last ? "--" + last + "-init-std" : "--" + prefix + "init-std", "--" + prefix + "v-th",
          range_option(o.regime, is_last, prefix + "range", last + "-range"), "--" + prefix + "lr"};
}

}  // namespace

layer_settings settings_of(const classifier_options& o, std::string_view layer) {
  const bool is_first = layer == hidden_name(0, o.hidden.size());
  return {is_first ? "--init-hidden" : "--init-output", "--v-th",
          range_option(o.regime, layer == "output", "range", "output-range"), "--lr"};
}

layer_settings generator_settings(const gan_options& o, std::string_view layer) {
  return gan_settings(o, layer == "image", "", "image");
}

layer_settings discriminator_settings(const gan_options& o, std::string_view layer) {
  return gan_settings(o, layer == "output", "d-", "output");
}

std::string advice(const layer_fault& fault, std::string_view regime, const layer_settings& s, bool at_start) {
  std::string change;
  if (fault.silent) {
    change = fmt::format("larger weights by {}", s.init);
    if (regime == "free") change = fmt::format("a lower {}, {}, or a longer --t-max", s.v_th, change);
  } else {
    change = fmt::format("smaller weights by {}", s.init);
    if (regime == "free") change = fmt::format("a higher {}, or {}", s.v_th, change);
    if (!s.range.empty()) change = fmt::format("a larger {}, or {}", s.range, change);
  }
  return (at_start ? "" : fmt::format("a lower {}, ", s.learning_rate)) + change;
}

std::string depth_warning(const classifier_options& o) {
  const auto& rule = rule_called(o.learning.rule);
  const auto given = o.hidden.size();
  if (rule.deepest == 0 || given <= rule.deepest) return "";
  return fmt::format(
      "warning: --hidden: {} layers; the gradients of rule {} are approximate and are measured up to {} hidden "
      "layer{}: "
      "outputs may tie or fall silent; try --regime binary or --regime relu",
      given, rule.name, rule.deepest, rule.deepest == 1 ? "" : "s");
}

json_object as_json(std::span<const lasting_fault> faults) {
  auto list = json_object::array();
  for (const auto& [network, fault, since, text] : faults) {
    list.push_back({{"network", network}, {"layer", fault.layer}, {"silent", fault.silent}, {"since_step", since}});
  }
  return list;
}

void fault_watch::see(const std::string& network, std::span<const layer_fault> faults, std::uint64_t step,
                      const std::string& when, const std::function<layer_settings(std::string_view layer)>& settings) {
  std::vector<lasting_fault> now;
  for (const auto& found : faults_) {
    if (found.network != network) now.push_back(found);
  }
  for (const auto& fault : faults) {
    const auto before = std::ranges::find_if(faults_, [&](const lasting_fault& old) {
      return old.network == network && old.fault.layer == fault.layer && old.fault.silent == fault.silent;
    });
    now.push_back(before != faults_.end() ? *before : lasting_fault{network, fault, step, when});
    message(fmt::format("warning: {}{}layer {} {} on every image, since {}; try {}", network,
                        network.empty() ? "" : ", ", fault.layer, fault.silent ? "is silent" : "fires as one",
                        now.back().since_text, advice(fault, regime_, settings(fault.layer), now.back().since == 0)));
  }
  faults_ = std::move(now);
}

}  // namespace firstspike
