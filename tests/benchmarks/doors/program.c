/* A log density that costs nothing, as a program: without arguments a server of JSON lines, with `once` one that reads
   parameters.json and writes results.json. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[65536];

static double number(const char* name) {
  const char* found = strstr(text, name);
  if (found == NULL) exit(1);
  return strtod(strchr(found, ':') + 1, NULL);
}

static double log_density(void) {
  const double a = number("\"a\""), b = number("\"b\""), c = number("\"c\""), d = number("\"d\"");
  return -0.5 * (a * a + b * b + c * c + d * d);
}

static int once(void) {
  FILE* file = fopen("parameters.json", "r");
  if (file == NULL) return 1;
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  file = fopen("results.json", "w");
  if (file == NULL) return 1;
  fprintf(file, "{\"log_density\": %.17g}\n", log_density());
  return fclose(file);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "once") == 0) return once();
  if (fgets(text, sizeof text, stdin) == NULL) return 1;
  puts("{\"protocol\": 1}");
  fflush(stdout);
  while (fgets(text, sizeof text, stdin) != NULL) {
    printf("{\"id\": %.0f, \"log_density\": %.17g}\n", number("\"id\""), log_density());
    fflush(stdout);
  }
  return 0;
}
