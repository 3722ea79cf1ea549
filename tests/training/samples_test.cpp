// Samples in: what they are read from, what a network does with them, and what a generator draws. By hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "firstspike/data/gif.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/png.hpp"
#include "firstspike/models/gan.hpp"
#include "firstspike/tests/refusal.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/training/generated_images.hpp"
#include "firstspike/training/network_input.hpp"
#include "firstspike/training/sample_files.hpp"
#include "firstspike/training/sample_runs.hpp"

using namespace firstspike;

namespace {

using times = std::vector<double>;
using testing::contains;
using testing::message_of;
using testing::scratch_directory;

/// Output k fires with pixel k; a pixel of p fires at 255 - p.
loaded_model two_outputs() {
  loaded_model model;
  model.net = network<double>({{"in", population_kind::source, 2, {}}, {"out", population_kind::neurons, 2, {1, 1}}},
                              {{0, 1, synapse_kernel::step, false, 0, {2, 0, 0, 2}, {}}});
  model.t_in = 255;
  model.t_max = 300;
  model.label_of_output = {0, 1};
  return model;
}

struct three_images {
  scratch_directory scratch;
  std::string images = scratch / "images.idx", labels = scratch / "labels.idx";
  input_request request{{images, labels}};

  three_images() {
    write_idx_images(images, {3, 1, 2, {200, 100, 100, 200, 50, 40}, {}});
    write_idx_labels(labels, std::vector<std::uint8_t>{0, 1, 1});
  }
};

}  // namespace

TEST_CASE("input: images are encoded, and a range of them is counted from its first") {
  three_images files;
  const auto all = load_input(two_outputs(), files.request);
  CHECK(all.from == files.images);
  CHECK(all.count == 3);
  CHECK(all.columns == 2);
  CHECK(all.times(0, 2) == times{55, 155, 155, 55});
  files.request.samples = {1, 3};
  const auto last = load_input(two_outputs(), files.request);
  CHECK(last.labels == std::vector<std::uint8_t>{1, 1});
  CHECK(last.times(1, 2) == times{205, 215});
  files.request.samples = {1, 4};
  CHECK(refusal([&] { load_input(two_outputs(), files.request); }) == "samples = '1:4', allowed: within 0:3");
  files.request.samples = {};
  files.request.count = 4;
  CHECK(refusal([&] { load_input(two_outputs(), files.request); }) == "count = '4', allowed: 1 to 3, which is all");
}

TEST_CASE("input: labels need outputs that are classes, and each an output of its own") {
  const three_images files;
  auto model = two_outputs();
  model.label_of_output = {0, 2};
  CHECK(message_of([&] { load_input(model, files.request); }) == "label 1 of sample 1 has no output in the network");
  model.label_of_output = {};
  CHECK(contains(refusal([&] { load_input(model, files.request); }), "labels: the network's outputs are no classes"));
  CHECK(load_input(model, {{files.images}}).labels.empty());
}

TEST_CASE("input: a trace of a run feeds the network again") {
  three_images files;
  const auto model = two_outputs();
  const std::string path = files.scratch / "t.h5";
  sample_run_options options;
  options.trace = {path};
  run_samples(model, load_input(model, files.request), options);
  const auto again = load_input(model, {{{}, files.labels}, path});
  CHECK(again.count == 3);
  CHECK(again.times(0, 3) == times{55, 155, 155, 55, 205, 215});
  CHECK(again.labels == std::vector<std::uint8_t>{0, 1, 1});
}

TEST_CASE("runs: spikes, synaptic events and decisions are summed over all samples, whatever the precision") {
  const three_images files;
  auto model = two_outputs();
  const auto input = load_input(model, files.request);
  std::vector<double> outputs;
  sample_run_options options;
  options.on_record = [&](const spike_record& record) {
    for (std::size_t s = 0; s < record.samples; ++s) outputs.push_back(record.times_of(s)[2]);
  };
  for (const bool single : {false, true}) {
    if (single) model.net = with_precision<float>(std::get<network<double>>(model.net));
    outputs.clear();
    std::uint64_t told = 0;
    const auto totals = run_samples(model, input, options, [&](std::uint64_t done, std::uint64_t total) {
      told = done;
      return total == 3;
    });
    CHECK(told == 3);
    CHECK(totals.samples == 3);
    CHECK(totals.spikes == std::vector<std::uint64_t>{6, 6});
    CHECK(totals.synaptic_events == 12);
    CHECK((totals.neurons == 2 && totals.emitted == 6));
    const auto costs = costs_of(totals);
    CHECK(costs.spikes_per_neuron == 1);  // 2 outputs, each of which fires in each of 3 samples
    CHECK(costs.synaptic_events == 4);
    CHECK(costs.windows == means_of(totals.decisions).decision_time / model.t_in);
    CHECK(totals.decisions.decided == std::vector<std::uint32_t>{0, 1, 0});
    CHECK(totals.decisions.correct == 2);
    CHECK(outputs == times{55, 155, 205});
  }
}

TEST_CASE("runs: one that stops at its first output spike has fewer spikes and the same decisions") {
  const three_images files;
  const auto model = two_outputs();
  const auto input = load_input(model, files.request);
  const auto full = run_samples(model, input);
  sample_run_options options;
  options.early_exit = true;
  const auto early = run_samples(model, input, options);
  CHECK(early.spikes[1] == 3);
  CHECK(different_decisions(full.decisions, early.decisions) == 0);
  readout other = full.decisions;
  other.decided[2] = 1;
  CHECK(different_decisions(full.decisions, other) == 1);
  other.decided.pop_back();
  CHECK(contains(refusal([&] { different_decisions(full.decisions, other); }), "readouts of 3 and of 2 samples"));
}

TEST_CASE("runs: a trace holds the layers that are asked for; a cancelled run leaves none") {
  const three_images files;
  const auto model = two_outputs();
  const auto input = load_input(model, files.request);
  const std::string path = files.scratch / "t.h5";
  sample_run_options options;
  options.trace = {path, std::vector<std::string>{"out"}, {{"seed", std::int64_t{3}}}};
  CHECK_THROWS_AS(run_samples(model, input, options, [](auto, auto) { return false; }), cancelled);
  CHECK_FALSE(std::filesystem::exists(path));
  run_samples(model, input, options);
  const auto trace = read_spike_trace(path);
  REQUIRE(trace.populations.size() == 1);
  CHECK(dense_times(trace.populations[0], 2) == times{55, 155, 155, 55, 205, 215});
  CHECK(std::get<std::string>(trace.metadata.at("precision")) == "f64");
  options.trace->layers = {"hidden"};
  CHECK(refusal([&] { run_samples(model, input, options); }) == "no layer 'hidden', allowed: in, out");
}

TEST_CASE("runs: a trace has the labels of its samples, and gives them back as input") {
  const three_images files;
  auto model = two_outputs();
  const auto labelled = load_input(model, files.request);
  const std::string path = files.scratch / "t.h5";
  sample_run_options options;
  options.trace = {path};
  const auto first = run_samples(model, labelled, options);
  CHECK(read_spike_trace(path).labels == labelled.labels);
  input_request again;
  again.spikes = path;
  const auto input = load_input(model, again);
  CHECK(input.labels == labelled.labels);
  CHECK(run_samples(model, input).decisions.correct == first.decisions.correct);
  again.samples = {{1, 3}};
  CHECK(load_input(model, again).labels == std::vector<std::uint8_t>{labelled.labels[1], labelled.labels[2]});
  // Outputs that are no classes, or others, have no decisions; a trace keeps the labels.
  for (const std::vector<std::uint8_t>& classes : {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>{200, 201}}) {
    model.label_of_output = classes;
    const auto unlabelled = load_input(model, {{}, path, {}, {}});
    CHECK(unlabelled.labels.empty());
    CHECK(unlabelled.known_labels == labelled.labels);
  }
}

TEST_CASE("input: of a neuron that fires several times the first spike is kept where it is asked for") {
  const scratch_directory scratch;
  const auto model = two_outputs();
  spike_trace_writer writer(scratch / "t.h5", {{"in", 4, 0, 300}}, {});
  writer.append(0, times{5, 6, never, never});
  writer.append(0, times{3, never, never, never});
  writer.finish();
  const auto path = (scratch / "t.h5").string();
  REQUIRE(std::system(("/usr/bin/python3 -c \"import h5py; g = h5py.File('" + path +
                       "', 'r+')['spikes/in']; del g['sample_ids'], g['sample_offsets']\"")
                          .c_str()) == 0);
  input_request request{{}, path, {}, {}};
  CHECK(contains(testing::message_of([&] { load_input(model, request); }), "node 0 occurs twice"));
  request.first_spikes = true;
  const auto input = load_input(model, request);
  CHECK(input.count == 1);
  CHECK(input.times(0, 1)[0] == 3);
  CHECK(input.spikes_left_out == 1);
  CHECK(input.notes ==
        std::vector<std::string>{path + ": each neuron's first spike is kept, 1 later ones are left out"});
}

TEST_CASE("a network file is loaded with the window and the labels that the caller gives") {
  const scratch_directory scratch;
  const std::string path = scratch / "n.h5";
  write_network(path, std::get<network<double>>(two_outputs().net));
  import_options import;
  CHECK(refusal([&] { load_network(path, import); }).starts_with("t_in is needed, with t_max: " + path));
  import.t_max = 70;
  CHECK(refusal([&] { load_network(path, import); }).starts_with("t_in is needed: " + path));
  import.t_in = 9;
  CHECK(load_network(path, import).t_in == 9);
  import.encodes_images = false;
  CHECK(refusal([&] { load_network(path, import); }).starts_with("t_in has no effect"));
  import.t_in.reset();
  import.label_map = {4, 5};
  const auto model = load_network(path, import, real_type::f32);
  CHECK(model.t_max == 70);
  CHECK(model.label_of_output == std::vector<std::uint8_t>{4, 5});
  CHECK(std::holds_alternative<network<float>>(model.net));
  import.label_map = {4};
  CHECK(contains(refusal([&] { load_network(path, import); }), "label_map has 1 labels, the last population in "));
}

namespace {

trained_generator small_generator(bool conditional) {
  auto o = gan_defaults(synapse_kernel::ramp, "relu", conditional);
  o.noise = 9;
  o.noise_rate = 0.5;
  o.rows = o.columns = 4;
  o.generator.hidden = {8};
  o.discriminator.hidden = {8};
  o.schedule_steps = 1;
  trained_generator made{o, {}};
  made.model.net = make_gan<double>(o).average;
  return made;
}

std::vector<std::uint8_t> image_of(const image_set& set, std::size_t index) {
  const auto pixels = image_at(set, index);
  return {pixels.begin(), pixels.end()};
}

}  // namespace

TEST_CASE("generator: images are those of the spikes of its samples") {
  const auto generator = small_generator(false);
  auto o = generator.options;
  o.seed = 5;
  generation_options asked;
  asked.count = 3;
  asked.seed = 5;
  const auto drawn = generate(generator, asked);
  CHECK(drawn.samples == 3);
  REQUIRE(drawn.images.count == 3);
  const auto record = generate(generator.model.net, o, 0, 3, {});
  bool any_grey = false;
  for (std::size_t s = 0; s < 3; ++s) {
    const auto pixels = drawn_pixels(o, record.times_of(s).subspan(record.neurons - 16));
    CHECK(image_of(drawn.images, s) == pixels);
    any_grey = any_grey || std::ranges::any_of(pixels, [](auto p) { return p > 0; });
  }
  CHECK(any_grey);
  CHECK(refusal([&] { generate(generator, {.count = 1, .label = 3}); }) ==
        "label = 3, allowed: none, as the generator was trained without classes");
}

TEST_CASE("generator: a film ends, and a row from noise to noise begins, with the finished image") {
  const auto generator = small_generator(true);
  generation_options asked;
  asked.count = 2;
  asked.label = 3;
  const auto finished = generate(generator, asked).images;
  asked.film = 4;
  const auto film = generate(generator, asked).images;
  REQUIRE(film.count == 8);
  CHECK(image_of(film, 3) == image_of(finished, 0));
  CHECK(image_of(film, 7) == image_of(finished, 1));
  for (std::size_t p = 0; p < 16; ++p) CHECK(image_of(film, 0)[p] <= image_of(film, 3)[p]);
  asked.film = {};
  asked.between = 3;
  const auto between = generate(generator, asked);
  CHECK(between.samples == 6);
  CHECK(image_of(between.images, 0) == image_of(finished, 0));
  CHECK(image_of(between.images, 3) == image_of(finished, 1));
}

TEST_CASE("generator: the ending of a file says what it holds, and what has no effect on it is refused") {
  const scratch_directory scratch;
  const auto generator = small_generator(false);
  const auto at = [&](const char* name) { return (scratch / name).string(); };
  generation_options asked;
  asked.count = 3;
  const auto images = generate(generator, asked).images;
  CHECK(generate_file(generator, {at("s.idx")}, asked).images == images);
  CHECK(read_idx_images(at("s.idx")) == images);
  generate_file(generator, {.path = at("s.png"), .columns = 2}, asked);
  write_png(at("same.png"), draw_grid(images, {.across = 2}));
  CHECK(testing::read_bytes(at("s.png")) == testing::read_bytes(at("same.png")));
  CHECK(generate_file(generator, {.path = at("s.h5"), .metadata = {{"seed", std::int64_t{7}}}}, asked).images.count ==
        0);
  CHECK(read_spike_trace(at("s.h5")).metadata.contains("seed"));
  CHECK(contains(testing::message_of([&] { generate_file(generator, {at("s.idx")}, asked); }), "s.idx: exists"));
  const auto refused = [&](const generated_file& file) {
    return refusal([&] { generate_file(generator, file, asked); });
  };
  CHECK(refused({"s.jpg"}) == "out = 's.jpg', allowed: a name that ends with .png, .gif, .idx or .h5");
  CHECK(refused({.path = "t.idx", .scale = 2}) == "scale has no effect on t.idx: allowed for a picture (.png, .gif)");
  CHECK(refused({.path = "t.idx", .columns = 2}).starts_with("columns has no effect on t.idx"));
  asked.film = 2;
  CHECK(refused({.path = "t.png", .columns = 2}).starts_with("columns has no effect on t.png"));
  CHECK(refused({"t.h5"}) == "film has no effect on t.h5: a trace has every spike with its time");
  asked.film = {};
  asked.until = 4;
  CHECK(refused({"t.h5"}) == "until has no effect on t.h5: a trace has every spike with its time");
  CHECK(refused({"t.gif"}).starts_with("until has no effect on t.gif, a film of the whole window"));
}

TEST_CASE("generator: between two classes, the ends are the images of the classes with the same noise") {
  const auto generator = small_generator(true);
  const auto of_class = [&](std::uint64_t label) { return generate(generator, {.count = 2, .label = label}).images; };
  const auto threes = of_class(3), eights = of_class(8);
  const auto path = generate(generator, {.count = 2, .between = 5, .between_classes = std::pair{3, 8}});
  CHECK(path.samples == 10);
  for (std::size_t sample = 0; sample < 2; ++sample) {
    CHECK(image_of(path.images, 5 * sample) == image_of(threes, sample));
    CHECK(image_of(path.images, 5 * sample + 4) == image_of(eights, sample));
  }
  CHECK(image_of(threes, 0) != image_of(eights, 0));
  CHECK(generate(generator, {.count = 1, .between_classes = std::pair{8, 3}}).images.count == default_frames);
  CHECK(refusal([&] {
          generate(generator, {.between_classes = std::pair{3, 10}});
        }) == "between = '3,10', allowed: two of its classes 0,1,2,3,4,5,6,7,8,9");
  CHECK(refusal([&] {
          generate(small_generator(false), {.between_classes = std::pair{3, 8}});
        }) == "between = '3,8', allowed: a number, as the generator is not conditional");
}

TEST_CASE("generator: values of film and between are numbers, a file, or classes") {
  CHECK(film_choices().read("4").images == 4);
  CHECK(film_choices().read("a.gif").file == "a.gif");
  CHECK(film_choices().read("a.gif").images == default_frames);
  CHECK_THROWS(film_choices().read("1"));
  CHECK_THROWS(film_choices().read("a.png"));
  CHECK((between_choices().read("12").images == 12 && !between_choices().read("12").classes));
  CHECK(between_choices().read("3,8").images == default_frames);
  CHECK(between_choices().read("3,8,8").images == 8);
  CHECK(between_choices().read("3,8,8").classes == std::pair<std::uint64_t, std::uint64_t>{3, 8});
  for (const auto* wrong : {"", "1", "3,8,1", "3,256", "3,8,9,9", "a,b"}) CHECK_THROWS(between_choices().read(wrong));
}

TEST_CASE("generator: a moving picture has a frame for each image of a sample, with all samples in a grid") {
  const scratch_directory scratch;
  const auto generator = small_generator(false);
  const auto at = [&](const char* name) { return (scratch / name).string(); };
  generation_options asked;
  asked.count = 3;
  asked.film = 4;
  const auto images = generate(generator, asked).images;
  generate_file(generator, {.path = at("s.gif"), .columns = 2, .scale = 3}, asked);
  std::vector<picture> frames;
  for (std::size_t frame = 0; frame < 4; ++frame) {
    image_set shown{3, 4, 4, {}, {}};
    for (std::size_t sample = 0; sample < 3; ++sample) {
      const auto pixels = image_at(images, 4 * sample + frame);
      shown.pixels.insert(shown.pixels.end(), pixels.begin(), pixels.end());
    }
    frames.push_back(draw_grid(shown, {2, 2, 3}));
  }
  write_gif(at("same.gif"), frames);
  CHECK(testing::read_bytes(at("s.gif")) == testing::read_bytes(at("same.gif")));
  asked.film = default_frames;
  generate_file(generator, {.path = at("film.gif")}, asked);
  asked.film = {};
  generate_file(generator, {.path = at("usual.gif")}, asked);
  CHECK(testing::read_bytes(at("usual.gif")) == testing::read_bytes(at("film.gif")));
}

TEST_CASE("generator: a trace holds all spikes and when the image is drawn") {
  const scratch_directory scratch;
  const auto generator = small_generator(false);
  const std::string path = scratch / "t.h5";
  generation_options asked;
  asked.count = 2;
  asked.trace = {path};
  const auto drawn = generate(generator, asked);
  CHECK(drawn.images.count == 0);
  const auto trace = read_spike_trace(path);
  const auto record = record_from_trace(trace, generator.model.net.populations());
  CHECK(record.times == generate(generator.model.net, generator.options, 0, 2, {}).times);
  CHECK(std::get<double>(trace.metadata.at("image_opens")) == image_opens(generator.options));
  CHECK(trace.labels.empty());
}

TEST_CASE("generator: a trace of a class-conditional generator has the classes of its samples") {
  const scratch_directory scratch;
  const auto generator = small_generator(true);
  generation_options asked;
  asked.count = 12;
  asked.trace = {scratch / "t.h5"};
  generate(generator, asked);
  CHECK(read_spike_trace(scratch / "t.h5").labels == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1});
  asked.label = 3;
  asked.count = 2;
  asked.trace = {scratch / "3.h5"};
  generate(generator, asked);
  CHECK(read_spike_trace(scratch / "3.h5").labels == std::vector<std::uint8_t>{3, 3});
  asked.between = 2;
  asked.trace = {scratch / "between.h5"};
  generate(generator, asked);
  CHECK(read_spike_trace(scratch / "between.h5").labels.empty());
}

namespace {

/// Two hidden neurons hear one pixel each; outputs follow the first of them.
loaded_model reference() {
  std::vector<float> in(784 * 2), out(2 * 10);
  in[2 * 400] = in[2 * 210 + 1] = 2;
  for (std::size_t k = 0; k < 10; ++k) out[k] = 2;
  loaded_model model;
  model.net = network<float>({{"input", population_kind::source, 784, {}},
                              {"hidden", population_kind::neurons, 2, {1, 1}},
                              {"output", population_kind::neurons, 10, std::vector<double>(10, 1)}},
                             {{0, 1, synapse_kernel::step, false, 0, std::move(in), {}},
                              {1, 2, synapse_kernel::step, false, 0, std::move(out), {}}});
  for (std::uint8_t label = 0; label < 10; ++label) model.label_of_output.push_back(label);
  return model;
}

}  // namespace

TEST_CASE("reference classifier: its temperature is the recorded beta, else a tenth of the input code") {
  auto model = reference();
  CHECK(reference_options_of(model).beta == doctest::Approx(25.6));
  model.metadata.emplace("option.beta", "8");
  CHECK(reference_options_of(model).beta == 8);
}

TEST_CASE("image files: the test images themselves measure as the test images do, and too few are refused") {
  const scratch_directory scratch;
  sample_files_request request;
  request.files = {scratch / "images.idx"};
  request.digits.name = "strokes";
  const auto model = reference();
  write_idx_images(request.files[0], make_strokes(2, 9));
  CHECK(contains(message_of([&] { measure_files(model, request); }), "9 images of 9, needed: 10 or more"));
  const auto digits = load_digits(request.digits);
  write_idx_images(request.files[0], images_between(digits.test, 0, 30), true);
  request.count = 20;
  const auto found = measure_files(model, request);
  CHECK(found.data == "strokes");
  REQUIRE(found.sets.size() == 3);
  CHECK(found.sets[0].name == request.files[0]);
  CHECK(found.sets[1].name == "test images");
  CHECK(found.sets[0].images == 20);
  CHECK(found.sets[0].frechet == found.sets[1].frechet);
  CHECK(found.sets[0].closest_two == found.sets[1].closest_two);
  CHECK(found.nearest_to_test_ratio[0] == 1);
  CHECK(found.nearest_to_test_ratio[2] > 1);
}

TEST_CASE("the data set of a model is the one that it was trained on; own images must be named") {
  CHECK(data_set_of({}).name == "mnist");
  const auto strokes = data_set_of({{"option.set", std::string("strokes")}, {"seed", std::int64_t{7}}});
  CHECK(strokes.name == "strokes");
  CHECK(strokes.seed == 7);
  CHECK(refusal([] {
          data_set_of({{"option.set", std::string("mnist")}, {"option.images", std::string("/d/own.idx")}});
        }) == "images or data is needed: the model was trained on /d/own.idx, which is no data set");
}
