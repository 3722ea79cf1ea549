#include "firstspike/training/training_options.hpp"

#include <algorithm>
#include <filesystem>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

template <class Options>
void append_common(option_table<Options>& t) {
  using o = Options;
  const auto add = [&t](const char* name, auto member, const auto& kind, const char* help, option_role role) {
    t.push_back(make_option<o>(name, member, kind, help, role));
  };
  add(
      "set", [](o & r) -> auto& { return r.set; }, one_of(data_set_names()), "data set", option_role::result);
  add(
      "data", [](o & r) -> auto& { return r.data; }, directory_path("DIR"), "directory of the data set",
      option_role::run);
  add(
      "images", [](o & r) -> auto& { return r.images; }, file_path("F"), "your own training images, idx, may be gzip",
      option_role::result);
  add(
      "labels", [](o & r) -> auto& { return r.labels; }, file_path("F"), "your own training labels, idx, may be gzip",
      option_role::result);
  add(
      "train-count", [](o & r) -> auto& { return r.train_count; }, whole_number(),
      "train on the first N images; 0: all", option_role::result);
  close_group(t, "Data");
  add(
      "from", [](o & r) -> auto& { return r.from; }, file_path("M.h5"),
      "start from the weights of this model; of a GAN: its generator, with discriminator.h5 beside it",
      option_role::result);
  add(
      "precision", [](o & r) -> auto& { return r.single_precision; }, one_of<bool>({{"f32", true}, {"f64", false}}),
      "precision of weights and sums", option_role::result);
  add(
      "engine", [](o & r) -> auto& { return r.engine; },
      schedulers({scheduler::automatic, scheduler::heap, scheduler::sweep}),
      "scheduler; the result is bit-identical; auto chooses the faster one", option_role::run);
  add(
      "threads", [](o & r) -> auto& { return r.threads; }, narrowed<unsigned>(1, 1024),
      "number of threads; does not affect the result", option_role::machine);
  close_group(t, "Run");
  add(
      "record", [](o & r) -> auto& { return r.record; }, file_path("TRACE"),
      "write spikes and weights of the last training step as a trace", option_role::run);
  add(
      "record-every", [](o & r) -> auto& { return r.record_every; }, whole_number(),
      "record every N-th step too, to TRACE-STEP; 0: the last only", option_role::run);
  add(
      "checkpoint-every", [](o & r) -> auto& { return r.checkpoint_every; }, whole_number(),
      "training steps between checkpoints; 0: each epoch, or 250 steps of a GAN", option_role::run);
  close_group(t, "Recording");
}

void make_absolute(training_options& o) {
  for (auto* path : {&o.images, &o.labels, &o.data, &o.from, &o.record}) {
    if (*path && *path != images_in_memory) *path = std::filesystem::absolute(**path).lexically_normal().string();
  }
}

template <class Options>
void check_common(const Options& o, const std::map<std::string, std::string>& given) {
  require(o.images || !o.labels, "labels needs images, whose labels they are");
  for (const auto* other : {"set", "data"}) {
    require(!o.images || !given.contains(other), "images and {} exclude each other", other);
  }
  require(o.set != "strokes" || !o.data, "data has no effect with set = 'strokes', which are built in");
  require(o.record_every == 0 || o.record, "record-every has no effect without record");
  for (const auto& [name, value] : given) {
    require(!o.from || !is_initial_weight(o, name), "{} has no effect with from, whose weights the run starts with",
            name);
  }
}

// The given options of `table`, without those that the run itself adds.
template <class Inner>
std::map<std::string, std::string> those_of(const option_table<Inner>& table,
                                            const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> values;
  for (const auto& o : table) {
    if (const auto found = given.find(o.name); found != given.end()) values.insert(*found);
  }
  return values;
}

template <class Options>
std::map<std::string, std::string> recorded(const option_table<Options>& table, const Options& options, bool all_kept) {
  const auto without_effect = options_without_effect(options.learn);
  std::map<std::string, std::string> values;
  for (const auto& o : table) {
    if (without_effect.contains(o.name) || o.role == option_role::machine) continue;
    if (o.role == option_role::run && !all_kept) continue;
    if (o.name == "set" && options.images) continue;
    if (options.from && is_initial_weight(options, o.name)) continue;
    if (auto value = o.show(options); !value.empty()) values.emplace(o.name, std::move(value));
  }
  return values;
}

}  // namespace

const option_table<classifier_training_options>& classifier_training_table() {
  using o = classifier_training_options;
  static const option_table<o> table = [] {
    option_table<o> t;
    append_options(
        t, classifier_option_table(), [](o & r) -> auto& { return r.learn; });
    t.push_back(make_option<o>(
        "epochs", [](o & r) -> auto& { return r.epochs; }, whole_number(1, 1'000'000),
        "passes over the training images, in total"));
    close_group(t, "Run");
    t.push_back(make_option<o>(
        "validation", [](o & r) -> auto& { return r.validation; }, whole_number(),
        "number of training images used for validation, to select the best model"));
    close_group(t, "Data");
    append_common(t);
    return t;
  }();
  return table;
}

const option_table<gan_training_options>& gan_training_table() {
  using o = gan_training_options;
  static const option_table<o> table = [] {
    option_table<o> t;
    append_options(
        t, gan_option_table(), [](o & r) -> auto& { return r.learn; });
    t.push_back(make_option<o>(
        "steps", [](o & r) -> auto& { return r.steps; }, whole_number(1, 1'000'000'000), "training steps, in total"));
    close_group(t, "Run");
    append_common(t);
    t.push_back(make_option<o>(
        "samples-every", [](o & r) -> auto& { return r.samples_every; }, whole_number(1),
        "training steps between sample grids", option_role::run));
    close_group(t, "Recording");
    return t;
  }();
  return table;
}

bool is_initial_weight(const classifier_training_options&, const std::string&) { return false; }

bool is_initial_weight(const gan_training_options&, const std::string& name) {
  return name.ends_with("init-std") || name.ends_with("initial-sum");
}

std::uint64_t usual_epochs(const classifier_options& o) {
  if (o.regime != "free" || o.kernel == synapse_kernel::ramp) return 16;
  return o.loss == "s4nn" ? 100 : 28;
}

classifier_training_options with_absolute_paths(classifier_training_options options) {
  make_absolute(options);
  return options;
}

gan_training_options with_absolute_paths(gan_training_options options) {
  make_absolute(options);
  return options;
}

classifier_training_options classifier_training_options_from(const std::map<std::string, std::string>& given) {
  classifier_training_options o;
  o.learn = classifier_options_from(those_of(classifier_option_table(), given));
  o.epochs = usual_epochs(o.learn);
  o.single_precision = o.learn.kernel == synapse_kernel::step || o.learn.regime != "free";
  read_options(classifier_training_table(), given, o);
  check_common(o, given);
  require(o.labels || !o.images, "labels is needed with images");
  return o;
}

gan_training_options gan_training_options_from(const std::map<std::string, std::string>& given) {
  gan_training_options o;
  o.learn = gan_options_from(those_of(gan_option_table(), given));
  o.single_precision = o.learn.kernel == synapse_kernel::step || o.learn.regime != "free";
  read_options(gan_training_table(), given, o);
  check_common(o, given);
  require(o.labels || !o.images || !o.learn.conditional, "labels is needed with images and conditional = 'on'");
  return o;
}

std::map<std::string, std::string> recorded_values(const classifier_training_options& options, bool all_kept) {
  return recorded(classifier_training_table(), options, all_kept);
}

std::map<std::string, std::string> recorded_values(const gan_training_options& options, bool all_kept) {
  return recorded(gan_training_table(), options, all_kept);
}

}  // namespace firstspike
