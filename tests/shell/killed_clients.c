/*
 * killed-clients read|write|write-on DEVICE COUNT AT-ONCE SECONDS
 *
 * Many processes that are killed while their requests to the device wait. COUNT clients, AT-ONCE of
 * them at a time: each makes one read(2), or one write(2) that begins with '~', which the device
 * should not answer (with write-on a client that is answered writes again: a driver releases what
 * it keeps when it is suspended). When all of them wait and the daemon has their requests, the
 * first half is killed at once and the second half one by one, by SIGKILL, SIGTERM and SIGINT.
 *
 * Every wait has a deadline of SECONDS. Exit status: 0 each client has died of its signal in time;
 * 1 one has not, standard error says what it was doing; 2 wrong usage.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE_MAX  500
#define REQUEST_SIZE 2048
#define POLL_NS      2000000
#define KEEP         '~' /* the drivers of tests/drivers keep such a write: their MESSAGE_KEEP */

static const int signals[] = {SIGKILL, SIGTERM, SIGKILL, SIGINT};

struct client {
    pid_t pid; /* 0: reaped */
    int signal;
};

static struct client clients[AT_ONCE_MAX];
static const char *device_path;
static bool is_writing;
static bool goes_on; /* an answer is no failure: the client writes again */
static int patience; /* seconds */

static struct timespec deadline_from_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    now.tv_sec += patience;
    return now;
}

/* The remaining nanoseconds; not positive when the time is over. */
static long long time_left(const struct timespec *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (deadline->tv_sec - now.tv_sec) * 1000000000LL + deadline->tv_nsec - now.tv_nsec;
}

/* ---- looking at a client ---- */

/* A file of /proc/PID, as far as it fits, without the newline at its end. */
static const char *about(pid_t pid, const char *file, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = descriptor < 0 ? -1 : read(descriptor, text, size - 1);
    if (descriptor >= 0)
        close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* The letter of its state; '?' when it is gone. */
static char state_of(pid_t pid)
{
    char text[512];
    const char *name_end = strrchr(about(pid, "stat", text, sizeof(text)), ')');
    return name_end != NULL && strlen(name_end) > 2 ? name_end[2] : '?';
}

static void describe(const struct client *client)
{
    char wchan[64], syscall[256];
    warnx("client %d: state %c, in '%s', system call '%s'", (int)client->pid, state_of(client->pid),
          about(client->pid, "wchan", wchan, sizeof(wchan)),
          about(client->pid, "syscall", syscall, sizeof(syscall)));
}

/* It sleeps in its system call: the first word is the number, or "running". */
static bool is_waiting(pid_t pid)
{
    char text[256], *end;
    long number = strtol(about(pid, "syscall", text, sizeof(text)), &end, 10);
    return end != text && number == (is_writing ? SYS_write : SYS_read);
}

/* ---- a batch ---- */

static _Noreturn void client_main(void)
{
    static char data[REQUEST_SIZE];
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        signal(signals[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);

    int device = open(device_path, is_writing ? O_WRONLY : O_RDONLY);
    if (device < 0)
        err(1, "cannot open %s", device_path);
    memset(data, KEEP, sizeof(data));
    ssize_t result;
    do
        result = is_writing ? write(device, data, sizeof(data)) : read(device, data, sizeof(data));
    while (result >= 0 && goes_on);
    if (result < 0)
        err(1, "client %d", (int)getpid());
    errx(1, "client %d: the device has answered its request: %zd", (int)getpid(), result);
}

static void start(int count)
{
    for (int i = 0; i < count; i++) {
        clients[i].signal = 0;
        clients[i].pid = fork();
        if (clients[i].pid < 0)
            err(1, "fork");
        if (clients[i].pid == 0)
            client_main();
    }
}

static bool wait_until_all_wait(int count)
{
    static const struct timespec interval = {.tv_nsec = POLL_NS};
    struct timespec deadline = deadline_from_now();
    for (int i = 0; i < count; i++)
        while (!is_waiting(clients[i].pid)) {
            if (time_left(&deadline) <= 0 || state_of(clients[i].pid) == 'Z') {
                warnx("a client should wait for the device, and does not");
                describe(&clients[i]);
                return false;
            }
            nanosleep(&interval, NULL);
        }
    return true;
}

/* The kernel hands requests out in order: when this one is answered, the daemon has the others. */
static void wait_until_daemon_has_all(void)
{
    int device = open(device_path, O_RDONLY | O_CLOEXEC);
    if (device < 0)
        err(1, "cannot open %s", device_path);
    close(device);
}

static struct client *find_client(pid_t pid, int count)
{
    for (int i = 0; i < count; i++)
        if (clients[i].pid == pid)
            return &clients[i];
    return NULL;
}

/* A client that has ended; 0 when none has in time. SIGCHLD is blocked. */
static pid_t reap(int *status, const struct timespec *deadline)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (;;) {
        pid_t pid = waitpid(-1, status, WNOHANG);
        if (pid < 0)
            err(1, "waitpid");
        long long left = time_left(deadline);
        if (pid > 0 || left <= 0)
            return pid;
        struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        sigtimedwait(&child, NULL, &timeout);
    }
}

/* Expects `expected` of the clients, all of which were killed, to end in time. */
static bool expect_ends(int count, int expected)
{
    struct timespec deadline = deadline_from_now();
    for (int ended = 0; ended < expected; ended++) {
        int status;
        struct client *client = find_client(reap(&status, &deadline), count);
        if (client == NULL) {
            warnx("%d of %d killed clients are not gone after %d s", expected - ended, expected,
                  patience);
            for (int i = 0; i < count; i++)
                if (clients[i].pid != 0 && clients[i].signal != 0)
                    describe(&clients[i]);
            return false;
        }
        if (!WIFSIGNALED(status) || WTERMSIG(status) != client->signal) {
            warnx("client %d: wait status 0x%x, killed by signal %d", (int)client->pid,
                  (unsigned)status, client->signal);
            client->pid = 0;
            return false;
        }
        client->pid = 0;
    }
    return true;
}

static void kill_client(int index)
{
    clients[index].signal = signals[(size_t)index % (sizeof(signals) / sizeof(signals[0]))];
    kill(clients[index].pid, clients[index].signal);
}

static bool run_batch(int count)
{
    int at_one_blow = (count + 1) / 2;
    start(count);
    if (!wait_until_all_wait(count))
        return false;
    wait_until_daemon_has_all();
    for (int i = 0; i < at_one_blow; i++)
        kill_client(i);
    if (!expect_ends(count, at_one_blow))
        return false;
    for (int i = at_one_blow; i < count; i++) {
        kill_client(i);
        if (!expect_ends(count, 1))
            return false;
    }
    return true;
}

static void kill_those_left(void)
{
    for (int i = 0; i < AT_ONCE_MAX; i++)
        if (clients[i].pid > 0)
            kill(clients[i].pid, SIGKILL);
}

int main(int argc, char **argv)
{
    sigset_t child;
    goes_on = argc == 6 && strcmp(argv[1], "write-on") == 0;
    if (argc != 6 || (!goes_on && strcmp(argv[1], "read") != 0 && strcmp(argv[1], "write") != 0)) {
        fputs("usage: killed-clients read|write|write-on DEVICE COUNT AT-ONCE SECONDS\n", stderr);
        return 2;
    }
    is_writing = goes_on || strcmp(argv[1], "write") == 0;
    device_path = argv[2];
    int count = atoi(argv[3]), at_once = atoi(argv[4]);
    patience = atoi(argv[5]);
    if (count < 1 || at_once < 1 || at_once > AT_ONCE_MAX || patience < 1)
        errx(2, "numbers that cannot be");

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    for (int left = count; left > 0; left -= at_once)
        if (!run_batch(left < at_once ? left : at_once)) {
            kill_those_left();
            return 1;
        }
    return 0;
}
