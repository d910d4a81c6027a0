#pragma once

namespace gmmvi::problem {

/// Fisher's information of the dispersion φ of a count that is negative binomial with this mean and the variance mean +
/// mean²/φ. To 1e-8 for means up to 1000 and φ up to 100 (1 + mean), to a percent beyond.
double dispersion_information(double mean, double dispersion);

}  // namespace gmmvi::problem
