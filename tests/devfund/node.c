/*
 * A node and its clients. See node.h.
 *
 * Calls that may wait for the driver are interrupted by a signal, again and again: a signal that
 * comes before the call would be lost.
 */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "trail.h"
#include "values.h"

#define CLIENTS_MAX 32
#define FILES_MAX   8
#define CROWD_MAX   200

/* A round's limit is far beyond it. */
#define INTERRUPTION_MS 5

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct node_client {
    const struct node_options *options;
    struct round_counts *counts;
    struct chance chance;
    struct trail *trail;
    pthread_t thread;
    timer_t interruption;
    int files[FILES_MAX];  /* -1: closed */
    unsigned char *buffer; /* LENGTH_MAX + 1 bytes */
};

/* ---- interruptions ---- */

static void be_interrupted(int number)
{
    (void)number;
}

static void set_interruption(struct node_client *client, long milliseconds)
{
    struct itimerspec when = {.it_value.tv_nsec = milliseconds * 1000000,
                              .it_interval.tv_nsec = milliseconds * 1000000};
    if (timer_settime(client->interruption, 0, &when, NULL) != 0)
        abort();
}

static void make_interruption(struct node_client *client)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGURG};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    if (timer_create(CLOCK_MONOTONIC, &event, &client->interruption) != 0)
        abort();
}

/* ---- system calls ---- */

/* A call must not return more than was asked for. */
static void check_count(struct node_client *client, const char *verb, ssize_t count, size_t length)
{
    trail_result(client->trail, count < 0 ? -errno : (long)count);
    if (count > (ssize_t)length)
        trails_fail("%s: %zd bytes of %zu are said to be transferred", verb, count, length);
}

static void *any_address(struct node_client *client)
{
    return chance_one_in(&client->chance, 10) ? values_bad_address(&client->chance)
                                              : client->buffer;
}

static void do_read(struct node_client *client, int file)
{
    size_t length = values_length(&client->chance);
    trail_step(client->trail, "read", (unsigned long)file, length);
    check_count(client, "read", read(file, any_address(client), length), length);
}

static void do_write(struct node_client *client, int file)
{
    size_t length = values_length(&client->chance);
    trail_step(client->trail, "write", (unsigned long)file, length);
    check_count(client, "write", write(file, any_address(client), length), length);
}

static void do_vectors(struct node_client *client, int file)
{
    struct iovec parts[4];
    size_t length = 0;
    for (unsigned i = 0; i < COUNT_OF(parts); i++) {
        parts[i].iov_len = chance_below(&client->chance, 2000);
        parts[i].iov_base = client->buffer + i * 2000;
        length += parts[i].iov_len;
    }
    trail_step(client->trail, "readv or writev", (unsigned long)file, length);
    bool writes = chance_one_in(&client->chance, 2);
    ssize_t count =
        writes ? writev(file, parts, COUNT_OF(parts)) : readv(file, parts, COUNT_OF(parts));
    check_count(client, "readv or writev", count, length);
}

static void do_control(struct node_client *client, int file)
{
    uint32_t code = chance_one_in(&client->chance, 2) ? values_control(&client->chance)
                                                      : values_ioctl(&client->chance);
    trail_step(client->trail, "ioctl", (unsigned long)file, code);
    int result = ioctl(file, code, any_address(client));
    trail_result(client->trail, result < 0 ? -errno : result);
}

static void do_poll(struct node_client *client, int file)
{
    struct pollfd wait = {.fd = file, .events = POLLIN | POLLOUT};
    trail_step(client->trail, "poll", (unsigned long)file, 0);
    int result = poll(&wait, 1, (int)chance_below(&client->chance, 3));
    trail_result(client->trail, result < 0 ? -errno : wait.revents);
}

/* What drivers never see, and must tolerate. */
static void do_other(struct node_client *client, int file)
{
    void *memory;
    trail_step(client->trail, "another call", (unsigned long)file, 0);
    switch (chance_below(&client->chance, 6)) {
    case 0:
        fcntl(file, F_SETFL, chance_one_in(&client->chance, 2) ? O_NONBLOCK : 0);
        break;
    case 1:
        lseek(file, (off_t)chance_below(&client->chance, 1000), SEEK_SET);
        break;
    case 2:
        memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
        if (memory != MAP_FAILED)
            munmap(memory, 4096);
        break;
    case 3:
        (void)!pread(file, client->buffer, 100, (off_t)chance_below(&client->chance, 1 << 20));
        break;
    case 4:
        close(dup(file));
        break;
    default:
        fsync(file);
        break;
    }
    trail_result(client->trail, 0);
}

/* ---- files ---- */

static int open_path(struct node_client *client, const char *path)
{
    static const int accesses[] = {O_RDWR, O_RDWR, O_RDONLY, O_WRONLY};
    static const int others[] = {0, 0, 0, O_NONBLOCK, O_NONBLOCK, O_APPEND, O_DIRECT, O_SYNC};
    int flags = O_CLOEXEC | accesses[chance_below(&client->chance, COUNT_OF(accesses))] |
                others[chance_below(&client->chance, COUNT_OF(others))];
    trail_step(client->trail, "open", (unsigned long)flags, strlen(path));
    int file = open(path, flags);
    trail_result(client->trail, file < 0 ? -errno : file);
    return file;
}

static void close_file(struct node_client *client, int *file)
{
    trail_step(client->trail, "close", (unsigned long)*file, 0);
    close(*file);
    trail_result(client->trail, 0);
    *file = -1;
}

/* Nothing exists after the node's name. */
static void open_odd_name(struct node_client *client)
{
    char path[8192];
    snprintf(path, sizeof(path), "%s/%s", client->options->path, values_name(&client->chance));
    int file = open_path(client, path);
    if (file >= 0)
        close_file(client, &file);
}

static void open_crowd(struct node_client *client)
{
    int crowd[CROWD_MAX];
    unsigned count = chance_below(&client->chance, CROWD_MAX), opened = 0;
    for (unsigned i = 0; i < count; i++) {
        crowd[opened] = open_path(client, client->options->path);
        if (crowd[opened] >= 0)
            opened++;
    }
    while (opened > 0) {
        unsigned which = chance_below(&client->chance, opened);
        close_file(client, &crowd[which]);
        crowd[which] = crowd[--opened];
    }
}

/* ---- the next operation ---- */

enum { READ, WRITE, VECTORS, CONTROL, POLL, OTHER, CLOSE, ODD_NAME, CROWD, KINDS };

static void do_with_file(struct node_client *client, unsigned kind, int *file)
{
    static void (*const operations[])(struct node_client * client, int file) = {
        [READ] = do_read,       [WRITE] = do_write, [VECTORS] = do_vectors,
        [CONTROL] = do_control, [POLL] = do_poll,   [OTHER] = do_other};
    if (kind == CLOSE)
        close_file(client, file);
    else
        operations[kind](client, *file);
}

static void do_something(struct node_client *client)
{
    static const unsigned weights[KINDS] = {
        [READ] = 20, [WRITE] = 20, [VECTORS] = 4,  [CONTROL] = 20, [POLL] = 10,
        [OTHER] = 4, [CLOSE] = 5,  [ODD_NAME] = 2, [CROWD] = 1};
    unsigned kind = chance_weighted(&client->chance, weights, KINDS);
    int *file = &client->files[chance_below(&client->chance, FILES_MAX)];
    if (kind == ODD_NAME)
        open_odd_name(client);
    else if (kind == CROWD)
        open_crowd(client);
    else if (*file < 0)
        *file = open_path(client, client->options->path);
    else
        do_with_file(client, kind, file);
}

static void *client_main(void *argument)
{
    struct node_client *client = argument;
    make_interruption(client);
    set_interruption(client, INTERRUPTION_MS);
    for (unsigned i = 0; i < client->options->operations; i++) {
        do_something(client);
        atomic_fetch_add_explicit(&client->counts->operations, 1, memory_order_relaxed);
    }
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (client->files[i] >= 0)
            close_file(client, &client->files[i]);
    }
    timer_delete(client->interruption);
    free(client->buffer);
    return NULL;
}

static struct node_client *start_client(const struct node_options *options, uint64_t seed,
                                        unsigned number, struct round_counts *counts)
{
    struct node_client *client = calloc(1, sizeof(*client));
    if (client == NULL || (client->buffer = calloc(1, LENGTH_MAX + 1)) == NULL)
        abort();
    client->options = options;
    client->counts = counts;
    client->chance.state = seed * 1000003 + number;
    client->trail = trail_open("client", number);
    for (unsigned i = 0; i < FILES_MAX; i++)
        client->files[i] = -1;
    if (pthread_create(&client->thread, NULL, client_main, client) != 0)
        abort();
    return client;
}

/* ---- the daemon ---- */

static void tell_daemon(const struct node_options *options, int number)
{
    if (options->daemon != 0 && kill(options->daemon, number) != 0)
        trails_fail("the daemon %d: %s", (int)options->daemon, strerror(errno));
}

static void suspend_and_resume(const struct node_options *options, struct chance *chance,
                               struct round_counts *counts)
{
    for (unsigned i = 0; i < options->events && options->daemon != 0; i++) {
        struct timespec moment = {.tv_nsec = 1000000 + chance_below(chance, 20000000)};
        nanosleep(&moment, NULL);
        tell_daemon(options, SIGUSR1);
        moment.tv_nsec = 1000000 + chance_below(chance, 10000000);
        nanosleep(&moment, NULL);
        tell_daemon(options, SIGUSR2);
        atomic_fetch_add(&counts->events, 1);
    }
}

/* It answers as before: only a daemon that has gone gives these errors. */
static void check_is_there(const struct node_options *options)
{
    tell_daemon(options, 0);
    int file = open(options->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file >= 0)
        close(file);
    else if (errno == ENODEV || errno == ENXIO || errno == ENOENT || errno == ENOTCONN ||
             errno == ECONNABORTED)
        trails_fail("%s: %s", options->path, strerror(errno));
}

void node_run(const struct node_options *options, uint64_t seed, struct round_counts *counts)
{
    struct sigaction action = {.sa_handler = be_interrupted}; /* without SA_RESTART */
    struct node_client *clients[CLIENTS_MAX];
    struct chance chance = {seed};
    sigaction(SIGURG, &action, NULL);
    trails_watch(options->patience_s);
    values_prepare();
    check_is_there(options);
    uint64_t clients_seed = chance_number(&chance);
    for (unsigned i = 0; i < options->clients; i++)
        clients[i] = start_client(options, clients_seed, i, counts);
    suspend_and_resume(options, &chance, counts);
    for (unsigned i = 0; i < options->clients; i++) {
        pthread_join(clients[i]->thread, NULL);
        free(clients[i]);
    }
    check_is_there(options);
}
