/*
 * hostile: a device under attack by its clients, and one client that behaves well.
 *
 *   hostile DEVICE SECONDS [--control=SOCKET] [--only=ATTACK] [--times]
 *
 * The well-behaved client writes and reads every few milliseconds: for a second while it is quiet,
 * for SECONDS during all attacks (attacks.h) at once, and after they have been killed. Prints how
 * long its rounds took.
 *
 * Exits with 1 if that client got an error, if an attack has ended by itself, or if one of its
 * processes is not gone a few seconds after it was killed. With --times also if during the attacks
 * one round in a hundred took longer than a second (on a busy machine, correspondingly longer), if
 * rounds do not soon take as long as before, or at most twice as long, or if a thread of a client
 * was in state D for more than a second.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attacks.h"
#include "stuck.h"

#define SECOND      UINT64_C(1000000000)
#define ROUND_NS    5000000
#define SAMPLES_MAX 200000u
#define PATIENCE    (10 * SECOND)
#define FUSE_MAGIC  0x65735546

/* In milliseconds: the maximal duration of a round on an idle machine, and what may be chance. */
#define QUIET_MS 1.0
#define NOISE_MS 10.0

#define PROCESSES_MAX 64

static struct target target;
static uint64_t samples[SAMPLES_MAX];
static unsigned sample_count;
static pid_t running[PROCESSES_MAX];
static bool has_failed;
static bool looks_at_times;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void complain(const char *what, double milliseconds)
{
    printf("FAILED: %s: %.1f ms\n", what, milliseconds);
    has_failed = true;
}

/* ---- the client that behaves well ---- */

static int compare(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;
    return *one < *other ? -1 : *one > *other;
}

/* In milliseconds, of the last measurement. */
static double percentile(double share)
{
    return sample_count == 0 ? 0 : (double)samples[(unsigned)(share * (sample_count - 1))] / 1e6;
}

/* The file is opened again each time: that must work as well. */
static bool make_round(void)
{
    char bytes[64];
    int device = open(target.device, O_RDWR | O_CLOEXEC);
    bool is_good =
        device >= 0 && write(device, "well", 4) == 4 && read(device, bytes, sizeof(bytes)) >= 0;
    int error = errno;
    if (device >= 0)
        close(device);
    errno = error;
    return is_good;
}

static void measure(const char *when, uint64_t nanoseconds)
{
    uint64_t end = now() + nanoseconds;
    sample_count = 0;
    while (now() < end && sample_count < SAMPLES_MAX) {
        uint64_t began = now();
        if (!make_round()) {
            printf("FAILED: %s: %s\n", when, strerror(errno));
            has_failed = true;
            return;
        }
        samples[sample_count++] = now() - began;
        nanosleep(&(struct timespec){.tv_nsec = ROUND_NS}, NULL);
    }
    qsort(samples, sample_count, sizeof(samples[0]), compare);
    printf("%s: %u rounds; median %.2f ms, p99 %.2f ms, longest %.2f ms\n", when, sample_count,
           percentile(0.5), percentile(0.99), percentile(1));
}

/* ---- the attacks ---- */

static bool is_wanted(const struct attack *attack, const char *only)
{
    return only == NULL || strcmp(only, attack->name) == 0;
}

/* In a process group of its own, with everything that it starts. */
static pid_t start(const struct attack *attack)
{
    fflush(stdout);
    pid_t process = fork();
    if (process < 0)
        err(1, "fork");
    if (process > 0) {
        setpgid(process, process);
        return process;
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "hostile-client");
    attack->run(&target);
    _exit(1);
}

/* An attack that can't be made here is left out. */
static void look_at(unsigned index)
{
    int status;
    if (running[index] <= 0 || waitpid(running[index], &status, WNOHANG) <= 0)
        return;
    running[index] = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        printf("left out: %s\n", attacks[index].name);
        return;
    }
    printf("FAILED: the attack %s has ended, status 0x%x\n", attacks[index].name, (unsigned)status);
    has_failed = true;
}

static bool is_gone(pid_t group)
{
    while (waitpid(-group, NULL, WNOHANG) > 0)
        ;
    return kill(-group, 0) != 0 && errno == ESRCH;
}

static void end(unsigned index)
{
    pid_t group = running[index];
    if (group <= 0)
        return;
    uint64_t began = now();
    while (!is_gone(group)) {
        if (now() - began > PATIENCE) {
            printf("FAILED: a killed process of %s is not gone\n", attacks[index].name);
            has_failed = true;
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void attack_for(uint64_t nanoseconds, const char *only)
{
    if (looks_at_times)
        stuck_watch("hostile");
    for (unsigned i = 0; i < attack_count; i++) {
        if (is_wanted(&attacks[i], only))
            running[i] = start(&attacks[i]);
    }
    measure("under attack", nanoseconds);
    for (unsigned i = 0; i < attack_count; i++)
        look_at(i);
    for (unsigned i = 0; i < attack_count; i++) {
        if (running[i] > 0)
            kill(-running[i], SIGKILL);
    }
    for (unsigned i = 0; i < attack_count; i++)
        end(i);
    if (looks_at_times && !stuck_nobody())
        has_failed = true;
}

/* At most twice as long as before, or little enough to be chance. */
static bool is_as_before(double before)
{
    double after = percentile(0.5);
    return after <= 2 * before || after <= NOISE_MS;
}

/* Soon: others may use this machine as well. */
static void recover(double before)
{
    uint64_t end = now() + PATIENCE;
    do
        measure("afterwards", SECOND);
    while (looks_at_times && !has_failed && !is_as_before(before) && now() < end);
    if (looks_at_times && !is_as_before(before))
        complain("it stays slower afterwards", percentile(0.5));
}

/* ---- the whole ---- */

static void find_folder(void)
{
    static char folder[4096];
    struct statfs status;
    snprintf(folder, sizeof(folder), "%s", target.device);
    target.folder = dirname(folder);
    target.is_mount = statfs(target.folder, &status) == 0 && status.f_type == FUSE_MAGIC;
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    if (argc < 3)
        errx(2, "usage: hostile DEVICE SECONDS [--control=SOCKET] [--only=ATTACK] [--times]");
    target.device = argv[1];
    uint64_t nanoseconds = strtoul(argv[2], NULL, 10) * SECOND;
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "--control=", 10) == 0)
            target.control = argv[i] + 10;
        else if (strcmp(argv[i], "--times") == 0)
            looks_at_times = true;
        else if (strncmp(argv[i], "--only=", 7) == 0)
            only = argv[i] + 7;
        else
            errx(2, "%s: unknown", argv[i]);
    }
    find_folder();
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* processes that attacks have left become ours */
    measure("before", SECOND);
    double before = percentile(0.5);
    attack_for(nanoseconds, only);
    double allowed = 1000 * (before > QUIET_MS ? before / QUIET_MS : 1);
    double slow = percentile(0.99);
    if (looks_at_times && slow > allowed)
        complain("one round in a hundred takes longer than it may", slow);
    recover(before);
    return has_failed ? 1 : 0;
}
