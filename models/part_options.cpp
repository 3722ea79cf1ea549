#include "firstspike/models/part_options.hpp"

#include <algorithm>
#include <array>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {

const option_table<optimizer_options>& optimizer_option_table() {
  using o = optimizer_options;
  static const option_table<o> table{make_option<o>(
                                         "lr", [](o & a) -> auto& { return a.lr; }, real_number(0, 1e6, false),
                                         "learning rate of the first training step"),
                                     make_option<o>(
                                         "adam-beta1", [](o & a) -> auto& { return a.beta1; }, real_number(0, 0.999999),
                                         "adam: decay of the first moment"),
                                     make_option<o>(
                                         "adam-beta2", [](o & a) -> auto& { return a.beta2; }, real_number(0, 0.999999),
                                         "adam: decay of the second moment")};
  return table;
}

const option_table<rule_options>& rule_option_table() {
  using o = rule_options;
  static const option_table<o> table{
      make_option<o>(
          "sparsity", [](o & r) -> auto& { return r.sparsity; }, real_number(0, 1e6),
          "constant, divided by the number of hidden layers, added to -dL/dt of hidden spikes before the first "
          "output spike [1 / steps]"),
      make_option<o>(
          "normalise", [](o & r) -> auto& { return r.normalise; }, on_or_off(),
          "divide each layer's dL/dV by its norm"),
      make_option<o>(
          "jump-length", [](o & r) -> auto& { return r.jump_length; }, real_number(0, most_steps, false),
          "gradients: the response of a synapse rises over this many steps"),
      make_option<o>(
          "jump-ahead", [](o & r) -> auto& { return r.jump_ahead; }, real_number(0, most_steps),
          "gradients: how many of these steps lie after the spike"),
      make_option<o>(
          "min-slope", [](o & r) -> auto& { return r.min_slope; }, real_number(0, most_potential),
          "gradients: minimum slope at the threshold [potential / step]"),
      make_option<o>(
          "surrogate-width", [](o & r) -> auto& { return r.surrogate_width; }, real_number(0, 1e6),
          "gradients are propagated for hidden neurons with a potential this close to the threshold")};
  return table;
}

namespace {

// The `options` that `part` does not read.
template <class Part>
void add_unread(std::map<std::string, std::vector<std::string>>& names, const Part& part, const char* kind,
                std::span<const char* const> options) {
  for (std::string option : options) {
    if (reads(part, option)) continue;
    std::ranges::replace(option, '_', '-');
    names[option] = {kind};
  }
}

}  // namespace

void check_classes(std::span<const std::uint8_t> classes, std::size_t least) {
  require(classes.size() >= least && classes_of(classes).size() == classes.size(),
          "classes = '{}', allowed: {} or more different labels", label_list().show({classes.begin(), classes.end()}),
          least);
}

std::map<std::string, std::vector<std::string>> options_without_effect(const std::string& regime,
                                                                       const std::string& rule,
                                                                       const std::string& loss) {
  static constexpr std::array of_rules{"normalise", "jump_length", "jump_ahead", "min_slope", "surrogate_width"};
  static constexpr std::array of_losses{"gamma", "beta", "pull"};
  std::map<std::string, std::vector<std::string>> names;
  add_unread(names, rule_called(rule), "rule", of_rules);
  add_unread(names, loss_called(loss), "loss", of_losses);
  const auto add = [&](std::initializer_list<const char*> options) {
    for (const auto* option : options) names[option] = {"kernel", "regime"};
  };
  if (regime == "free") {
    add({"output-range", "image-range", "train-biases"});
  } else {
    add({"t-max", "v-th", "d-v-th", "window-open", "initial-sum", "d-initial-sum"});
  }
  if (regime != "relu") add({"range", "d-range"});
  return names;
}

synapse_kernel kernel_of(const std::map<std::string, std::string>& given, synapse_kernel kernel,
                         const std::string& regime) {
  const auto& r = regime_called(regime);
  if (!given.contains("kernel") && given.contains("regime")) return r.kernel.value_or(kernel);
  const auto name = [](synapse_kernel k) { return k == synapse_kernel::step ? "step" : "ramp"; };
  require(!r.kernel || *r.kernel == kernel, "regime = '{}', allowed with kernel {} only", regime,
          r.kernel ? name(*r.kernel) : "");
  return kernel;
}

}  // namespace firstspike
