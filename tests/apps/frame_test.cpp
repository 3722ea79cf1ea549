// The frame of the command: options, the text of progress bars and tables, the metadata of files.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "firstspike/apps/command_description.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"

using namespace firstspike;

namespace {

struct sample_settings {
  std::uint64_t epochs = 5;
  double lr = 0.2;
  std::optional<double> gamma;
  bool fast = false;
  common_options common;
  std::vector<std::string> files;
};

command_line declare(sample_settings& s) {
  command_line line("sample", "For this test.");
  line.add("epochs", s.epochs, whole_number(1, 100), "passes");
  line.add("lr", s.lr, real_number(0, 1, false), "rate");
  line.add("gamma", s.gamma, real_number(0), "margin");
  line.flag("fast", s.fast, "hurry");
  line.config_file();
  add_common(line, s.common, {.seed = true, .threads = true});
  return line;
}

std::string refusal(const std::vector<std::string>& arguments) {
  sample_settings s;
  auto line = declare(s);
  try {
    line.parse(arguments);
  } catch (const usage_error& error) {
    return error.what();
  }
  return "";
}

std::string write_config(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / "firstspike_apps_frame_test.conf";
  std::ofstream(path) << text;
  return path.string();
}

}  // namespace

TEST_CASE("options set their variables, and given options are known") {
  sample_settings s;
  auto line = declare(s);
  CHECK(line.parse(std::vector<std::string>{"--epochs", "7", "--gamma=1.5", "--fast", "--threads", "3"}));
  CHECK(s.epochs == 7);
  CHECK(s.gamma == 1.5);
  CHECK(s.fast);
  CHECK(s.common.threads == 3);
  CHECK(line.given("epochs"));
  CHECK(!line.given("lr"));
  CHECK(line.given() ==
        std::map<std::string, std::string>{{"epochs", "7"}, {"gamma", "1.5"}, {"fast", "true"}, {"threads", "3"}});
}

TEST_CASE("an unknown option is answered by what comes near, and by nothing where nothing does") {
  CHECK(refusal({"--gama", "3"}) == "unknown option --gama, nearest: '--gamma'");
  CHECK(refusal({"--epcohs", "3"}) == "unknown option --epcohs, nearest: '--epochs'");
  CHECK(refusal({"--loss", "3"}) == "unknown option --loss, allowed: see firstspike sample --help");
  CHECK(nearest_names("nxet", {"next", "exit"}) == "'next'");
  CHECK(nearest_names("--steps", {"--seed", "--set"}).empty());
  CHECK(nearest_names("--epochs", {"--loss", "--batch"}).empty());
  CHECK(nearest_names("lx", {"lr", "lu", "lrr"}) == "'lr' or 'lu'");
  CHECK(nearest_names("x", {"y"}).empty());
}

TEST_CASE("operands that are missing or too many are answered by the usage") {
  std::vector<std::string> files;
  const auto said = [&](const char* placeholder, std::size_t least, std::size_t most, std::vector<std::string> given) {
    bool overwrite = false;
    command_line line("trace diff", "For this test.");
    line.operands(file_path(placeholder), files, least, most);
    line.flag("overwrite", overwrite, "replace");
    line.of_another("steps", "--epochs does that");
    try {
      line.parse(given);
    } catch (const usage_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(said("A B", 2, 2, {"a"}) == "usage: firstspike trace diff A B; got 1 of 2");
  CHECK(said("A B", 2, 2, {"a", "b", "c"}) == "unexpected argument 'c', usage: firstspike trace diff A B");
  CHECK(said("A B", 2, 2, {"a", "b"}).empty());
  CHECK(said("FILE...", 1, 9, {}) == "usage: firstspike trace diff FILE...; got 0 of 1 or more");
  CHECK(said("NAME", 0, 1, {"a", "b"}) == "unexpected argument 'b', usage: firstspike trace diff [NAME]");
  CHECK(said("A", 1, 1, {"a", "--force"}) == "unknown option --force, nearest: '--overwrite'");
  CHECK(said("A", 1, 1, {"a", "-f"}) == "unknown option -f, nearest: '--overwrite'");
  CHECK(said("A", 1, 1, {"a", "--steps", "3"}) == "unknown option --steps: --epochs does that");
}

TEST_CASE("a value that is out of range is refused with what is allowed") {
  CHECK(refusal({"--epochs", "0"}) == "--epochs = '0', allowed: whole numbers from 1 to 100");
  CHECK(refusal({"--epochs", "101"}) == "--epochs = '101', allowed: whole numbers from 1 to 100");
  CHECK(refusal({"--epochs", "+7"}) == "--epochs = '+7', allowed: whole numbers from 1 to 100");
  CHECK(refusal({"--lr", "0"}) == "--lr = '0', allowed: numbers above 0 up to 1");
  CHECK(refusal({"--lr", "nan"}) == "--lr = 'nan', allowed: numbers above 0 up to 1");
  CHECK(refusal({"--gamma", "inf"}) == "--gamma = 'inf', allowed: numbers from 0 up");
  CHECK(refusal({"--gamma", "1x"}) == "--gamma = '1x', allowed: numbers from 0 up");
  CHECK(refusal({"--epoch", "3"}) == "unknown option --epoch, nearest: '--epochs'");
  CHECK(refusal({"--epochs"}) == "--epochs needs a value");
  CHECK(refusal({"--epochs", "--fast"}) == "--epochs needs a value");
  CHECK(refusal({"--fast=1"}) == "--fast takes no value");
  CHECK(refusal({"--fast", "--fast"}) == "--fast is given twice, allowed: once");
}

TEST_CASE("a library's message that begins with an option's name is wrong usage of that option") {
  sample_settings s;
  const auto line = declare(s);
  const auto said = [&](const char* message) {
    try {
      with_options_named(line, [&] { throw std::invalid_argument(message); });
    } catch (const usage_error& error) {
      return "usage: " + std::string(error.what());
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(said("lr = 2, allowed: up to 1") == "usage: --lr = 2, allowed: up to 1");
  CHECK(said("gamma: no number") == "usage: --gamma: no number");
  CHECK(said("t_max = 2, allowed: up to 1") == "t_max = 2, allowed: up to 1");
  CHECK(said("lrs = 2, allowed: up to 1") == "lrs = 2, allowed: up to 1");
  CHECK(naming_an_option("t_max = 2", [](const auto& name) { return name == "t-max"; }) == "--t-max = 2");
  const auto named = [](const std::string& message) {
    const std::vector<std::string> options{"t-max", "v-th", "t-in", "images", "data", "conditional", "set"};
    return naming_an_option(message,
                            [&](const auto& name) { return std::ranges::find(options, name) != options.end(); })
        .value_or("");
  };
  CHECK(named("t_in is needed, with t_max, v_th: f with images") ==
        "--t-in is needed, with --t-max, --v-th: f with images");
  CHECK(named("images or data is needed") == "--images or --data is needed");
  CHECK(named("data has no effect with set = 'strokes'") == "--data has no effect with --set = 'strokes'");
  CHECK(named("images: a set of images and labels") == "--images: a set of images and labels");
  CHECK(named("no images") == "");
}

TEST_CASE("a configuration file sets options that are not on the command line") {
  const auto path = write_config("# comment\nepochs = 9\nlr = 0.5\nfast = true\n");
  sample_settings s;
  auto line = declare(s);
  CHECK(line.parse(std::vector<std::string>{"--config", path, "--lr", "0.25"}));
  CHECK(s.epochs == 9);
  CHECK(s.lr == 0.25);
  CHECK(s.fast);
  CHECK(refusal({"--config", write_config("epochs = 900\n")}).ends_with("allowed: whole numbers from 1 to 100"));
  CHECK(refusal({"--config", write_config("epohcs = 9\n")}).ends_with("unknown option --epohcs, nearest: '--epochs'"));
  CHECK(refusal({"--config", write_config("epochs = 9\nepochs = 8\n")}).ends_with("epochs is given twice"));
  CHECK(refusal({"--config", write_config("epochs 9\n")}).starts_with("--config = "));
  CHECK(refusal({"--config", "/nowhere.conf"}) ==
        "--config = '/nowhere.conf', is empty or cannot be read; allowed: a file of lines `name = value`");
  std::filesystem::remove(path);
}

TEST_CASE("options are listed under the headings where they were declared, with their defaults") {
  sample_settings s;
  s.gamma = 2;
  command_line line("sample", "For this test.");
  line.operands(file_path("FILE"), s.files, 0, 1);
  line.group("Run");
  line.add("epochs", s.epochs, whole_number(1, 100), "passes");
  line.group("Rates");
  line.add("lr", s.lr, real_number(0, 1, false), "rate");
  line.group("Run");
  line.add("gamma", s.gamma, real_number(0), "margin");
  line.flag("fast", s.fast, "hurry");
  line.group("Rates");
  line.add("uniform-or-normal-distribution", s.gamma, real_number(0), "has a long name");
  line.show_default("lr", "a good one");
  line.note("One word more.\n");
  CHECK(help_text(line.description()) ==
        "usage: firstspike sample [FILE] [options]\n"
        "For this test.\n"
        "\n"
        "Rates:\n"
        "  --lr X                  rate (default a good one)\n"
        "  --uniform-or-normal-distribution X\n"
        "                          has a long name (default 2)\n"
        "\n"
        "Run:\n"
        "  --epochs N              passes (default 5)\n"
        "  --gamma X               margin (default 2)\n"
        "  --fast                  hurry\n"
        "\n"
        "General:\n"
        "  -h, --help              this text\n"
        "\n"
        "One word more.\n");
}

TEST_CASE("help is at most 80 columns wide, and loses no word") {
  bool on = false;
  std::string text;
  for (int i = 0; i < 40; ++i) text += "word" + std::to_string(i) + " ";
  command_line line("sample", "For this test.");
  line.flag("fast", on, text);
  std::istringstream lines(help_text(line.description()));
  std::string shown, words;
  while (std::getline(lines, shown)) {
    CHECK(shown.size() <= 80);
    if (const auto at = shown.find("word"); at != std::string::npos) words += shown.substr(at) + " ";
  }
  CHECK(words == text);
}

TEST_CASE("paragraphs are wrapped, and of a line in columns the last") {
  const std::string sixty = "six letters here and so on until there are some sixty of them";  // 61 columns
  CHECK(laid_out(sixty + "\nin one paragraph\n\nnext\n") == sixty + " in one paragraph\n\nnext\n");
  CHECK(laid_out(sixty + " and twenty more than fit") == sixty + " and twenty more\nthan fit\n");
  CHECK(laid_out("title\n  a   " + sixty + " and twenty\n  bc  x\n") ==
        "title\n  a   " + sixty + " and twenty\n  bc  x\n");
  CHECK(laid_out("  a   " + sixty + " and twenty more") == "  a   " + sixty + " and twenty\n      more\n");
}

TEST_CASE("a progress bar fits its terminal at any width") {
  for (std::size_t width = 1; width < 200; ++width) {
    for (const std::uint64_t done : {0u, 1u, 5000u, 10000u}) {
      CHECK(bar_line("train", done, 10000, "images", 12.5, "loss 0.123", width).size() <= width);
      CHECK(bar_line("train", done, 0, "images", 12.5, "", width).size() <= width);
    }
  }
  CHECK(bar_line("train", 2500, 10000, "images", 10, "loss 0.1", 79) ==
        "train [##........]  25%  2,500/10,000 images  250 images/s  30 s left  loss 0.1");
}

TEST_CASE("of a progress line that is too long, values are left out whole, and the bar keeps ten cells") {
  const auto images = [](std::size_t width) {
    return bar_line("train", 1'500'000, 6'000'000, "images", 1200, "loss 0.2224", width);
  };
  CHECK(images(97) ==  // 84 columns without the bar, 13 of a bar
        "train [##........]  25%  1,500,000/6,000,000 images  1,250 images/s  1 h 00 min left  loss 0.2224");
  CHECK(images(96) ==
        "train [######...................]  25%  1,500,000/6,000,000 images  1 h 00 min left  loss 0.2224");
  CHECK(images(81) == "train [##........]  25%  1,500,000/6,000,000 images  1 h 00 min left  loss 0.2224");
  CHECK(images(77) == "train [###..........]  25%  1,500,000/6,000,000  1 h 00 min left  loss 0.2224");
  CHECK(images(73) == "train [######....................]  25%  1,500,000/6,000,000  loss 0.2224");
  CHECK(images(57) == "train [##........]  25%  1,500,000/6,000,000  loss 0.2224");
  CHECK(images(56) == "train  25%  1,500,000/6,000,000  loss 0.2224");
  CHECK(images(40) == "train  25%  1,500,000/6,000,000");
  CHECK(images(30) == "train  25%");
  CHECK(bar_line("train", 12345, 50000, "steps", 1000, "G 0.898 D 1.36", 77) ==
        "train [###............]  24%  12,345/50,000  50 min 50 s left  G 0.898 D 1.36");
}

TEST_CASE("the last line of a progress has all values at 80 columns") {
  CHECK(bar_line("train", 6'000'000, 6'000'000, "images", 4800, "loss 0.2224", 77) ==
        "train  6,000,000/6,000,000 images  1,250 images/s  in 1 h 20 min  loss 0.2224");
  CHECK(bar_line("train", 6'000'000, 6'000'000, "images", 4800, "loss 0.2224", 76) ==
        "train  6,000,000 images  1,250 images/s  in 1 h 20 min  loss 0.2224");
  CHECK(bar_line("train", 300, 300, "steps", 30, "G 0.898 D 1.36", 77) ==
        "train [############] 100%  300/300 steps  10 steps/s  in 30 s  G 0.898 D 1.36");
}

TEST_CASE("a progress bar counts only what is done since its clock started, after a resume") {
  CHECK(bar_line("train", 7500, 10000, "images", 10, "", 79, 5000) ==
        "train [###############.....]  75%  7,500/10,000 images  250 images/s  10 s left");
  CHECK(bar_line("train", 5000, 10000, "images", 0.001, "", 0, 5000) == "train  50%  5,000/10,000 images");
}

TEST_CASE("numbers and durations are easy to read") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(12345678) == "12,345,678");
  CHECK(duration_text(0.04) == "40 ms");
  CHECK(duration_text(0.00123) == "1.2 ms");
  CHECK(duration_text(9.9) == "9.9 s");
  CHECK(duration_text(59.4) == "59 s");
  CHECK(duration_text(59.6) == "1 min 00 s");
  CHECK(duration_text(3725) == "1 h 02 min");
}

TEST_CASE("columns of numbers are right-aligned") {
  CHECK(table_text({{"layer", "spikes"}, {"input", "7"}, {"a", "1,000"}}) ==
        "layer  spikes\ninput       7\na       1,000\n");
  CHECK(table_text({{"version", "0.1.0"}, {"commit", "abc"}}, false) == "version  0.1.0\ncommit   abc\n");
}

TEST_CASE("lists of layers keep commas in quotes, and read the names") {
  using texts = std::vector<std::string>;
  CHECK(layer_names("LAYERS").read("a,b c,d\\,e,\"f,\\\"g\"") == texts{"a", "b c", "d,e", "f,\"g"});
  CHECK(typed_list("LAYER:ID,...").read("\"a,b\":1,c:2") == texts{"\"a,b\":1", "c:2"});
  CHECK(layer_name("LAYER").read("\"a b\"") == "a b");
  CHECK_THROWS_WITH_AS(layer_names("LAYERS").read("a,\"a\""), "allowed: names between commas, each once",
                       std::invalid_argument);
  for (const auto* wrong : {"\"a", "a\\", "\"\"", ""})
    CHECK_THROWS_AS(layer_names("LAYERS").read(wrong), std::invalid_argument);
}

TEST_CASE("the recorded command can be run again") {
  const std::vector<std::string> arguments{"--model", "my model.h5", "--out", "it's", ""};
  CHECK(command_text("simulate", arguments) == "firstspike simulate --model 'my model.h5' --out 'it'\\''s' ''");
}
