// The data of a report's spike section: samples of one run or trace, by lane, and statistics of the layers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/convolution.hpp"
#include "firstspike/inspect/voltage_trace.hpp"

namespace firstspike {

/// One layer, drawn at the full height of its n_nodes, including silent neurons.
struct report_lane {
  std::string name;                  ///< as in traces: "hidden", "generator_hidden"
  std::uint64_t n_nodes = 0;         ///< one or more
  std::vector<std::string> names{};  ///< [n_nodes] names of its neurons; empty if these are their ids
  double starts_at = 0;              ///< start of its network's time on the time axis of the scene [steps]
  grid shape{};                      ///< that of its population, 0 x 0 x 0 without one
};

/// Spikes of one lane in one sample, by time, then id.
struct lane_spikes {
  std::vector<std::uint64_t> ids;  ///< below n_nodes
  std::vector<double> times;       ///< [steps], relative to starts_at
};

struct shown_membrane {
  std::size_t lane = 0;
  voltage_trace trace;  ///< with the id within the lane and times relative to starts_at
};

struct shown_sample {
  std::string name;                       ///< "label 7"
  std::string outcome;                    ///< the decision of the network; empty if unknown
  std::vector<lane_spikes> spikes;        ///< [lane]
  std::vector<std::uint8_t> pixels;       ///< [rows][columns] of the finished image; empty if the scene has none
  std::vector<shown_membrane> membranes;  ///< by lane, then id
};

/// The lane whose first rows * columns neurons are the pixels of an image.
struct image_lane {
  std::size_t lane = 0;
  std::size_t rows = 0, columns = 0;
};

/// Firing times and spike counts of one lane in all samples.
struct lane_statistics {
  std::vector<double> times;          ///< of every spike [steps], relative to starts_at
  std::vector<std::uint64_t> counts;  ///< spikes of each sample
};

struct report_scene {
  std::string name;                         ///< of the samples: "mnist, by the trained model"
  std::string about;                        ///< one or two sentences for the reader
  double end = 0;                           ///< end of the runs on the time axis [steps]
  std::vector<report_lane> lanes;           ///< from the top
  std::optional<image_lane> image;          ///< none if no lane is an image
  std::vector<shown_sample> samples;        ///< that the page can show
  std::vector<lane_statistics> statistics;  ///< [lane], of all samples, including those that are not shown
};

/// Decisions of a classifier, compared with labels.
struct report_accuracy {
  std::string images;   ///< "10,000 test images of mnist"
  double accuracy = 0;  ///< fraction, ties broken
};

/// Adds a lane without statistics and returns its index.
std::size_t add_lane(report_scene& scene, report_lane lane);

/// Spikes from the firing times of a lane [n_nodes], without `never`.
lane_spikes spikes_from(std::span<const double> times);

/// Adds one sample of a lane to its statistics.
void count(lane_statistics& statistics, std::span<const double> spike_times);

/// "200 samples; the first 10 can be chosen."
std::string samples_text(std::size_t samples, std::size_t shown);

/// A lane as an image: by its shape, if that has one channel; without a shape, with as many rows as columns, if its
/// size is a square of at least 16. Nothing for others.
std::optional<image_lane> image_in(const report_scene& scene, std::size_t lane);

/// Grey levels of an image's firing times: `opens` is white, opens + t_in black.
std::vector<std::uint8_t> grey_levels(std::span<const double> times, double opens, double t_in);

}  // namespace firstspike
