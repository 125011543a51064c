/*
 * The copiers: processes that copy clients' memory, and which client gets one. See copier.h.
 *
 * Daemon and copier share a piece of memory, with the work and the data, and a socket, on which one
 * byte says that there is work, and another that it is done. End of file means that the daemon has
 * ended. A copier is a fork of a process with threads: it makes system calls, and nothing else.
 *
 * In-process the client is the daemon itself, has nobody to harm, and is copied from directly.
 */
#include "framework/io/copier.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ntstatus.h>

#include "framework/io/clientmemory.h"
#include "port/helper.h"
#include "port/log.h"
#include "port/thread.h"

#define PIECE_MAX (256u * 1024)

/*
 * A client waits this long for a copier when all of its share have work and none begins or ends;
 * then too many of its copies wait for memory that does not answer. It waits PATIENCE in all; so
 * does what a driver has written, however still they stand: by then one of them must have been
 * given up.
 */
#define STANDSTILL 200000000u
#define PATIENCE   (2ull * COPIER_PATIENCE)

/* How soon a waiter looks again whether a copier that was killed is gone. */
#define LOST_LOOK 5000000u

enum work { PROBE_FOR_READ, PROBE_FOR_WRITE, WRITE };

/* Shared. The daemon's between an answer and the next byte, else the copier's. */
struct piece {
    enum work work;
    pid_t client;
    uint64_t address;
    size_t length;
    NTSTATUS status;
    unsigned char bytes[PIECE_MAX];
};

PORT_LOCK_KIND(copiers_lock); /* a leaf */

enum copier_state {
    COPIER_UNMADE, /* it has no process */
    COPIER_IDLE,
    COPIER_BUSY,
    COPIER_LOST, /* killed, and not waited for yet */
};

/* The thread that has made it busy owns the rest of it. */
struct copier {
    enum copier_state state GUARDED_BY(copiers_lock);
    /* Whose work it has, or had last, and when that has begun, or ended well. */
    struct copier_client client GUARDED_BY(copiers_lock);
    uint64_t moved_at GUARDED_BY(copiers_lock);
    pid_t process; /* 0: none yet */
    int socket;
    struct piece *piece;
};

static struct {
    struct port_mutex copiers_lock;
    struct port_condition freed;
    struct copier copiers[COPIERS_MAX];
} pool;

/* In whatever process. */
static NTSTATUS do_work(enum work work, pid_t client, uint64_t address, void *bytes, size_t length)
{
    if (work == WRITE)
        return client_memory_write(client, address, bytes, length);
    NTSTATUS status = client_memory_read(client, address, bytes, length);
    if (NT_SUCCESS(status) && work == PROBE_FOR_WRITE &&
        !client_memory_may_be_written(client, address, length))
        status = STATUS_ACCESS_VIOLATION;
    return status;
}

/* ---- the copier's side ---- */

static void work_on(struct piece *piece)
{
    piece->status =
        do_work(piece->work, piece->client, piece->address, piece->bytes, piece->length);
}

/* Nothing but SIGKILL ends it, and its own clock. Root needs a capability to copy from others. */
static void settle(int socket)
{
    const struct port_helper helper = {
        .name = "wdfuse-copier", .channel = socket, .capabilities = 1u << CAP_SYS_PTRACE};
    port_helper_settle(&helper);
    sigset_t alarms;
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarms, NULL);
}

static _Noreturn void copier_main(int socket, struct piece *piece)
{
    char byte;
    settle(socket);
    while (recv(PORT_HELPER_CHANNEL, &byte, 1, 0) == 1) {
        /* The daemon kills a late copier. If the daemon itself has ended, this does. */
        alarm(2 + COPIER_PATIENCE / 1000000000u);
        work_on(piece);
        alarm(0);
        if (send(PORT_HELPER_CHANNEL, &byte, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    _exit(0);
}

/* ---- one copier ---- */

static bool make_process(struct copier *copier, const int sockets[2])
{
    pid_t process = fork();
    if (process == 0)
        copier_main(sockets[1], copier->piece);
    close(sockets[1]);
    if (process < 0) {
        close(sockets[0]);
        return false;
    }
    copier->process = process;
    copier->socket = sockets[0];
    return true;
}

static bool make_copier(struct copier *copier)
{
    int sockets[2];
    void *piece = mmap(NULL, sizeof(*copier->piece), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED)
        return false;
    copier->piece = piece;
    bool is_made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0 &&
                   make_process(copier, sockets);
    if (!is_made) {
        log_warning_rarely("no process to copy a client's memory: %s", strerror(errno));
        munmap(piece, sizeof(*copier->piece));
    }
    return is_made;
}

/* Kills it, and forgets all but its number, which is its own until it is waited for. */
static void kill_copier(struct copier *copier)
{
    kill(copier->process, SIGKILL);
    close(copier->socket);
    munmap(copier->piece, sizeof(*copier->piece));
}

/* False: it has not answered in time, or is gone. */
static bool await_answer(const struct copier *copier, uint64_t deadline)
{
    struct pollfd answer = {.fd = copier->socket, .events = POLLIN};
    char byte;
    for (;;) {
        uint64_t now = port_clock_deadline(0);
        if (now >= deadline)
            return false;
        int count = poll(&answer, 1, (int)((deadline - now) / 1000000u + 1));
        if (count > 0)
            return recv(copier->socket, &byte, 1, 0) == 1;
        if (count < 0 && errno != EINTR)
            return false;
    }
}

static bool copy_piece(const struct copier *copier, uint64_t deadline)
{
    return send(copier->socket, "", 1, MSG_NOSIGNAL) == 1 && await_answer(copier, deadline);
}

/* ---- who gets one ---- */

static void bury_lost_locked(void) REQUIRES(copiers_lock)
{
    for (struct copier *copier = pool.copiers; copier < pool.copiers + COPIERS_MAX; copier++) {
        if (copier->state != COPIER_LOST || waitpid(copier->process, NULL, WNOHANG) == 0)
            continue;
        copier->process = 0;
        copier->state = COPIER_UNMADE;
    }
}

/* What some copiers are doing. */
struct use {
    unsigned count;    /* of those that have work, or are lost */
    bool has_lost;     /* one of them is lost */
    uint64_t moved_at; /* the last time that one of them got on */
};

static void add_locked(struct use *use, const struct copier *copier) REQUIRES(copiers_lock)
{
    use->count++;
    use->has_lost = use->has_lost || copier->state == COPIER_LOST;
    if (copier->moved_at > use->moved_at)
        use->moved_at = copier->moved_at;
}

/*
 * One for that client, with a process already if there is one. NULL: it has to wait for one of
 * *others. A lost one may stay so for as long as a file system likes, and counts for the user:
 * otherwise the user's next process would take more than its share.
 */
static struct copier *find_free_locked(const struct copier_client *client, struct use *others)
    REQUIRES(copiers_lock)
{
    struct use of_process = {0}, of_user = {0}, of_all = {0};
    struct copier *found = NULL;
    for (struct copier *copier = pool.copiers; copier < pool.copiers + COPIERS_MAX; copier++) {
        if (copier->state == COPIER_BUSY || copier->state == COPIER_LOST) {
            add_locked(&of_all, copier);
            if (copier->client.user == client->user)
                add_locked(&of_user, copier);
            if (copier->client.process == client->process && copier->state == COPIER_BUSY)
                add_locked(&of_process, copier);
        } else if (found == NULL || copier->state == COPIER_IDLE) {
            found = copier;
        }
    }
    *others = of_process.count >= COPIER_SHARE        ? of_process
              : of_user.count >= COPIER_SHARE_OF_USER ? of_user
                                                      : of_all;
    bool is_over = of_process.count >= COPIER_SHARE || of_user.count >= COPIER_SHARE_OF_USER;
    return is_over ? NULL : found;
}

static bool await_freed_locked(const struct use *others, uint64_t standstill, uint64_t end)
    REQUIRES(copiers_lock)
{
    uint64_t now = port_clock_deadline(0);
    uint64_t deadline = others->moved_at + standstill;
    if (deadline > end)
        deadline = end;
    if (now >= deadline)
        return false;
    if (others->has_lost && deadline > now + LOST_LOOK)
        deadline = now + LOST_LOOK;
    port_condition_wait_until(&pool.freed, &pool.copiers_lock, deadline);
    return true; /* for another look */
}

/* NULL: too many copies of the client do not get on. */
static struct copier *take_copier(const struct copier_client *client, uint64_t standstill)
{
    struct copier *copier;
    struct use others;
    uint64_t end = port_clock_deadline(PATIENCE);
    PORT_LOCK_SCOPE_OF(&pool, copiers_lock);
    bury_lost_locked();
    while ((copier = find_free_locked(client, &others)) == NULL) {
        if (!await_freed_locked(&others, standstill, end))
            return NULL;
        bury_lost_locked();
    }
    copier->state = COPIER_BUSY;
    copier->client = *client;
    copier->moved_at = port_clock_deadline(0);
    return copier;
}

static unsigned count_idle_locked(void) REQUIRES(copiers_lock)
{
    unsigned count = 0;
    for (const struct copier *copier = pool.copiers; copier < pool.copiers + COPIERS_MAX; copier++)
        count += copier->state == COPIER_IDLE;
    return count;
}

/* It had to be killed if it is stuck; and is not needed any more after a peak. */
static void give_back(struct copier *copier, bool is_stuck)
{
    PORT_LOCK_SCOPE_OF(&pool, copiers_lock);
    if (!is_stuck)
        copier->moved_at = port_clock_deadline(0);
    bool is_kept = !is_stuck && count_idle_locked() < COPIER_HELPERS;
    if (copier->process == 0) {
        copier->state = COPIER_UNMADE;
    } else if (is_kept) {
        copier->state = COPIER_IDLE;
    } else {
        kill_copier(copier);
        copier->state = COPIER_LOST;
    }
    port_condition_broadcast(&pool.freed);
}

/* ---- a copy ---- */

struct copy {
    enum work work;
    const struct copier_client *client;
    uint64_t address;
    unsigned char *bytes; /* ours */
    size_t length;
};

static void begin_piece(struct piece *piece, const struct copy *copy, size_t done)
{
    piece->work = copy->work;
    piece->client = copy->client->thread;
    piece->address = copy->address + done;
    piece->length = copy->length - done < PIECE_MAX ? copy->length - done : PIECE_MAX;
    if (copy->work == WRITE)
        memcpy(piece->bytes, copy->bytes + done, piece->length);
}

/* False: the copier has not answered in time. */
static bool copy_pieces(const struct copier *copier, const struct copy *copy, NTSTATUS *status)
{
    struct piece *piece = copier->piece;
    uint64_t deadline = port_clock_deadline(COPIER_PATIENCE);
    *status = STATUS_SUCCESS;
    for (size_t done = 0; done < copy->length && NT_SUCCESS(*status); done += piece->length) {
        begin_piece(piece, copy, done);
        if (!copy_piece(copier, deadline))
            return false;
        *status = piece->status;
        if (NT_SUCCESS(*status) && copy->work != WRITE)
            memcpy(copy->bytes + done, piece->bytes, piece->length);
    }
    return true;
}

static NTSTATUS copy_by_copier(const struct copy *copy)
{
    NTSTATUS status;
    bool is_stuck = false;
    int process = (int)copy->client->process;
    struct copier *copier = take_copier(copy->client, copy->work == WRITE ? PATIENCE : STANDSTILL);
    if (copier == NULL) {
        log_warning_rarely("process %d must wait: its memory, or its user's, does not answer",
                           process);
        return STATUS_DEVICE_BUSY;
    }
    if (copier->process == 0 && !make_copier(copier)) {
        status = STATUS_INSUFFICIENT_RESOURCES;
    } else if (!copy_pieces(copier, copy, &status)) {
        log_warning_rarely("the memory of process %d at 0x%llx does not answer", process,
                           (unsigned long long)copy->address);
        is_stuck = true;
        status = STATUS_ACCESS_VIOLATION;
    }
    give_back(copier, is_stuck);
    return status;
}

static NTSTATUS do_copy(const struct copy *copy)
{
    pid_t thread = copy->client->thread;
    if (copy->address + copy->length < copy->address)
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = thread == getpid()
                          ? do_work(copy->work, thread, copy->address, copy->bytes, copy->length)
                          : copy_by_copier(copy);
    if (status == STATUS_ACCESS_DENIED)
        log_warning_rarely(
            "the memory of process %d is closed to this one: run the daemon as root or as the client's "
            "user, and see kernel.yama.ptrace_scope",
            (int)copy->client->process);
    return status;
}

NTSTATUS copier_probe(const struct copier_client *client, uint64_t address, void *buffer,
                      size_t length, bool for_write)
{
    struct copy copy = {.work = for_write ? PROBE_FOR_WRITE : PROBE_FOR_READ,
                        .client = client,
                        .address = address,
                        .bytes = buffer,
                        .length = length};
    return do_copy(&copy);
}

NTSTATUS copier_write(const struct copier_client *client, uint64_t address, const void *data,
                      size_t length)
{
    struct copy copy = {.work = WRITE,
                        .client = client,
                        .address = address,
                        .bytes = (unsigned char *)(uintptr_t)data,
                        .length = length};
    return do_copy(&copy);
}

/* ---- from beginning to end ---- */

void copier_start(void)
{
    memset(&pool, 0, sizeof(pool));
    port_mutex_init(&pool.copiers_lock);
    port_condition_init(&pool.freed);
}

/* One that is idle is gone at once; for one that is lost nobody waits. */
void copier_stop(void)
{
    port_lock_is_not_needed(copiers_lock); /* nobody copies any more */
    for (struct copier *copier = pool.copiers; copier < pool.copiers + COPIERS_MAX; copier++) {
        if (copier->state != COPIER_IDLE)
            continue;
        kill_copier(copier);
        waitpid(copier->process, NULL, 0);
    }
    bury_lost_locked();
    port_condition_destroy(&pool.freed);
    port_mutex_destroy(&pool.copiers_lock);
}
