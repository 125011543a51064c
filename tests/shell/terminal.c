/*
 * usage: terminal [--echo] LINK
 *
 * The other side of a terminal: LINK leads to a raw one. What is written to it comes to standard
 * output; what comes from standard input can be read there. It is gone when standard input ends.
 * With --echo the data come back, and standard input and output are not used.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int open_terminal(const char *link)
{
    char name[64];
    struct termios terms;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        ptsname_r(master, name, sizeof(name)) != 0 || tcgetattr(master, &terms) != 0)
        err(1, "terminal");
    cfmakeraw(&terms);
    if (tcsetattr(master, TCSANOW, &terms) != 0 || symlink(name, link) != 0)
        err(1, "%s", link);
    return master;
}

static ssize_t copy(int from, int to)
{
    char bytes[4096];
    ssize_t count = read(from, bytes, sizeof(bytes));
    if (count > 0 && write(to, bytes, (size_t)count) != count)
        err(1, "write");
    return count;
}

int main(int argc, char **argv)
{
    bool echoes = argc == 3 && strcmp(argv[1], "--echo") == 0;
    if (argc != 2 && !echoes)
        errx(2, "usage: terminal [--echo] LINK");
    int master = open_terminal(argv[argc - 1]);
    struct pollfd entries[] = {{.fd = echoes ? -1 : STDIN_FILENO, .events = POLLIN},
                               {.fd = master, .events = POLLIN}};
    for (;;) {
        if (poll(entries, 2, -1) < 0)
            err(1, "poll");
        /* EOF, or EIO while nobody has the other side open: POLLHUP is then permanent. */
        if (entries[0].revents != 0 && copy(STDIN_FILENO, master) <= 0)
            return 0;
        if ((entries[1].revents & POLLIN) != 0)
            (void)copy(master, echoes ? master : STDOUT_FILENO);
        else if (entries[1].revents != 0)
            usleep(1000);
    }
}
