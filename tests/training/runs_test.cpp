// Training runs: stopped and resumed anywhere, in memory or with files, they end with the same result.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "firstspike/data/idx.hpp"
#include "firstspike/tests/refusal.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/checkpoint.hpp"
#include "firstspike/traces/run_metadata.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/training/classifier_trainer.hpp"
#include "firstspike/training/gan_trainer.hpp"
#include "firstspike/training/generated_images.hpp"
#include "firstspike/training/recording.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/trained_model.hpp"

using namespace firstspike;
namespace fs = std::filesystem;

namespace {

using texts = std::map<std::string, std::string>;

// Every file of a run's directory, by name, except the lock of a trainer that still lives.
std::map<std::string, std::string> files_in(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() == ".lock") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

void check_same_files(const fs::path& a, const fs::path& b) {
  const auto first = files_in(a), second = files_in(b);
  REQUIRE(first.size() == second.size());
  for (const auto& file : first) {
    CAPTURE(file.first);
    REQUIRE(second.contains(file.first));
    CHECK(second.at(file.first) == file.second);
  }
}

// Forty digits in idx files, and options for training on them.
struct digits {
  testing::scratch_directory scratch;
  texts options;

  explicit digits(const texts& more) : options(more) {
    const auto set = make_strokes(5, 40);
    write_idx_images(at("images"), set);
    write_idx_labels(at("labels"), set.labels);
    options.insert({{"images", at("images")}, {"labels", at("labels")}, {"batch", "8"}});
  }
  std::string at(const std::string& name) const { return (scratch / name).string(); }
};

texts classifier_texts(const texts& more) {
  texts all{{"hidden", "9"}, {"epochs", "2"}, {"validation", "8"}, {"checkpoint-every", "3"}};
  all.insert(more.begin(), more.end());
  return all;
}

texts gan_texts(const texts& more) {
  texts all{{"noise", "7"}, {"steps", "9"}, {"samples-every", "2"}, {"checkpoint-every", "4"}};
  if (!more.contains("layers")) all.insert({{"hidden", "9"}, {"d-hidden", "8"}});
  all.insert(more.begin(), more.end());
  return all;
}

template <class Trainer, class From>
void check_resumed_after_every_step(const texts& given, const From& from) {
  digits d(given);
  auto options = d.options;
  options.insert({{"record", d.at("whole/trace.h5")}, {"record-every", "2"}});
  fs::create_directories(d.at("whole"));
  const auto begin = [&](const std::string& name, const texts& with) {
    const auto o = from(with);
    return Trainer(o, load_training_data(o), run_files{d.at(name), {{"command", std::string("test")}}, false});
  };
  auto whole = begin("whole", options);
  CHECK(whole.run());
  CHECK(whole.finished());
  const auto expected = files_in(d.at("whole"));
  fs::rename(d.at("whole"), d.at("kept"));
  fs::create_directories(d.at("whole"));  // the same name again, because it is in the recorded options
  begin("whole", options).save();
  for (std::uint64_t steps = 0; steps < whole.steps_taken(); ++steps) {
    auto part = Trainer::resume(d.at("whole"));
    REQUIRE(part.steps_taken() == steps);
    part.step();
    part.save();
  }
  CHECK(Trainer::resume(d.at("whole")).finished());
  check_same_files(d.at("kept"), d.at("whole"));
}

}  // namespace

TEST_CASE("classifier runs: resumed after every step, every file is identical to the uninterrupted run's") {
  for (const texts& given : {texts{{"kernel", "step"}, {"loss", "s4nn"}}, texts{{"regime", "relu"}},
                             texts{{"regime", "relu"}, {"average", "0.9"}, {"elastic", "1"}, {"rotate", "9"}},
                             texts{{"regime", "binary"}}, texts{{"kernel", "ramp"}, {"regime", "free"}}}) {
    CAPTURE(given.begin()->second);
    check_resumed_after_every_step<classifier_trainer>(classifier_texts(given), classifier_training_options_from);
  }
}

TEST_CASE("GAN runs: resumed after every step, every file is identical to the uninterrupted run's") {
  const texts convolutional{{"conditional", "on"},
                            {"layers", "dense 7x7x3 / conv_transpose 1x8 stride 4 padding 2"},
                            {"d-layers", "conv 3x8 stride 4 / pool 2 / dense 6"}};
  for (const texts& given :
       {texts{{"kernel", "ramp"}}, texts{{"kernel", "step"}, {"conditional", "on"}}, convolutional}) {
    CAPTURE(given.begin()->second);
    check_resumed_after_every_step<gan_trainer>(gan_texts(given), gan_training_options_from);
  }
}

TEST_CASE("runs without files give the same weights, and a callback can stop them") {
  digits d(classifier_texts({{"regime", "relu"}}));
  const auto o = classifier_training_options_from(d.options);
  classifier_trainer with_files(o, load_training_data(o), run_files{d.at("run")});
  with_files.run();
  classifier_trainer in_memory(o, load_training_data(o));
  std::vector<std::uint64_t> seen;
  std::vector<epoch_result> epochs;
  classifier_callbacks callbacks;
  callbacks.on_step = [&](const classifier_progress& p) {
    seen.push_back(p.step);
    CHECK(p.steps == 8);
    return p.step != 3;
  };
  callbacks.on_epoch = [&](const epoch_result& e) { epochs.push_back(e); };
  CHECK_FALSE(in_memory.run(callbacks));
  CHECK(seen == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(in_memory.run(callbacks));
  REQUIRE(epochs.size() == 2);
  CHECK((epochs[0].epoch == 0 && epochs[0].step == 4 && epochs[1].step == 8 && epochs[0].validation.images == 8));
  const auto a = with_files.model(), b = in_memory.model();
  for (std::size_t i = 0; i < a.net.projection_count(); ++i) {
    const auto first = a.net.weights(i), second = b.net.weights(i);
    CHECK(std::vector(first.begin(), first.end()) == std::vector(second.begin(), second.end()));
  }
  CHECK(with_files.model_step() == in_memory.model_step());
  CHECK(with_files.last_gradient_hash() == in_memory.last_gradient_hash());
}

TEST_CASE("a finished run is resumed with more epochs or steps, and the schedule is adapted to them") {
  digits d(classifier_texts({{"regime", "relu"}}));
  const auto o = classifier_training_options_from(d.options);
  classifier_trainer(o, load_training_data(o), run_files{d.at("run")}).run();
  CHECK(classifier_trainer::resume(d.at("run")).finished());
  auto more = classifier_trainer::resume(d.at("run"), {{"epochs", "3"}});
  CHECK_FALSE(more.finished());
  CHECK(more.run());
  CHECK(more.steps_taken() == 12);
  CHECK(classifier_trainer::resume(d.at("run")).options().epochs == 3);
  CHECK(refusal([&] {
          classifier_trainer::resume(d.at("run"), {{"epochs", "2"}});
        }) == "epochs = '2', allowed with a resumed run: more than 3, as it began");
}

TEST_CASE("a run starts from the weights of a trained model, of the same layers") {
  digits d(classifier_texts({{"regime", "relu"}}));
  auto o = classifier_training_options_from(d.options);
  classifier_trainer first(o, load_training_data(o), run_files{d.at("run")});
  first.run();
  o.from = d.at("run/model.h5");
  o.learn.seed = 99;
  const auto begun = classifier_trainer(o, load_training_data(o)).model(), kept = first.model();
  for (std::size_t i = 0; i < begun.net.projection_count(); ++i) {
    const auto a = begun.net.weights(i), b = kept.net.weights(i);
    CHECK(std::vector(a.begin(), a.end()) == std::vector(b.begin(), b.end()));
  }
  o.learn.hidden = {8};
  CHECK(testing::message_of([&] { classifier_trainer(o, load_training_data(o)); })
            .ends_with(
                "model.h5: layers input 784, hidden_bias 1, hidden 9, output_bias 1, output 10, needed: input 784, "
                "hidden_bias 1, hidden 8, output_bias 1, output 10"));
  // The same sizes, and larger kernels.
  o.from.reset();
  o.learn.layers = "conv 2x3 padding 1 / dense 5";
  o.epochs = 1;
  classifier_trainer convolution(o, load_training_data(o), run_files{d.at("convolution")});
  convolution.run();
  o.from = d.at("convolution/model.h5");
  CHECK_NOTHROW(classifier_trainer(o, load_training_data(o)));
  o.learn.layers = "conv 2x5 padding 2 / dense 5";
  CHECK(testing::contains(
      testing::message_of([&] { classifier_trainer(o, load_training_data(o)); }),
      "a convolution of 3 x 3, stride 1, padding 1, pool 1 (18 weights), needed: a convolution of 5 x 5, "
      "stride 1, padding 2, pool 1 (50)"));

  digits g(gan_texts({{"kernel", "step"}}));
  auto of_gan = gan_training_options_from(g.options);
  gan_trainer gan(of_gan, load_training_data(of_gan), run_files{g.at("run")});
  gan.run();
  of_gan.from = g.at("run/model.h5");
  of_gan.learn.seed = 99;
  const gan_trainer again(of_gan, load_training_data(of_gan));
  for (const auto& [a, b] :
       {std::pair{gan.generator(), again.generator()}, std::pair{gan.discriminator(), again.discriminator()}}) {
    for (std::size_t i = 0; i < a.net.projection_count(); ++i) {
      CHECK(std::ranges::equal(a.net.weights(i), b.net.weights(i)));
    }
  }
}

TEST_CASE("a resumed run accepts other threads and records, but no option that determines the result") {
  digits d(gan_texts({{"kernel", "step"}}));
  const auto o = gan_training_options_from(d.options);
  gan_trainer begun(o, load_training_data(o), run_files{d.at("run")});
  begun.step();
  begun.save();
  const auto resumed = [&](const texts& changes) {
    return refusal([&] { gan_trainer::resume(d.at("run"), changes); });
  };
  CHECK(resumed({{"threads", "2"}, {"engine", "sweep"}, {"record", d.at("t.h5")}, {"checkpoint-every", "2"}}).empty());
  CHECK(resumed({{"noise", "7"}, {"lr", "0.0040"}}).empty());
  CHECK(resumed({{"lr", "0.5"}}) == "lr = '0.5', allowed with a resumed run: 0.004, as it began");
  CHECK(resumed({{"train-count", "39"}}).starts_with("train-count = '39', allowed"));
  CHECK(resumed({{"precision", "f64"}}).starts_with("precision = 'f64', allowed"));
  CHECK(resumed({{"steps", "8"}}).starts_with("steps = '8', allowed with a resumed run: more than 9"));
  CHECK(resumed({{"steps", "10"}}).empty());
  CHECK_THROWS_AS(classifier_trainer::resume(d.at("run")), std::runtime_error);
  CHECK_THROWS_AS(gan_trainer(o, load_training_data(o), run_files{d.at("run")}), std::runtime_error);
}

TEST_CASE("a run whose images or labels have changed since is not resumed") {
  digits d(gan_texts({{"kernel", "step"}}));
  const auto o = gan_training_options_from(d.options);
  gan_trainer begun(o, load_training_data(o), run_files{d.at("run")});
  begun.step();
  begun.save();
  const auto resumed = [&] { return testing::message_of([&] { gan_trainer::resume(d.at("run")); }); };
  const auto original = make_strokes(5, 40);
  auto inverted = original;
  for (auto& pixel : inverted.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  const auto changed = d.at("run") + "/checkpoint.h5: " + d.at("images") + " is not what the run was trained on";
  write_idx_images(d.at("images"), inverted, true);
  CHECK(resumed().starts_with(changed));
  write_idx_images(d.at("images"), images_between(original, 0, 39), true);
  write_idx_labels(d.at("labels"), std::span(original.labels).first(39), true);
  CHECK(resumed().starts_with(changed));
  write_idx_images(d.at("images"), original, true);
  auto labels = original.labels;
  std::swap(labels[0], labels[1]);
  write_idx_labels(d.at("labels"), labels, true);
  CHECK(resumed().starts_with(changed));
  write_idx_labels(d.at("labels"), original.labels, true);
  CHECK(resumed().empty());
  CHECK(gan_trainer::resume(d.at("run")).data().notes.empty());
  auto state = read_checkpoint(d.at("run/checkpoint.h5"));
  state.values.erase("data_sha256");
  write_checkpoint(d.at("run/checkpoint.h5"), state);
  CHECK(gan_trainer::resume(d.at("run")).data().notes ==
        std::vector<std::string>{d.at("run") +
                                 "/checkpoint.h5: has no SHA-256 of its data, as firstspike 0.2.0 wrote "
                                 "it; whether " +
                                 d.at("images") + " has changed since is not known"});
}

TEST_CASE("a run that was given its images in memory is resumed with them, and no other run with any") {
  digits d(classifier_texts({{"regime", "relu"}}));
  const auto images = make_strokes(5, 40);
  auto o = classifier_training_options_from(d.options);
  o.images = o.labels = images_in_memory;
  const auto begin = [&](const std::string& name) {
    return classifier_trainer(o, load_training_data(o, {}, images), run_files{d.at(name)});
  };
  auto whole = begin("whole");
  whole.run();
  auto part = begin("part");
  part.step();
  part.save();
  CHECK(kind_of_run(d.at("part")).trained_by == "train classifier");
  CHECK(kind_of_run(d.at("part")).in_memory);
  CHECK(testing::message_of([&] { classifier_trainer::resume(d.at("part")); }).find("images in memory") !=
        std::string::npos);
  auto others = images;
  others.pixels[0] ^= 1;
  CHECK(testing::message_of([&] {
          classifier_trainer::resume(d.at("part"), {}, {}, others);
        }).find("is not what the run was trained on") != std::string::npos);
  auto resumed = classifier_trainer::resume(d.at("part"), {}, {}, images);
  CHECK(resumed.run());
  CHECK(resumed.last_gradient_hash() == whole.last_gradient_hash());
  check_same_files(d.at("whole"), d.at("part"));

  const auto of_files = classifier_training_options_from(d.options);
  classifier_trainer(of_files, load_training_data(of_files), run_files{d.at("files")}).save();
  CHECK(!kind_of_run(d.at("files")).in_memory);
  CHECK_THROWS_AS(classifier_trainer::resume(d.at("files"), {}, {}, images), std::invalid_argument);
  CHECK(testing::message_of([&] { kind_of_run(d.at("none")); }) == d.at("none") + ": no such run directory");
}

TEST_CASE("a validation is cancelled by its callback, and the run goes on from its last checkpoint") {
  digits d(classifier_texts({{"regime", "relu"}}));
  const auto o = classifier_training_options_from(d.options);
  classifier_trainer whole(o, load_training_data(o), run_files{d.at("whole")});
  whole.run();
  classifier_trainer part(o, load_training_data(o), run_files{d.at("part")});
  std::uint64_t seen = 0;
  classifier_callbacks callbacks;
  callbacks.on_validation = [&](std::uint64_t done, std::uint64_t total) {
    CHECK((done <= total && total == 8));
    return ++seen == 0;
  };
  CHECK_THROWS_AS(part.run(callbacks), cancelled);
  CHECK(seen == 1);
  part = classifier_trainer::resume(d.at("part"));
  CHECK(part.steps_taken() == 3);
  CHECK(part.run());
  check_same_files(d.at("whole"), d.at("part"));
}

TEST_CASE("a run that starts from a model is resumed, although firstspike 0.2.0 recorded its initial weights") {
  digits d(gan_texts({}));
  const auto first = gan_training_options_from(d.options);
  gan_trainer(first, load_training_data(first), run_files{d.at("first")}).save();
  d.options["from"] = d.at("first/model.h5");
  const auto o = gan_training_options_from(d.options);
  CHECK(!recorded_values(o, true).contains("init-std"));
  gan_trainer(o, load_training_data(o), run_files{d.at("run")}).save();
  auto state = read_checkpoint(d.at("run/checkpoint.h5"));
  state.values["option.init-std"] = std::string("1.26");
  write_checkpoint(d.at("run/checkpoint.h5"), state);
  gan_trainer::resume(d.at("run")).step();
}

TEST_CASE("a run with relative paths is resumed from any directory, and takes them as they were given") {
  digits d(classifier_texts({{"regime", "relu"}}));
  const auto before = fs::current_path();
  fs::current_path(d.scratch / "");
  const texts paths{{"images", "images"}, {"labels", "labels"}};
  for (const auto& [name, path] : paths) d.options[name] = path;
  d.options["record"] = "trace.h5";
  const auto o = classifier_training_options_from(d.options);
  classifier_trainer begun(o, load_training_data(o), run_files{"run"});
  begun.step();
  begun.save();
  CHECK(refusal([&] { classifier_trainer::resume("run", paths); }).empty());
  fs::current_path(before);
  auto resumed = classifier_trainer::resume(d.at("run"));
  CHECK(resumed.data().name == d.at("images"));
  CHECK(resumed.run());
  CHECK(fs::exists(d.at("trace.h5")));
}

TEST_CASE("weights that are not finite stop a run with the step and what to change") {
  network<float> net({{"in", population_kind::source, 2, {}}, {"out", population_kind::neurons, 1, {1}}},
                     {{0, 1, synapse_kernel::step, false, 0, {1, 2}, {}}});
  check_finite_weights(net, 7, "lr", 0.5);
  for (const float wrong : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    net.weights(0)[1] = wrong;
    CHECK(
        testing::message_of([&] { check_finite_weights(net, 7, "lr", 0.5); }) ==
        "training has diverged: weights from in to out are not finite after step 7; begin again with a lower lr, which "
        "was 0.5");
    CHECK_THROWS_AS(check_finite_weights(net, 7, "lr", 0.5), training_diverged);
  }
}

TEST_CASE("runs take classes and image sizes from the data: letters from 1 to 26, images of 5 x 9") {
  digits d({});
  image_set letters{52, 5, 9, {}, {}};
  for (std::size_t i = 0; i < 52; ++i) {
    for (std::size_t p = 0; p < 45; ++p) letters.pixels.push_back(p % 26 == i % 26 || p == i / 2 ? 255 : 0);
    letters.labels.push_back(static_cast<std::uint8_t>(1 + i % 26));
  }
  write_idx_images(d.at("images"), letters, true);
  write_idx_labels(d.at("labels"), letters.labels, true);
  std::vector<std::uint8_t> alphabet(26);
  std::iota(alphabet.begin(), alphabet.end(), std::uint8_t{1});

  const auto given = [&](texts more) {
    more.insert(d.options.begin(), d.options.end());
    more.insert({"record", d.at("run/trace.h5")});
    return more;
  };
  const auto o = classifier_training_options_from(given(classifier_texts({{"regime", "relu"}})));
  classifier_trainer t(o, load_training_data(o), run_files{d.at("run"), {}, false});
  CHECK(t.run());
  const auto model = read_model(d.at("run/model.h5"));
  CHECK(model.label_of_output == alphabet);
  CHECK(model.net.populations().back().size == 26);
  CHECK(std::get<std::string>(model.metadata.at("option.classes")) == labels_text(alphabet));
  const auto replayed = replay(d.at("run/trace.h5"), 1);
  CHECK(replayed.recorded == replayed.recomputed);
  CHECK(classifier_trainer::resume(d.at("run")).options().learn.classes == alphabet);
  fs::remove_all(d.at("run"));

  const auto conditional = gan_training_options_from(given(gan_texts({{"conditional", "on"}})));
  {
    gan_trainer g(conditional, load_training_data(conditional), run_files{d.at("run"), {}, false});
    CHECK(g.run());
  }
  const auto again = replay(d.at("run/trace.h5"), 1);
  CHECK(again.recorded == again.recomputed);
  const auto labels = read_spike_trace(d.at("run/trace.h5")).labels;
  REQUIRE(labels.size() == 16);
  CHECK(std::ranges::all_of(labels, [](auto label) { return label >= 1 && label <= 26; }));
  const auto generator = load_generator(d.at("run/model.h5"));
  CHECK((generator.options.rows == 5 && generator.options.columns == 9));
  CHECK(generator.options.classes == alphabet);
  CHECK(generator.model.net.source_count() == 7 + 26);
  CHECK(generate(generator, {.count = 3, .label = 26}).images.pixels.size() == 3 * 45);
  CHECK(refusal([&] { generate(generator, {.count = 3, .label = 0}); }).starts_with("label 0, allowed: 1, 2, 3,"));
  fs::remove_all(d.at("run"));

  auto unlabelled = given(gan_texts({}));
  unlabelled.erase("labels");
  const auto free = gan_training_options_from(unlabelled);
  {
    gan_trainer g(free, load_training_data(free), run_files{d.at("run"), {}, false});
    CHECK(g.run());
  }
  CHECK(load_generator(d.at("run/model.h5")).model.net.populations().back().size == 45);
  CHECK(gan_trainer::resume(d.at("run")).finished());
  unlabelled["conditional"] = "on";
  CHECK(refusal([&] { gan_training_options_from(unlabelled); }) ==
        "labels is needed with images and conditional = 'on'");
}

TEST_CASE("runs refuse data of which a classifier learns nothing: no labels, or one class only") {
  digits d(classifier_texts({}));
  const auto o = classifier_training_options_from(d.options);
  auto data = load_training_data(o);
  std::ranges::fill(data.train.labels, std::uint8_t{4});
  CHECK(refusal([&] { classifier_trainer(o, data); }) ==
        d.at("labels") + ": every label is 4, needed: two classes or more");
  data.train.labels.clear();
  CHECK(refusal([&] { classifier_trainer(o, data); }) == d.at("images") + ": no labels, needed: one for each image");
  auto without = d.options;
  without.erase("labels");
  CHECK(refusal([&] { classifier_training_options_from(without); }) == "labels is needed with images");
}
