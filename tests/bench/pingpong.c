/*
 * pingpong DEVICE CLIENTS SECONDS SIZE
 *
 * Each client, a process with an open file of its own, writes a message and reads a message, over and over,
 * for the given time. Prints how many operations (a write is one, a read is one) all of them did in a second.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 64

/* Between the processes. The clients start together, and stop together. */
struct board {
    atomic_uint ready;
    atomic_bool started;
    atomic_bool stopped;
    unsigned long operations[CLIENTS_MAX]; /* written by its client when it ends, read after its end */
};

static double number(const char *text, const char *what, double minimum, double maximum)
{
    char *end;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= minimum && value <= maximum))
        errx(2, "%s '%s' is not a number from %g to %g", what, text, minimum, maximum);
    return value;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_for(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds};

    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    nanosleep(&time, NULL);
}

/* A message is one letter, over and over: a mixture of two shows. */
static void exchange(int device, const char *path, const char *message, char *received, size_t size)
{
    ssize_t count = write(device, message, size);

    if (count < 0)
        err(1, "cannot write to %s", path);
    if ((size_t)count != size)
        errx(1, "%s took %zd of %zu bytes", path, count, size);
    count = read(device, received, size);
    if (count < 0)
        err(1, "cannot read from %s", path);
    if ((size_t)count != size)
        errx(1, "%s returned %zd of %zu bytes", path, count, size);
    if (memcmp(received, received + 1, size - 1) != 0)
        errx(1, "%s returned a mixture of two messages", path);
}

static void client(struct board *board, unsigned id, const char *path, size_t size)
{
    unsigned long operations = 0;
    char *message = malloc(size);
    char *received = malloc(size);
    int device = open(path, O_RDWR);

    if (message == NULL || received == NULL)
        err(1, "cannot make a message");
    if (device < 0)
        err(1, "cannot open %s", path);
    memset(message, 'a' + (int)(id % 26), size);
    exchange(device, path, message, received, size);

    atomic_fetch_add(&board->ready, 1);
    while (!atomic_load(&board->started))
        pause_for(0.0001);
    for (; !atomic_load_explicit(&board->stopped, memory_order_relaxed); operations += 2)
        exchange(device, path, message, received, size);
    board->operations[id] = operations;
    exit(0);
}

/* A client that fails has said why; then there is no number. */
static void check_children(int options)
{
    int status;

    for (pid_t pid; (pid = waitpid(-1, &status, options)) != 0;) {
        if (pid < 0 && errno == ECHILD)
            return;
        if (pid < 0)
            err(1, "cannot wait for the clients");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            exit(1);
    }
}

static void start_clients(struct board *board, unsigned clients, const char *path, size_t size)
{
    for (unsigned id = 0; id < clients; id++) {
        pid_t pid = fork();
        if (pid < 0)
            err(1, "cannot start a client");
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            client(board, id, path, size);
        }
    }
    while (atomic_load(&board->ready) < clients) {
        check_children(WNOHANG);
        pause_for(0.0001);
    }
}

int main(int argc, char **argv)
{
    struct board *board;
    unsigned clients;
    double start, seconds;
    unsigned long operations = 0;

    if (argc != 5) {
        fputs("usage: pingpong DEVICE CLIENTS SECONDS SIZE\n", stderr);
        return 2;
    }
    clients = (unsigned)number(argv[2], "CLIENTS", 1, CLIENTS_MAX);
    seconds = number(argv[3], "SECONDS", 0.001, 3600);
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        err(1, "cannot share memory");

    start_clients(board, clients, argv[1], (size_t)number(argv[4], "SIZE", 1, 31 * 4096));
    start = now();
    atomic_store(&board->started, true);
    pause_for(seconds);
    atomic_store(&board->stopped, true);
    seconds = now() - start;
    check_children(0);

    for (unsigned id = 0; id < clients; id++)
        operations += board->operations[id];
    printf("%.0f\n", (double)operations / seconds);
    return 0;
}
