/* The same in C, without a library for JSON: questions have the same form every time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { outputs = 30 };

/* The number that follows "name": in a line. */
static double number(const char* line, const char* name) {
  const char* found = strstr(line, name);
  if (found == NULL) {
    fprintf(stderr, "there is no %s in: %s", name, line); /* the last lines of it are told to the user */
    exit(1);
  }
  return strtod(found + strlen(name), NULL);
}

int main(void) {
  static char line[65536];
  if (fgets(line, sizeof line, stdin) == NULL) return 1; /* {"protocol": 1, "parameters": [...], "options": {}} */
  printf("{\"protocol\": 1, \"outputs\": %d}\n", outputs);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    const double amplitude = number(line, "\"amplitude\": ");
    const double damping = number(line, "\"damping\": ");
    const double frequency = number(line, "\"frequency\": ");
    printf("{\"id\": %.0f, \"outputs\": [", number(line, "\"id\": "));
    for (int i = 0; i < outputs; ++i) {
      const double t = 0.2 * (i + 1); /* seconds, those of observations.csv */
      printf("%s%.17g", i > 0 ? ", " : "", amplitude * exp(-damping * t) * cos(frequency * t));
    }
    printf("]}\n");
    fflush(stdout);
  }
  return 0;
}
