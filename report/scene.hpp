// What the spike part of a report shows: samples of one run or trace, lane by lane, and how its layers fire.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/inspect/voltage_trace.hpp"

namespace firstspike {

/// One layer, drawn to the full height of its n_nodes whether they fire or not.
struct report_lane {
  std::string name;           ///< as traces call it: "hidden", "generator_hidden"
  std::uint64_t n_nodes = 0;  ///< one or more
  std::vector<std::string>
      names{};           ///< [n_nodes] what its neurons stand for; empty where that is nothing but their ids
  double starts_at = 0;  ///< where its network's clock starts on the scene's [steps]
};

/// Spikes of one lane in one sample, by time, then id.
struct lane_spikes {
  std::vector<std::uint64_t> ids;  ///< below n_nodes
  std::vector<double> times;       ///< [steps] of the lane's clock
};

struct shown_membrane {
  std::size_t lane = 0;
  voltage_trace trace;  ///< its id counted within the lane; times of the lane's clock
};

struct shown_sample {
  std::string name;                       ///< "label 7"
  std::string outcome;                    ///< what the network made of it; empty where nothing is known
  std::vector<lane_spikes> spikes;        ///< [lane]
  std::vector<std::uint8_t> pixels;       ///< [rows][columns] of the finished image; empty where the scene has none
  std::vector<shown_membrane> membranes;  ///< by lane, then id
};

/// Which lane's first rows * columns neurons are the pixels of an image.
struct image_lane {
  std::size_t lane = 0;
  std::size_t rows = 0, columns = 0;
};

/// How one lane fires in all samples.
struct lane_statistics {
  std::vector<double> times;          ///< of every spike [steps of the lane's clock]
  std::vector<std::uint64_t> counts;  ///< spikes of each sample
};

struct report_scene {
  std::string name;                         ///< of the samples: "mnist, by the trained model"
  std::string about;                        ///< one or two sentences for the reader
  std::vector<report_lane> lanes;           ///< from the top
  std::optional<image_lane> image;          ///< none where no lane is an image
  std::vector<shown_sample> samples;        ///< that can be chosen
  std::vector<lane_statistics> statistics;  ///< [lane], of all samples, those that are not shown too
};

/// Adds a lane, with no statistics yet, and gives its index.
std::size_t add_lane(report_scene& scene, report_lane lane);

/// Spikes from the firing times of a lane [n_nodes], `never` left out.
lane_spikes spikes_from(std::span<const double> times);

/// Counts one sample of a lane.
void count(lane_statistics& statistics, std::span<const double> spike_times);

/// "200 samples; the first 10 can be chosen."
std::string samples_text(std::size_t samples, std::size_t shown);

/// Rows = columns of a lane whose size is a square of at least 16, nothing for others.
std::optional<std::size_t> square_image(std::uint64_t n_nodes);

/// Grey levels of an image's firing times: `opens` is white, opens + t_in black.
std::vector<std::uint8_t> grey_levels(std::span<const double> times, double opens, double t_in);

}  // namespace firstspike
