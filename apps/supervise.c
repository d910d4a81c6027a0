/* gmmvi-supervise GRACE CONTROL -- PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM in a process group of its own and sees to it that nothing of it stays behind. Of its descriptors PROGRAM
 * gets those below CONTROL. When a byte comes from the descriptor CONTROL, or its other end is closed because who
 * started this died, or at SIGTERM, SIGINT or SIGHUP, the group gets SIGTERM, and GRACE seconds later whatever is left
 * SIGKILL. When PROGRAM ends by itself, what it started is killed at once, also what has left its group or session.
 * Exits as shells do: with PROGRAM's exit code, 128 + the signal that killed it, or 127 if it could not be started. The
 * same code is sent to CONTROL, a socket, for a parent whose children's ends others take note of.
 *
 * It is a program of its own because a death signal ends only a child, not what that has started, and because a process
 * that uses MPI had better not fork. In C, since it starts before every simulator: a C++ library takes a millisecond.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { exit_usage = 64, exit_not_started = 127, exit_signal = 128 };
static const double longest_death = 5.0; /* seconds; what a file system holds longer dies when that lets it go */
static const double again = 0.02;        /* seconds until what has been forked meanwhile is killed, too */

static pid_t program;
static bool has_ended = false;
static int end_status;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Of descriptors from `first` on, none reaches the program. */
static void keep_back(int first) {
  DIR* folder = opendir("/proc/self/fd");
  if (!folder) return;
  for (struct dirent* entry; (entry = readdir(folder));)
    if (atoi(entry->d_name) >= first) fcntl(atoi(entry->d_name), F_SETFD, FD_CLOEXEC);
  closedir(folder);
}

static void run(char** command, const sigset_t* mask, pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(exit_not_started); /* died before it could be told */
  setpgid(0, 0);
  sigprocmask(SIG_SETMASK, mask, NULL);
  execvp(command[0], command);
  fprintf(stderr, "cannot start %s: %s\n", command[0], strerror(errno));
  fflush(stderr);
  _exit(exit_not_started);
}

/* Takes note of what has ended. Whether any descendant is left: orphans become children of this process. */
static bool any_left(void) {
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended != program) continue;
    has_ended = true;
    end_status = status;
  }
  return ended == 0;
}

static pid_t parent_of(const char* process) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%.20s/stat", process);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return 0;
  text[size] = '\0';
  const char* name_end = strrchr(text, ')'); /* a name may contain anything */
  int parent = 0;
  return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
}

struct process {
  pid_t id, parent;
  bool descends;
};

static void kill_descendants(void) {
  DIR* folder = opendir("/proc");
  if (!folder) return;
  struct process* all = NULL;
  size_t count = 0, room = 0;
  for (struct dirent* entry; (entry = readdir(folder));) {
    const pid_t id = atoi(entry->d_name);
    if (id <= 0) continue;
    if (count == room) {
      room = room ? 2 * room : 1024;
      struct process* larger = realloc(all, room * sizeof *all);
      if (!larger) break;
      all = larger;
    }
    const pid_t parent = parent_of(entry->d_name);
    all[count++] = (struct process){id, parent, parent == getpid()};
  }
  closedir(folder);
  for (bool found = true; found;) {
    found = false;
    for (size_t i = 0; i < count; ++i)
      for (size_t j = 0; j < count && !all[i].descends; ++j)
        if (all[j].descends && all[j].id == all[i].parent) found = all[i].descends = true;
  }
  for (size_t i = 0; i < count; ++i)
    if (all[i].descends) kill(all[i].id, SIGKILL);
  free(all);
}

/* Waits for news. Whether it is to end the program. */
static bool told_to_end(int control, int signals, double seconds) {
  struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.fd = control, .events = POLLIN}};
  if (poll(events, 2, seconds < 0.0 ? -1 : (int)(1e3 * seconds) + 1) <= 0) return false;
  bool told = events[1].revents != 0;
  for (struct signalfd_siginfo signal; read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal;)
    told = told || signal.ssi_signo != SIGCHLD;
  return told;
}

static void watch(int control, int signals, double grace) {
  enum { running, asked_to_end, killed } state = running;
  double until = 0.0;
  while (any_left()) {
    if ((state == running && has_ended) || (state == asked_to_end && now() >= until)) {
      state = killed;
      until = now() + longest_death;
    }
    if (state == killed) {
      if (now() >= until) return;
      if (!has_ended) kill(-program, SIGKILL);
      kill_descendants();
    }
    const double wait = state == running ? -1.0 : state == killed ? again : until - now();
    const bool told =
        told_to_end(state == running ? control : -1, signals, wait < 0.0 && state != running ? 0.0 : wait);
    if (told && state == running) {
      state = asked_to_end;
      until = now() + grace;
      if (!any_left()) return;
      if (!has_ended) kill(-program, SIGTERM);
    }
  }
}

int main(int argc, char** argv) {
  if (argc < 5 || strcmp(argv[3], "--") != 0) {
    fprintf(stderr,
            "usage: gmmvi-supervise GRACE CONTROL -- PROGRAM [ARGUMENT...]\n"
            "It is started by gmmvi, which uses it to run simulators.\n");
    return exit_usage;
  }
  const double grace = atof(argv[1]);
  const int control = atoi(argv[2]);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  keep_back(control);

  sigset_t handled, mask;
  sigemptyset(&handled);
  sigaddset(&handled, SIGCHLD);
  sigaddset(&handled, SIGTERM);
  sigaddset(&handled, SIGINT);
  sigaddset(&handled, SIGHUP);
  sigprocmask(SIG_BLOCK, &handled, &mask);
  const int signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);

  const pid_t self = getpid();
  program = fork();
  if (program == 0) run(argv + 4, &mask, self);
  if (program < 0) {
    const unsigned char code = exit_not_started;
    fprintf(stderr, "cannot start %s: %s\n", argv[4], strerror(errno));
    if (write(control, &code, 1) != 1) return exit_not_started;
    return exit_not_started;
  }
  setpgid(program, program); /* whoever of the two comes first */
  signal(SIGUSR1, SIG_IGN);  /* schedulers send them to all processes of a job; they mean gmmvi */
  signal(SIGUSR2, SIG_IGN);
  for (int i = 0; i < control; ++i) close(i); /* their ends are to be seen */

  watch(control, signals, grace);
  const int code = !has_ended              ? exit_signal + SIGKILL
                   : WIFEXITED(end_status) ? WEXITSTATUS(end_status)
                                           : exit_signal + WTERMSIG(end_status);
  const unsigned char byte = (unsigned char)code;
  send(control, &byte, 1, MSG_NOSIGNAL);
  return code;
}
