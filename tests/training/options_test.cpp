// The options of training runs: tables, defaults, what is recorded, what is refused.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "firstspike/tests/refusal.hpp"
#include "firstspike/training/training_data.hpp"
#include "firstspike/training/training_options.hpp"

using namespace firstspike;

namespace {

using texts = std::map<std::string, std::string>;

// Each option is read from its own text, one at a time, into options with other values.
template <class Options>
void check_table(const option_table<Options>& table, const Options& options, const Options& others) {
  std::set<std::string> names;
  for (const auto& o : table) {
    CAPTURE(o.name);
    CHECK(names.insert(o.name).second);
    CHECK(!o.help.empty());
    CHECK(!o.placeholder.empty());
    CHECK(!o.group.empty());
    auto changed = others;
    for (const auto& word : o.words) {
      o.read(changed, word);
      CHECK(o.show(changed) == word);
    }
    changed = others;
    const auto value = o.show(options);
    if (value.empty()) continue;
    o.read(changed, value);
    CHECK(o.show(changed) == value);
    for (const auto& untouched : table) {
      if (untouched.name == o.name) continue;
      CAPTURE(untouched.name);
      CHECK(untouched.show(changed) == untouched.show(others));
    }
  }
}

}  // namespace

TEST_CASE("options: each has a name of its own, and its text gives its value and no other") {
  check_table(classifier_training_table(), classifier_training_options_from({{"kernel", "ramp"}, {"regime", "relu"}}),
              classifier_training_options_from({{"loss", "aggressive"}}));
  check_table(gan_training_table(), gan_training_options_from({{"kernel", "step"}, {"conditional", "on"}}),
              gan_training_options_from({{"kernel", "ramp"}}));
}

TEST_CASE("options: those without a group at the end of a table are put into one, all others stay") {
  option_table<int> table(5);
  table[1].group = "first";
  close_group(table, "second");
  std::string groups;
  for (const auto& o : table) groups += o.group + ",";
  CHECK(groups == ",first,second,second,second,");
}

TEST_CASE("options: defaults follow from kernel, regime, loss, hidden layers and conditional") {
  const auto s4nn = classifier_training_options_from({});
  CHECK((s4nn.learn.loss == "s4nn" && s4nn.epochs == 100 && s4nn.single_precision));
  const auto deep = classifier_training_options_from({{"kernel", "ramp"}, {"hidden", "30,20"}});
  CHECK((deep.learn.loss == "xent" && deep.learn.t_max == 4 * 256 && deep.epochs == 16 && !deep.single_precision));
  const auto relu = classifier_training_options_from({{"regime", "relu"}, {"loss", "hinge"}});
  CHECK((relu.learn.kernel == synapse_kernel::ramp && relu.learn.loss == "hinge" && relu.single_precision));
  const auto binary = gan_training_options_from({{"regime", "binary"}, {"conditional", "on"}});
  const auto expected = gan_defaults(synapse_kernel::step, "binary", true);
  CHECK((binary.learn.kernel == synapse_kernel::step && binary.learn.rule == expected.rule));
  CHECK(binary.learn.discriminator.optimizer.lr == expected.discriminator.optimizer.lr);
}

TEST_CASE("options: one that is unknown, out of range, contradictory or without effect is refused by name") {
  const auto classifier = [](const texts& given) { return refusal([&] { classifier_training_options_from(given); }); };
  const auto gan = [](const texts& given) { return refusal([&] { gan_training_options_from(given); }); };
  CHECK(classifier({{"lrr", "1"}}) == "unknown option 'lrr', nearest: 'lr'");
  CHECK(classifier({{"lr", "0"}}) == "lr = '0', allowed: numbers above 0 up to 1000000");
  CHECK(gan({{"steps", "0"}}).starts_with("steps = '0', allowed"));
  CHECK(classifier({{"kernel", "step"}, {"regime", "relu"}}) == "regime = 'relu', allowed with kernel ramp only");
  CHECK(classifier({{"regime", "relu"}, {"rule", "s4nn"}}).starts_with("rule = s4nn, allowed"));
  CHECK(classifier({{"jump-length", "3"}}) == "jump-length has no effect with rule = 's4nn'");
  CHECK(classifier({{"shift-share", "0.1"}}) == "shift-share has no effect with shift = '0'");
  CHECK(classifier({{"distort-share", "0.1"}}) ==
        "distort-share has no effect with rotate = '0', zoom = '0', shear = '0', elastic = '0'");
  CHECK(gan({{"v-th", "3"}}) == "v-th has no effect with kernel = 'ramp', regime = 'relu'");
  CHECK(gan({{"images", "a"}}).empty());
  CHECK(gan({{"images", "a"}, {"conditional", "on"}}) == "labels is needed with images and conditional = 'on'");
  CHECK(gan({{"from", "m.h5"}, {"d-init-std", "1"}}) ==
        "d-init-std has no effect with from, whose weights the run starts with");
  CHECK(gan({{"labels", "a"}}) == "labels needs images, whose labels they are");
  CHECK(classifier({{"images", "a"}}) == "labels is needed with images");
  CHECK(gan({{"images", "a"}, {"labels", "b"}, {"set", "mnist"}}) == "images and set exclude each other");
  CHECK(gan({{"set", "strokes"}, {"data", "d"}}).starts_with("data has no effect with set = 'strokes'"));
  CHECK(gan({{"record-every", "3"}}) == "record-every has no effect without record");
  CHECK(classifier({{"t-in", "2.5"}}).starts_with("t_in = 2.5, allowed"));
}

TEST_CASE(
    "options: a model records options that determine its weights, a checkpoint also those of its run, neither the "
    "threads") {
  const auto options =
      classifier_training_options_from({{"record", "t.h5"}, {"threads", "3"}, {"engine", "sweep"}, {"lr", "0.125"}});
  const auto model = recorded_values(options, false), kept = recorded_values(options, true);
  CHECK(model.at("lr") == "0.125");
  CHECK(model.at("seed") == "1");
  CHECK(model.at("epochs") == "100");
  for (const auto* name : {"record", "engine", "threads", "jump-length", "images"}) {
    CAPTURE(name);
    CHECK(!model.contains(name));
  }
  CHECK((kept.at("record") == "t.h5" && kept.at("engine") == "sweep"));
  CHECK(!kept.contains("threads"));
  const auto again = classifier_training_options_from(kept);
  CHECK(recorded_values(again, true) == kept);
}

TEST_CASE("options: images in memory keep their name, name no data set, and cannot be loaded") {
  classifier_training_options o;
  o.images = o.labels = images_in_memory;
  o.record = "t.h5";
  const auto absolute = with_absolute_paths(o);
  CHECK(absolute.images == images_in_memory);
  CHECK(absolute.labels == images_in_memory);
  CHECK(absolute.record->starts_with("/"));
  const auto recorded = recorded_values(absolute, false);
  CHECK(recorded.at("images") == images_in_memory);
  CHECK(!recorded.contains("set"));
  CHECK_THROWS_WITH_AS(load_training_data(absolute), doctest::Contains("images in memory"), std::runtime_error);
}
