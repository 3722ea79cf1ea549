#include "apps/run_report.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "apps/build_facts.hpp"

namespace firstspike {
namespace {

constexpr double chart_width = 460, chart_height = 180, margin_left = 64, margin = 26;

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> parts{""};
  for (const char c : line) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != '\r') {
      parts.back() += c;
    }
  }
  return parts;
}

std::string base64_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// One line chart as inline SVG: no script, so it works from a file, offline, and in print.
std::string chart(const std::string& name, const std::string& x_name, const std::vector<double>& x,
                  const std::vector<double>& y) {
  const auto [x_low, x_high] = std::ranges::minmax(x);
  auto [low, high] = std::ranges::minmax(y);
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const double wide = chart_width - margin_left - margin, tall = chart_height - 2 * margin;
  std::string points;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double along = x_high > x_low ? (x[k] - x_low) / (x_high - x_low) : 0.5;
    points += fmt::format("{:.1f},{:.1f} ", margin_left + along * wide, margin + (high - y[k]) / (high - low) * tall);
  }
  const double bottom = margin + tall, right = margin_left + wide;
  return fmt::format(
      "<figure><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} over {}: from {:.4g} to {:.4g}, last {:.4g}\">"
      "<line class=\"axis\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>"
      "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.4g}</text><text x=\"{}\" y=\"{}\" "
      "text-anchor=\"end\">{:.4g}</text>"
      "<text x=\"{}\" y=\"{}\">{:.4g}</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{} {:.4g}</text>"
      "<polyline points=\"{}\"/></svg><figcaption>{}: {:.4g} at last</figcaption></figure>\n",
      chart_width, chart_height, escaped(name), escaped(x_name), low, high, y.back(), margin_left, bottom, right,
      bottom, margin_left - 6, margin + 5, high, margin_left - 6, bottom, low, margin_left, bottom + 18, x_low, right,
      bottom + 18, escaped(x_name), x_high, points, escaped(name), y.back());
}

constexpr auto style = R"(
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #2563a8; --faint: #999; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #16181c; --line: #7ab3ef; --faint: #777; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
.charts, .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { color: var(--faint); }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--ink); }
polyline { fill: none; stroke: var(--line); stroke-width: 2; } .axis { stroke: var(--faint); }
img { width: 100%; image-rendering: pixelated; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top; overflow-wrap: anywhere; }
)";

}  // namespace

metrics_table read_metrics(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line))
    throw std::runtime_error(fmt::format("{}: cannot be read, or is empty", path));
  metrics_table table{cells(line), {}};
  table.columns.resize(table.names.size());
  for (std::size_t row = 2; std::getline(file, line); ++row) {
    const auto values = cells(line);
    if (values.size() != table.names.size()) {
      throw std::runtime_error(
          fmt::format("{}: line {} has {} values, needed: {}", path, row, values.size(), table.names.size()));
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      double value = 0;
      const auto [end, error] = std::from_chars(values[k].data(), values[k].data() + values[k].size(), value);
      if (error != std::errc{} || end != values[k].data() + values[k].size() || !std::isfinite(value)) {
        throw std::runtime_error(
            fmt::format("{}: line {}, {} = '{}', allowed: a finite number", path, row, table.names[k], values[k]));
      }
      table.columns[k].push_back(value);
    }
  }
  return table;
}

std::string report_page(const std::string& title, const run_facts& facts, const metrics_table& metrics,
                        const std::vector<std::string>& pictures) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"><title>{0}</title><style>{1}</style></head>\n"
      "<body><main><h1>{0}</h1>\n",
      escaped(title), style);
  if (!pictures.empty()) page += "<h2>Samples</h2><div class=\"pictures\">\n";
  for (const auto& picture : pictures) {
    const auto name = std::filesystem::path(picture).filename().string();
    page += fmt::format(
        "<figure><img alt=\"grid of samples, {0}\" "
        "src=\"data:image/png;base64,{1}\"><figcaption>{0}</figcaption></figure>\n",
        escaped(name), base64_of_file(picture));
  }
  if (!pictures.empty()) page += "</div>\n";
  page += "<h2>Training</h2><div class=\"charts\">\n";
  const bool any_row = !metrics.columns.empty() && !metrics.columns[0].empty();
  for (std::size_t k = 1; any_row && k < metrics.names.size(); ++k) {
    page += chart(metrics.names[k], metrics.names[0], metrics.columns[0], metrics.columns[k]);
  }
  page += any_row ? "</div>\n" : "<p>No step has been reported yet.</p></div>\n";
  page += "<h2>Run</h2><table>\n";
  for (const auto& [name, fact] : facts) {
    page += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(fact_text(fact)));
  }
  return page + "</table></main></body></html>\n";
}

}  // namespace firstspike
