/*
 * hasty-clients DEVICE COUNT SECONDS
 *
 * Clients that are killed at any moment of a request's way into the daemon: COUNT processes, one
 * after another. Each opens the device, reads from it, and is killed after up to MOMENT_MAX_NS.
 * Exit status: 0 each was gone within SECONDS; 1 one was not, standard error says which; 2 wrong
 * usage.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOMENT_MAX_NS 400000
#define POLL_NS       50000

static void pause_for(long nanoseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

static pid_t start_reader(const char *path)
{
    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");
    if (pid > 0)
        return pid;
    char message[64];
    int device = open(path, O_RDONLY);
    _exit(device >= 0 && read(device, message, sizeof(message)) >= 0 ? 0 : 1);
}

static bool is_gone_within(pid_t pid, time_t seconds)
{
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    do {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return true;
        pause_for(POLL_NS);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: hasty-clients DEVICE COUNT SECONDS");
    int count = atoi(argv[2]), seconds = atoi(argv[3]);
    srandom((unsigned)getpid());
    for (int i = 0; i < count; i++) {
        pid_t pid = start_reader(argv[1]);
        pause_for(random() % MOMENT_MAX_NS);
        kill(pid, SIGKILL);
        if (!is_gone_within(pid, seconds))
            errx(1, "client %d of %d, process %d, was killed and is still there", i, count,
                 (int)pid);
    }
    return 0;
}
