#ifndef GMMVI_TARGET_PLUGIN_H
#define GMMVI_TARGET_PLUGIN_H

/*
 * What a shared library defines to be a target of gmmvi: `target: {type: plugin, library: ./libmine.so}`. It computes
 * the log density of its parameters, or outputs that are compared with data, within the process of gmmvi. For C99, C++
 * and whatever else can follow C's conventions of calling; examples in C, C++ and Fortran are in apps/examples/plugin.
 *
 * A library defines the first five functions below; the others are optional, each with a meaning of its own. Of every
 * instance that gmmvi makes one function is called at a time, though not always from the same thread; all but
 * gmmvi_plugin_interrupt. There may be several instances in a process. Nothing may leave these functions by an
 * exception, by longjmp or by exit(). Texts are UTF-8 and end with a zero. What gmmvi hands over is its own, and there
 * only until the function returns. Arrays are by columns (Fortran's order): of [D x n], sample i has the elements i * D
 * to i * D + D - 1.
 */

#include <stdint.h>

#define GMMVI_PLUGIN_VERSION 1

/* How the evaluation of one sample ended. */
#define GMMVI_PLUGIN_VALUE 0 /* the numbers decide: one that is not finite is a failure, but -infinity is not */
#define GMMVI_PLUGIN_OUTSIDE_SUPPORT \
  1                            /* the parameters are impossible: log density -infinity, whatever the numbers are */
#define GMMVI_PLUGIN_FAILURE 2 /* there is no value: the sample is left out and counted */

#ifdef __cplusplus
extern "C" {
#endif

/* What gmmvi tells an instance. */
typedef struct gmmvi_plugin_start {
  const char* options;     /* JSON, an object: `options` of the target, `{}` if it has none */
  int64_t parameter_count; /* how many it is sent, those of the noise left out; 0 where nobody has named them */
  const char* const* parameter_names; /* [parameter_count], in the order of samples */
  int32_t returns_outputs;            /* 1: wants outputs, which are compared with data; 0: wants one log density */
} gmmvi_plugin_start;

/* What an instance can do. gmmvi fills in what stands here, and the library changes what differs. */
typedef struct gmmvi_plugin_capabilities {
  int64_t dimension;      /* D >= 1, how many parameters it takes; 0: as many as have names */
  int64_t outputs;        /* M >= 1, how many numbers it returns of a sample; 1, and 1 for a log density */
  int64_t group_size;     /* >= 1, how many samples a call gets at most; 1. The same on every rank. */
  int32_t gradients;      /* whether it can fill in `gradients`; 0 */
  int32_t cheap;          /* whether an evaluation takes less than about a millisecond; 0 */
  int32_t works_in_teams; /* whether several ranks can make an evaluation together; 0. 1 needs gmmvi_plugin_join. */
} gmmvi_plugin_capabilities;

/* What is to be evaluated, and where the answers go. */
typedef struct gmmvi_plugin_batch {
  int64_t samples;          /* n, 1 <= n <= group_size */
  const double* parameters; /* [D x n] */
  const int64_t* seeds;     /* [n], of random numbers if it needs any: 1 to 2^31 - 1, the same whenever the sample is
                               evaluated again */
  int32_t want_gradients;   /* 1: `gradients` is to be filled in, too; never if there are none */
  double* values;    /* [M x n], what the library fills in: log densities up to a constant, or outputs. NaN before. */
  double* gradients; /* For a log density [D x n]: derivatives by the parameters. For outputs the Jacobians
                        [M x D x n], of which the derivative of output m of sample i by parameter d is at
                        m + M * (d + D * i). NaN before; NULL if they are not wanted. */
  int32_t* status;   /* [n], GMMVI_PLUGIN_VALUE before, which may stay */
} gmmvi_plugin_batch;

/* GMMVI_PLUGIN_VERSION, as the library was compiled with. Called before anything else; a library of another version is
   refused. */
int32_t gmmvi_plugin_version(void);

/* A new instance, a pointer of the library's own; NULL if it cannot be made, which ends the run. */
void* gmmvi_plugin_create(const gmmvi_plugin_start* start);

/* Ends an instance that no function works with. */
void gmmvi_plugin_destroy(void* instance);

/* Called once, after gmmvi_plugin_create. */
void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* capabilities);

/* Evaluates n samples. 0, or something else if all of them have failed, for the reason of gmmvi_plugin_last_error. */
int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch);

/* Optional. Why the last call failed, in one sentence; for gmmvi_plugin_create, `instance` is NULL. Called from the
   thread of that call and right after it. The text has to stay until the instance's next call. */
const char* gmmvi_plugin_last_error(const void* instance);

/* Optional; with it evaluations can have a time limit. Called from another thread while gmmvi_plugin_evaluate runs,
   again and again until that has returned, which it is to do soon, with something else than 0. Returns at once. */
void gmmvi_plugin_interrupt(void* instance);

/* Optional; for libraries that work in teams. Called on every rank of a team of two ranks or more, before its first
   evaluation. From then on gmmvi_plugin_evaluate is called on all of them at about the same time with the same
   parameters; what it returns on rank 0 of the team counts. They have to agree on an error before one of them returns.
   `communicator` is the team's, as Fortran's integer (MPI_Comm_f2c makes one of C), for the library alone until MPI
   ends. 0, or something else if it failed, then on all of them. */
int32_t gmmvi_plugin_join(void* instance, int32_t rank, int32_t size, int32_t communicator);

#ifdef __cplusplus
}
#endif

#endif
