/* See stuck.h. */
#include "stuck.h"

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND      UINT64_C(1000000000)
#define INTERVAL_NS 200000000
#define THREADS_MAX 4096

/* A thread that was seen in D, and has not run since. */
struct sleeper {
    int thread;
    unsigned long switches;
    uint64_t since;
    unsigned round; /* the last one in which it was seen */
    bool is_told;
};

static struct sleeper sleepers[THREADS_MAX];
static unsigned sleeper_count, round_number;
static const char *watched;
static pid_t watcher;
static volatile sig_atomic_t is_over;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static struct sleeper *find(int thread)
{
    for (unsigned i = 0; i < sleeper_count; i++)
        if (sleepers[i].thread == thread)
            return &sleepers[i];
    if (sleeper_count == THREADS_MAX)
        return NULL;
    sleepers[sleeper_count] = (struct sleeper){.thread = thread};
    return &sleepers[sleeper_count++];
}

static void forget_others(void)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < sleeper_count; i++)
        if (sleepers[i].round == round_number)
            sleepers[kept++] = sleepers[i];
    sleeper_count = kept;
}

static void note(int thread, unsigned long switches)
{
    struct sleeper *sleeper = find(thread);
    if (sleeper == NULL)
        return;
    if (sleeper->since == 0 || sleeper->switches != switches)
        *sleeper = (struct sleeper){.thread = thread, .switches = switches, .since = now()};
    sleeper->round = round_number;
}

/* The contents of the thread's file in /proc, or "". */
static const char *text_of(const char *process, const char *thread, const char *file)
{
    static char text[4096];
    snprintf(text, sizeof(text), "/proc/%.20s/task/%.20s/%s", process, thread, file);
    FILE *stream = fopen(text, "re");
    size_t size = stream != NULL ? fread(text, 1, sizeof(text) - 1, stream) : 0;
    if (stream != NULL)
        fclose(stream);
    text[size] = '\0';
    return text;
}

static void tell(const char *process, const char *thread)
{
    struct sleeper *sleeper = find(atoi(thread));
    if (sleeper == NULL || sleeper->is_told || now() - sleeper->since <= SECOND)
        return;
    sleeper->is_told = true;
    printf("FAILED: thread %s of process %s is in D for %.1f s, in %s\n", thread, process,
           (double)(now() - sleeper->since) / 1e9, text_of(process, thread, "wchan"));
    fflush(stdout);
}

static void look_at_thread(const char *process, const char *thread)
{
    const char *status = text_of(process, thread, "status");
    const char *state = strstr(status, "\nState:\tD");
    const char *switches = strstr(status, "\nvoluntary_ctxt_switches:");
    if (state == NULL || switches == NULL)
        return;
    note(atoi(thread), strtoul(strchr(switches, ':') + 1, NULL, 10));
    tell(process, thread);
}

static void look_at_process(const char *process)
{
    char path[64];
    if (strncmp(text_of(process, process, "comm"), watched, strlen(watched)) != 0)
        return;
    snprintf(path, sizeof(path), "/proc/%.20s/task", process);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]))
            look_at_thread(process, entry->d_name);
    closedir(folder);
}

static void look(void)
{
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        err(1, "/proc");
    round_number++;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]))
            look_at_process(entry->d_name);
    closedir(folder);
    forget_others();
}

static void end(int signal)
{
    (void)signal;
    is_over = 1;
}

_Noreturn static void watch(void)
{
    bool was_told = false;
    while (!is_over) {
        nanosleep(&(struct timespec){.tv_nsec = INTERVAL_NS}, NULL);
        look();
        for (unsigned i = 0; i < sleeper_count; i++)
            was_told |= sleepers[i].is_told;
    }
    _exit(was_told ? 1 : 0);
}

void stuck_watch(const char *name)
{
    watched = name;
    fflush(stdout);
    watcher = fork();
    if (watcher < 0)
        err(1, "fork");
    if (watcher > 0)
        return;
    signal(SIGTERM, end);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    watch();
}

bool stuck_nobody(void)
{
    int status = 0;
    kill(watcher, SIGTERM);
    return waitpid(watcher, &status, 0) == watcher && status == 0;
}
