#include "firstspike/evaluation/frechet.hpp"

#include <Eigen/Eigenvalues>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Eigen::VectorXd> vector_of(const normal_fit& fit) {
  return {fit.mean.data(), static_cast<Eigen::Index>(fit.mean.size())};
}

Eigen::Map<const Eigen::MatrixXd> matrix_of(const normal_fit& fit) {
  const auto size = static_cast<Eigen::Index>(fit.mean.size());
  return {fit.covariance.data(), size, size};
}

Eigen::MatrixXd root_of(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  return solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
}

}  // namespace

normal_fit fit_normal(std::span<const float> points, std::size_t size) {
  require(size > 0 && points.size() % size == 0 && points.size() >= 2 * size,
          "{} numbers, needed: 2 points or more of {} numbers each", points.size(), size);
  const auto count = static_cast<Eigen::Index>(points.size() / size);
  Eigen::MatrixXd x = Eigen::Map<const rows>(points.data(), count, static_cast<Eigen::Index>(size)).cast<double>();
  const Eigen::VectorXd mean = x.colwise().mean();
  x.rowwise() -= mean.transpose();
  const Eigen::MatrixXd covariance = x.transpose() * x / static_cast<double>(count - 1);
  return {{mean.begin(), mean.end()}, {covariance.data(), covariance.data() + covariance.size()}};
}

double frechet_distance(const normal_fit& a, const normal_fit& b) {
  const Eigen::MatrixXd root = root_of(matrix_of(a));
  const Eigen::MatrixXd product = root * matrix_of(b) * root;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(product, Eigen::EigenvaluesOnly);
  const double overlap = solver.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  return (vector_of(a) - vector_of(b)).squaredNorm() + matrix_of(a).trace() + matrix_of(b).trace() - 2 * overlap;
}

double frechet_distance(std::span<const float> a, std::span<const float> b, std::size_t size) {
  return frechet_distance(fit_normal(a, size), fit_normal(b, size));
}

}  // namespace firstspike
