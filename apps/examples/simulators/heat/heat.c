/* mpirun -n 2 ./heat: the temperature of a rod, of which every rank has a part. One end is warmed from time 0 on, the
   other is kept at 0. It reads heat.in and writes temperatures.csv, in the folder that it is started in. */
#include <stdio.h>
#include <stdlib.h>

#include <mpi.h>

enum { cells = 60, outputs = 15 };
static const double length = 0.3, end = 200.0; /* m, s */

/* One step in time, of the `n` cells from state[1] on; state[0] and state[n + 1] are the neighbours'. */
static void advance(double* state, int n, double number, int before, int after) {
  double old[cells + 2];
  MPI_Sendrecv(&state[n], 1, MPI_DOUBLE, after, 0, &state[0], 1, MPI_DOUBLE, before, 0, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
  MPI_Sendrecv(&state[1], 1, MPI_DOUBLE, before, 1, &state[n + 1], 1, MPI_DOUBLE, after, 1, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
  for (int i = 0; i < n + 2; ++i) old[i] = state[i];
  for (int i = 1; i <= n; ++i) state[i] = old[i] + number * (old[i - 1] - 2.0 * old[i] + old[i + 1]);
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (cells % ranks != 0) {
    if (rank == 0) fprintf(stderr, "heat: %d cells are not shared out evenly to %d ranks\n", cells, ranks);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }

  double in[2]; /* diffusivity [m2/s], temperature of the warm end [K above the surroundings] */
  if (rank == 0) {
    FILE* file = fopen("heat.in", "r");
    if (file == NULL || fscanf(file, "%lf %lf", &in[0], &in[1]) != 2) {
      fprintf(stderr, "heat: heat.in has to have two numbers\n");
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
    fclose(file);
  }
  MPI_Bcast(in, 2, MPI_DOUBLE, 0, MPI_COMM_WORLD);

  const int n = cells / ranks;
  const double width = length / cells;
  const int steps = 1 + (int)(end * in[0] / (0.4 * width * width)); /* stable below 0.5 */
  const double number = in[0] * end / steps / (width * width);
  double state[cells + 2] = {0.0}, all[cells];
  for (int s = 0; s < steps; ++s) {
    if (rank == 0) state[0] = in[1];
    if (rank == ranks - 1) state[n + 1] = 0.0;
    advance(state, n, number, rank == 0 ? MPI_PROC_NULL : rank - 1, rank == ranks - 1 ? MPI_PROC_NULL : rank + 1);
  }

  MPI_Gather(&state[1], n, MPI_DOUBLE, all, n, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  if (rank == 0) {
    FILE* file = fopen("temperatures.csv", "w");
    if (file == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
    fprintf(file, "temperature\n");
    for (int m = 0; m < outputs; ++m) fprintf(file, "%.17g\n", all[m * cells / outputs]);
    fclose(file);
  }
  return MPI_Finalize();
}
