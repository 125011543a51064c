/* See place.h. */
#include "history/place.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history/text.h"

#define PATIENCE_MS 5000

static const char *const programs[] = {"/usr/bin/addr2line", "/usr/bin/eu-addr2line",
                                       "/usr/bin/llvm-addr2line"};

static const char *find_program(void)
{
    for (unsigned i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (access(programs[i], X_OK) == 0)
            return programs[i];
    }
    return NULL;
}

/* The child: nothing but system calls, since other threads' locks are as they were. */
static _Noreturn void run(const char *program, const char *path, const char *offset, int output)
{
    static char *const no_environment[] = {NULL};
    const char *const arguments[] = {program, "-f", "-e", path, offset, NULL};
    int nothing = open("/dev/null", O_RDWR);
    signal(SIGSYS, SIG_DFL); /* a sandbox refuses it: without a word */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execve(program, (char *const *)arguments, no_environment);
    _exit(127);
}

/* Up to the end, or until there is no more patience. Returns the length. */
static size_t read_all(int from, char *text, size_t size)
{
    size_t length = 0;
    struct pollfd ready = {.fd = from, .events = POLLIN};
    while (length < size - 1 && poll(&ready, 1, PATIENCE_MS) > 0) {
        ssize_t count = read(from, text + length, size - 1 - length);
        if (count == 0 || (count < 0 && errno != EINTR))
            break;
        length += count > 0 ? (size_t)count : 0;
    }
    text[length] = '\0';
    return length;
}

/* The program's two lines. */
static bool ask(const char *program, const char *path, const char *offset, char *text, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = _Fork();
    if (child == 0)
        run(program, path, offset, ends[1]);
    close(ends[1]);
    size_t length = child > 0 ? read_all(ends[0], text, size) : 0;
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    return length > 0;
}

static void take_line(char *text, char **rest)
{
    char *end = strchr(text, '\n');
    *rest = end != NULL ? end + 1 : text + strlen(text);
    if (end != NULL)
        *end = '\0';
}

/* "/home/me/driver/queue.c:42 (discriminator 3)" is "queue.c:42". */
static void put_line(struct place *place, char *where)
{
    char *end = strchr(where, ' ');
    if (end != NULL)
        *end = '\0';
    const char *slash = strrchr(where, '/');
    struct text text = TEXT_ON(place->line);
    if (strchr(where, '?') == NULL)
        text_put(&text, slash != NULL ? slash + 1 : where);
}

bool place_find(const char *path, uint64_t offset, struct place *place)
{
    char number[32] = "";
    char answer[1024];
    char *where;
    char *rest;
    struct text text = TEXT_ON(number);
    const char *program = find_program();
    *place = (struct place){0};
    text_put_hex(&text, offset);
    if (program == NULL || !ask(program, path, number, answer, sizeof(answer)))
        return false;
    take_line(answer, &where);
    take_line(where, &rest);
    struct text function = TEXT_ON(place->function);
    if (answer[0] != '?')
        text_put(&function, answer);
    put_line(place, where);
    return place->function[0] != '\0';
}
