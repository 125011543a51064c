/*
 * without-huge-pages PROGRAM [ARGUMENT...]: runs a program without huge pages, so that its memory
 * is what it has touched, and not 2 MiB because of one byte.
 *
 * Exit status: the program's; 125 if it was not run.
 */
#include <err.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2)
        errx(125, "usage: without-huge-pages PROGRAM [ARGUMENT...]");
    if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0)
        err(125, "cannot do without huge pages");
    execv(argv[1], argv + 1);
    err(125, "cannot run %s", argv[1]);
}
