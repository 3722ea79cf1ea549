#include "quality/frechet.hpp"

#include <Eigen/Dense>

#include "engine/require.hpp"

namespace firstspike {
namespace {

using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct normal_fit {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

normal_fit fit(std::span<const float> points, std::size_t size) {
  require(size > 0 && points.size() % size == 0 && points.size() >= 2 * size,
          "{} numbers, needed: 2 points or more of {} numbers each", points.size(), size);
  const auto count = static_cast<Eigen::Index>(points.size() / size);
  Eigen::MatrixXd x = Eigen::Map<const rows>(points.data(), count, static_cast<Eigen::Index>(size)).cast<double>();
  const Eigen::VectorXd mean = x.colwise().mean();
  x.rowwise() -= mean.transpose();
  return {mean, x.transpose() * x / static_cast<double>(count - 1)};
}

Eigen::MatrixXd root_of(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  return solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
}

}  // namespace

double frechet_distance(std::span<const float> a, std::span<const float> b, std::size_t size) {
  const auto first = fit(a, size), second = fit(b, size);
  const Eigen::MatrixXd root = root_of(first.covariance);
  const Eigen::MatrixXd product = root * second.covariance * root;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(product, Eigen::EigenvaluesOnly);
  const double overlap = solver.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  return (first.mean - second.mean).squaredNorm() + first.covariance.trace() + second.covariance.trace() - 2 * overlap;
}

}  // namespace firstspike
