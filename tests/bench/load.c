/*
 * load [OPTION]... DEVICE
 * load [OPTION]... --pipe
 *
 * Clients that do the same thing over and over for a while, each with its own open file, and how
 * fast that went. With --pipe each client has no device but a process of its own, behind two pipes,
 * that sends back what it gets. --compare checks every byte that an exchange has read, not just the
 * ends of the message. Prints one line of four numbers:
 *
 *     operations a second of all clients together; median, 99th and 99.9th percentile of a turn, in
 *     nanoseconds
 *
 * A turn of the work `exchange` is two operations, a write and a read; a turn of any other work is
 * one.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX  128
#define MESSAGE_MAX  (128 * 1024)
#define CONTROL_SIZE 64
#define CONTROL_CODE _IOWR('b', 1, char[CONTROL_SIZE])

/* How long a turn waits before it begins, if it must find the other side asleep. */
#define SETTLE_NS 200000

/*
 * Durations of turns: exact below 2^(BITS + 1) ns; above that 2^BITS bins for each power of two, so
 * that a percentile is off by one part in 2^BITS at most.
 */
#define HISTOGRAM_BITS 6
#define HISTOGRAM_BINS ((40 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

/* Written by its client; read by the parent after the client's end. */
struct result {
    unsigned long turns;
    uint64_t duration; /* until its last turn was over */
    uint32_t histogram[HISTOGRAM_BINS];
};

/* Shared by the processes. The clients start together, and stop together. */
struct board {
    atomic_uint ready;
    atomic_bool started;
    atomic_bool stopped;
    _Atomic(uint64_t) woken_at; /* work poll: when the waiter was last woken */
    struct result results[CLIENTS_MAX];
};

struct client {
    unsigned id;
    struct result *result;
    int device;         /* or the pipe to write to */
    int device_to_read; /* the same, or the pipe to read from */
    int other; /* of the work poll: another open file of the device, in which the waiter sleeps */
    int woken; /* and an eventfd that the waiter raises when it has been woken */
    char *message;
    char *received;
};

struct work {
    const char *name;
    unsigned operations; /* in a turn */
    void (*turn)(struct client *client);
    bool times_itself; /* the turn notes its time itself, which is only a part of it */
};

static struct board *board;
static const char *device_path; /* NULL: pipes */
static const struct work *work;
static unsigned clients = 1;
static bool uses_threads;
static bool compares_all; /* every byte of what an exchange has read */
static double seconds = 1;
static size_t size = 64;

/* ---- time ---- */

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void pause_for(uint64_t nanoseconds)
{
    struct timespec time = {
        .tv_sec = (time_t)(nanoseconds / 1000000000u),
        .tv_nsec = (long)(nanoseconds % 1000000000u),
    };
    nanosleep(&time, NULL);
}

static unsigned bin_of(uint64_t value)
{
    unsigned shift = 0;
    while (value >> shift >= 2u << HISTOGRAM_BITS)
        shift++;
    unsigned bin = (shift << HISTOGRAM_BITS) + (unsigned)(value >> shift);
    return bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1;
}

/* The middle of the bin: bin_of's inverse. */
static double bin_value(unsigned bin)
{
    unsigned shift = bin >> HISTOGRAM_BITS;
    if (shift <= 1)
        return bin;
    shift--;
    return ((double)(bin - (shift << HISTOGRAM_BITS)) + 0.5) * (double)(UINT64_C(1) << shift);
}

static void note_turn(struct client *client, uint64_t duration)
{
    client->result->turns++;
    client->result->histogram[bin_of(duration)]++;
}

/* ---- what a client does in a turn ---- */

static void require_count(const char *what, ssize_t count, size_t expected)
{
    if (count < 0)
        err(1, "%s: cannot %s", device_path, what);
    if ((size_t)count != expected)
        errx(1, "%s: %s of %zu bytes moved %zd", device_path, what, expected, count);
}

static void turn_write(struct client *client)
{
    require_count("write", write(client->device, client->message, size), size);
}

static void turn_read(struct client *client)
{
    require_count("read", read(client->device, client->received, size), size);
}

/* A message is one letter, repeated: a mixture of two shows, usually even at the ends. */
static bool is_mixture(const char *received)
{
    return received[0] != received[size - 1] ||
           (compares_all && memcmp(received, received + 1, size - 1) != 0);
}

static void turn_exchange(struct client *client)
{
    turn_write(client);
    turn_read(client);
    if (is_mixture(client->received))
        errx(1, "%s returned a mixture of two messages", device_path);
}

static void turn_control(struct client *client)
{
    memset(client->received, client->message[0] + 1, CONTROL_SIZE);
    if (ioctl(client->device, CONTROL_CODE, client->received) < 0)
        err(1, "%s: no device control", device_path);
    if (client->received[CONTROL_SIZE - 1] != client->message[0] + 1)
        errx(1, "%s: the device control lost its data", device_path);
}

static void turn_open(struct client *client)
{
    (void)client;
    int device = open(device_path, O_RDWR);
    if (device < 0)
        err(1, "cannot open %s", device_path);
    close(device);
}

/* A pipe may take and give less at once than requested. */
static void move_all(int pipe, ssize_t (*move)(int, void *, size_t), char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = move(pipe, bytes + done, length - done);
        if (count == 0)
            exit(0); /* the other side has ended */
        if (count < 0)
            err(1, "a pipe fails");
        done += (size_t)count;
    }
}

static ssize_t write_some(int pipe, void *bytes, size_t length)
{
    return write(pipe, bytes, length);
}

static void turn_pipes(struct client *client)
{
    move_all(client->device, write_some, client->message, size);
    move_all(client->device_to_read, read, client->received, size);
}

/* A process sleeps in poll() on its own open file, and is woken by our write. The turn lasts from
 * the beginning of the write until the other process runs. */
static void turn_wake(struct client *client)
{
    uint64_t count;
    pause_for(SETTLE_NS);
    uint64_t start = now();
    turn_write(client);
    require_count("read an event", read(client->woken, &count, sizeof(count)), sizeof(count));
    uint64_t woken_at = atomic_load(&board->woken_at);
    if (woken_at >= start) /* else it has found an older message */
        note_turn(client, woken_at - start);
}

static void wait_to_be_woken(struct client *client)
{
    struct pollfd device = {.fd = client->other, .events = POLLIN};
    uint64_t one = 1;
    for (;;) {
        if (poll(&device, 1, -1) < 0)
            err(1, "cannot poll %s", device_path);
        atomic_store(&board->woken_at, now());
        require_count("read", read(client->other, client->received, size), size);
        require_count("raise an event", write(client->woken, &one, sizeof(one)), sizeof(one));
    }
}

/* ---- cancelling: the client is a thread that waits for a message, and is interrupted ---- */

static _Atomic(uint64_t) read_returned_at;
static atomic_int reader_id;

static void do_nothing(int number)
{
    (void)number;
}

static void *read_until_interrupted(void *argument)
{
    struct client *client = argument;
    atomic_store(&reader_id, (int)syscall(SYS_gettid));
    ssize_t count = read(client->device, client->received, size);
    atomic_store(&read_returned_at, now());
    if (count >= 0 || errno != EINTR)
        errx(1, "%s: a read that was to be interrupted returned %zd", device_path, count);
    return NULL;
}

static bool ends_soon(pthread_t thread)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec++;
    return pthread_timedjoin_np(thread, NULL, &deadline) == 0;
}

/* From the signal until the read has returned. A signal that came too early is sent again. */
static void turn_cancel(struct client *client)
{
    pthread_t reader;
    uint64_t start;
    atomic_store(&reader_id, 0);
    if (pthread_create(&reader, NULL, read_until_interrupted, client) != 0)
        errx(1, "cannot start a thread");
    while (atomic_load(&reader_id) == 0)
        pause_for(SETTLE_NS / 10);
    pause_for(SETTLE_NS);
    do {
        start = now();
        syscall(SYS_tgkill, getpid(), atomic_load(&reader_id), SIGUSR1);
    } while (!ends_soon(reader));
    note_turn(client, atomic_load(&read_returned_at) - start);
}

static const struct work works[] = {
    {"exchange", 2, turn_exchange, false}, {"write", 1, turn_write, false},
    {"read", 1, turn_read, false},         {"ioctl", 1, turn_control, false},
    {"open", 1, turn_open, false},         {"poll", 1, turn_wake, true},
    {"cancel", 1, turn_cancel, true},
};
static const struct work exchange_by_pipes = {"exchange", 2, turn_pipes, false};

/* ---- a client's life ---- */

static char *new_message(void)
{
    /* Page-aligned: other buffers arrive in more pieces. */
    char *bytes = aligned_alloc(4096, (size + 4096) / 4096 * 4096);
    if (bytes == NULL)
        err(1, "cannot make a message");
    return bytes;
}

static void send_back(int from, int to)
{
    char *bytes = new_message();
    for (;;) {
        move_all(from, read, bytes, size);
        move_all(to, write_some, bytes, size);
    }
}

/* A child must not outlive us, or hinder our end. */
static pid_t start_child(void)
{
    pid_t pid = fork();
    if (pid < 0)
        err(1, "cannot start a process");
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static void connect_pipes(struct client *client)
{
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0)
        err(1, "cannot make pipes");
    fcntl(there[1], F_SETPIPE_SZ, 2 * MESSAGE_MAX);
    fcntl(back[1], F_SETPIPE_SZ, 2 * MESSAGE_MAX);
    if (start_child() == 0) {
        close(there[1]);
        close(back[0]);
        send_back(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    client->device = there[1];
    client->device_to_read = back[0];
}

static int open_device(void)
{
    int device = open(device_path, O_RDWR);
    if (device < 0)
        err(1, "cannot open %s", device_path);
    return device;
}

static void connect_device(struct client *client)
{
    client->device = client->device_to_read = open_device();
    if (work->turn == turn_wake) {
        client->other = open_device();
        client->woken = eventfd(0, EFD_CLOEXEC);
        if (client->woken < 0)
            err(1, "cannot make an event");
        if (start_child() == 0)
            wait_to_be_woken(client);
    }
}

/* One turn that is not counted: it may find nothing to read, or new memory. */
static void warm_up(struct client *client)
{
    if (work->turn == turn_read)
        turn_write(client);
    if (work->turn == turn_cancel)
        turn_exchange(client); /* now there is nothing new */
    if (!work->times_itself)
        work->turn(client);
}

static void run_client(struct client *client)
{
    client->message = new_message();
    client->received = new_message();
    memset(client->message, 'a' + (int)(client->id % 26), size);
    if (device_path == NULL)
        connect_pipes(client);
    else
        connect_device(client);
    warm_up(client);

    atomic_fetch_add(&board->ready, 1);
    while (!atomic_load(&board->started))
        pause_for(100000);
    uint64_t start = now();
    uint64_t before = start;
    do { /* at least once, however busy the machine is */
        work->turn(client);
        uint64_t after = now();
        if (!work->times_itself)
            note_turn(client, after - before);
        before = after;
    } while (!atomic_load_explicit(&board->stopped, memory_order_relaxed));
    client->result->duration = before - start;
}

static void *client_thread(void *argument)
{
    run_client(argument);
    return NULL;
}

/* ---- all of them ---- */

/* A client that fails has said why; there is no number then. */
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

static void start_clients(struct client *all, pthread_t *threads)
{
    for (unsigned id = 0; id < clients; id++) {
        all[id] = (struct client){.id = id, .result = &board->results[id]};
        if (uses_threads) {
            if (pthread_create(&threads[id], NULL, client_thread, &all[id]) != 0)
                errx(1, "cannot start a thread");
        } else if (start_child() == 0) {
            run_client(&all[id]);
            exit(0);
        }
    }
    while (atomic_load(&board->ready) < clients) {
        check_children(WNOHANG);
        pause_for(100000);
    }
}

static void await_clients(const pthread_t *threads)
{
    for (unsigned id = 0; uses_threads && id < clients; id++)
        pthread_join(threads[id], NULL);
    if (!uses_threads)
        check_children(0);
}

/* The smallest duration that this part of the turns did not exceed. */
static double percentile(const uint64_t *histogram, unsigned long turns, double part)
{
    double seen = 0;
    for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++) {
        seen += (double)histogram[bin];
        if (seen > 0 && seen >= part * (double)turns)
            return bin_value(bin);
    }
    return 0;
}

static void print_result(void)
{
    static uint64_t histogram[HISTOGRAM_BINS];
    unsigned long turns = 0;
    double rate = 0; /* of turns */
    for (unsigned id = 0; id < clients; id++) {
        turns += board->results[id].turns;
        rate += (double)board->results[id].turns * 1e9 / (double)board->results[id].duration;
        for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++)
            histogram[bin] += board->results[id].histogram[bin];
    }
    if (turns == 0)
        errx(1, "not one turn was done in %g s", seconds);
    printf("%.0f %.0f %.0f %.0f\n", rate * work->operations, percentile(histogram, turns, 0.5),
           percentile(histogram, turns, 0.99), percentile(histogram, turns, 0.999));
}

/* ---- the command line ---- */

static _Noreturn void fail_usage(void)
{
    fputs(
        "usage: load [--work=NAME] [--clients=N] [--threads] [--size=BYTES] [--seconds=S] [--compare] "
        "DEVICE |\n"
        "            --pipe\n"
        "work:",
        stderr);
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
        fprintf(stderr, " %s", works[i].name);
    fputc('\n', stderr);
    exit(2);
}

static double number(const char *text, const char *what, double minimum, double maximum)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= minimum && value <= maximum))
        errx(2, "%s '%s' is not a number from %g to %g", what, text, minimum, maximum);
    return value;
}

static const struct work *find_work(const char *name)
{
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        if (strcmp(works[i].name, name) == 0)
            return &works[i];
    }
    fail_usage();
}

static void parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"work", required_argument, NULL, 'w'},    {"clients", required_argument, NULL, 'c'},
        {"threads", no_argument, NULL, 't'},       {"size", required_argument, NULL, 's'},
        {"seconds", required_argument, NULL, 'd'}, {"pipe", no_argument, NULL, 'p'},
        {"compare", no_argument, NULL, 'C'},       {0},
    };
    bool has_pipe = false;
    work = &works[0];
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'w')
            work = find_work(optarg);
        else if (option == 'c')
            clients = (unsigned)number(optarg, "--clients", 1, CLIENTS_MAX);
        else if (option == 't')
            uses_threads = true;
        else if (option == 's')
            size = (size_t)number(optarg, "--size", 1, MESSAGE_MAX);
        else if (option == 'd')
            seconds = number(optarg, "--seconds", 0.001, 3600);
        else if (option == 'p')
            has_pipe = true;
        else if (option == 'C')
            compares_all = true;
        else
            fail_usage();
    }
    if (argc - optind != (has_pipe ? 0 : 1) || (has_pipe && work != &works[0]))
        fail_usage();
    if (has_pipe)
        work = &exchange_by_pipes;
    else
        device_path = argv[optind];
    if (work->times_itself && clients != 1)
        errx(2, "--work=%s is for one client", work->name);
    if (work->turn == turn_control && size < CONTROL_SIZE)
        errx(2, "--work=ioctl takes --size=%d or more", CONTROL_SIZE);
}

int main(int argc, char **argv)
{
    static struct client all[CLIENTS_MAX];
    static pthread_t threads[CLIENTS_MAX];

    parse(argc, argv);
    uses_threads = uses_threads || work->turn == turn_cancel;
    if (work->turn == turn_cancel)
        sigaction(SIGUSR1, &(struct sigaction){.sa_handler = do_nothing}, NULL);
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        err(1, "cannot share memory");

    start_clients(all, threads);
    atomic_store(&board->started, true);
    pause_for((uint64_t)(seconds * 1e9));
    atomic_store(&board->stopped, true);
    await_clients(threads);
    print_result();
    return 0;
}
