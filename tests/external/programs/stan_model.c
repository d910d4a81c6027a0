/* The functions of BridgeStan 2 as a model with an exact answer has them, for tests:

     data { real shift; }
     parameters { real mu; real<lower=0> sigma; }
     transformed parameters { real product = mu * sigma; }
     model { mu ~ normal(shift, 1); sigma ~ lognormal(0, 1); }
     generated quantities { real noise = uniform_rng(0, 1) or so; }

   Compiled with SEVERAL_THREADS as with STAN_THREADS. Without it, a call while another is at work fails; it takes long
   enough to be met. Far out it rejects (mu > 1000) or has no density (mu < -1000). */
#define _POSIX_C_SOURCE 200809L /* nanosleep, strdup */

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const int bs_major_version = 2, bs_minor_version = 7, bs_patch_version = 0;

typedef struct {
  double shift;
} bs_model;
typedef struct {
  unsigned int seed;
} bs_rng;

static atomic_int at_work;
static void (*print)(const char* data, size_t size);

static int failed(const char* why, char** error) {
  if (error != NULL) *error = strdup(why);
  return -1;
}

static int enter(char** error) {
  if (atomic_fetch_add(&at_work, 1) == 0) return 0;
#ifdef SEVERAL_THREADS
  (void)error;
  return 0;
#else
  atomic_fetch_sub(&at_work, 1);
  return failed("two threads at a time", error);
#endif
}

static int leave(int result) {
  atomic_fetch_sub(&at_work, 1);
  return result;
}

bs_model* bs_model_construct(const char* data, unsigned int seed, char** error) {
  (void)seed;
  const char* shift = data != NULL ? strstr(data, "\"shift\":") : NULL;
  if (shift == NULL) {
    failed("variable does not exist; variable name=shift", error);
    return NULL;
  }
  if (print != NULL) print("transformed data\n", 17);
  bs_model* model = malloc(sizeof *model);
  model->shift = strtod(shift + 8, NULL);
  return model;
}

void bs_model_destruct(bs_model* model) { free(model); }
void bs_free_error_msg(char* error) { free(error); }

const char* bs_model_info(const bs_model* model) {
  (void)model;
#ifdef SEVERAL_THREADS
  return "STAN_THREADS=true\nSTAN_MPI=false\n";
#else
  return "STAN_THREADS=false\nSTAN_MPI=false\n";
#endif
}

const char* bs_param_names(const bs_model* model, bool tp, bool gq) {
  (void)model;
  if (tp) return gq ? "mu,sigma,product,noise" : "mu,sigma,product";
  return gq ? "mu,sigma,noise" : "mu,sigma";
}

const char* bs_param_unc_names(const bs_model* model) { return (void)model, "mu,sigma"; }
int bs_param_unc_num(const bs_model* model) { return (void)model, 2; }

int bs_param_constrain(const bs_model* model, bool tp, bool gq, const double* unc, double* out, bs_rng* rng,
                       char** error) {
  (void)model;
  if (enter(error) != 0) return -1;
  if (gq && rng == NULL) return leave(failed("no rng", error));
  *out++ = unc[0];
  *out++ = exp(unc[1]);
  if (tp) *out++ = unc[0] * exp(unc[1]);
  if (gq) *out++ = rng->seed / 4294967296.0;
  return leave(0);
}

int bs_log_density_gradient(const bs_model* model, bool propto, bool jacobian, const double* unc, double* value,
                            double* gradient, char** error) {
  if (enter(error) != 0) return -1;
  nanosleep(&(struct timespec){0, 100000}, NULL);
  if (unc[0] > 1000.0) return leave(failed("Rejecting: mu is too high", error));
  if (unc[0] == 999.0) return leave(-1);
  const double distance = unc[0] - model->shift;
  *value = -0.5 * distance * distance - unc[1] - 0.5 * unc[1] * unc[1];
  if (jacobian) *value += unc[1];
  if (!propto) *value -= log(2.0 * acos(-1.0));
  if (unc[0] < -1000.0) *value = -INFINITY;
  gradient[0] = -distance;
  gradient[1] = -unc[1] - (jacobian ? 0.0 : 1.0);
  return leave(0);
}

int bs_log_density(const bs_model* model, bool propto, bool jacobian, const double* unc, double* value, char** error) {
  double gradient[2];
  return bs_log_density_gradient(model, propto, jacobian, unc, value, gradient, error);
}

bs_rng* bs_rng_construct(unsigned int seed, char** error) {
  (void)error;
  bs_rng* rng = malloc(sizeof *rng);
  rng->seed = seed;
  return rng;
}

void bs_rng_destruct(bs_rng* rng) { free(rng); }

#ifndef WITHOUT_PRINT
int bs_set_print_callback(void (*callback)(const char* data, size_t size), char** error) {
  (void)error;
  print = callback;
  return 0;
}
#endif
