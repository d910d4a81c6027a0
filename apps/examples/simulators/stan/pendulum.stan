// The pendulum of apps/examples/plugin/README.md, with the priors and the noise of ../problem.yml.
functions {
  vector slope(vector state, real damping, real friction, real frequency) {
    return [state[2], -damping * state[2] - friction * tanh(state[2] / 0.01) - square(frequency) * sin(state[1])]';
  }
}
data {
  int<lower=1> N;
  vector[N] angle;  // [rad], measured every 0.25 s
}
parameters {
  real amplitude;
  real<lower=0> damping;
  real<lower=0> friction;
  real<lower=0.1, upper=10> frequency;
  real<lower=0> sigma;
}
model {
  vector[N] simulated;
  vector[2] state = [amplitude, 0]';
  real step = 0.01;  // [s], of the classical Runge-Kutta method
  for (n in 1 : N) {
    for (i in 1 : 25) {
      vector[2] k1 = slope(state, damping, friction, frequency);
      vector[2] k2 = slope(state + 0.5 * step * k1, damping, friction, frequency);
      vector[2] k3 = slope(state + 0.5 * step * k2, damping, friction, frequency);
      vector[2] k4 = slope(state + step * k3, damping, friction, frequency);
      state += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    simulated[n] = state[1];
  }
  amplitude ~ normal(1, 0.5);
  damping ~ lognormal(-2, 1);
  friction ~ normal(0, 0.5) T[0, ];
  frequency ~ normal(2.5, 0.5) T[0.1, 10];
  sigma ~ normal(0, 0.2) T[0, ];
  angle ~ normal(simulated, sigma);
}
generated quantities {
  real half_life = 2 * log(2) / damping;  // [s] of the amplitude, were there no friction
}
