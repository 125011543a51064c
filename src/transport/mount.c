/* Mounting through fusermount3. See mount.h. */
#include "transport/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"

#define FUSERMOUNT "fusermount3"

/* The variable by which fusermount3 is told its socket's number, and the number that it gets. */
#define COMMUNICATION_VARIABLE "_FUSE_COMMFD"
#define COMMUNICATION_NUMBER   3

/* It stats and unmounts, nothing more; but a loaded machine may be slow. */
#define UNMOUNT_DEADLINE_NS (5 * UINT64_C(1000000000))

struct mount {
    char *directory;
    int socket; /* its other end is fusermount3's: closing this one makes it unmount */
    pid_t helper;
};

/* Our ends of what connects us to a running fusermount3. */
struct conversation {
    int socket;
    int messages; /* what it writes to stderr */
    pid_t helper;
};

static bool environment_is_ours(const char *entry)
{
    return strncmp(entry, COMMUNICATION_VARIABLE "=", sizeof(COMMUNICATION_VARIABLE)) == 0;
}

/* The environment with the socket's number in it. The strings are shared, the vector is the caller's to free.
 */
static char **helper_environment(void)
{
    static char communication[] = COMMUNICATION_VARIABLE "=3";
    _Static_assert(COMMUNICATION_NUMBER == 3, "the string above says so");

    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **environment = calloc(count + 2, sizeof(*environment));
    if (environment == NULL)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!environment_is_ours(environ[i]))
            environment[kept++] = environ[i];
    }
    environment[kept] = communication;
    return environment;
}

/* Its own session, so that Ctrl-C is ours alone; no signal blocked or ignored. */
static int helper_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int error = posix_spawnattr_init(attributes);
    if (error != 0)
        return error;
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &defaults);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    return 0;
}

/* Returns 0 or an errno value, as posix_spawn does. */
static int helper_spawn(char *const arguments[], int socket, int messages, pid_t *helper)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = helper_attributes(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, socket, COMMUNICATION_NUMBER);

    char **environment = helper_environment();
    error = environment == NULL
                ? ENOMEM
                : posix_spawnp(helper, FUSERMOUNT, &actions, &attributes, arguments, environment);
    free(environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Starts fusermount3 and keeps our ends. Returns 0 or -errno. */
static int conversation_begin(char *const arguments[], struct conversation *conversation)
{
    int sockets[2], messages[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return -errno;
    if (pipe2(messages, O_CLOEXEC) != 0) {
        int error = -errno;
        close(sockets[0]);
        close(sockets[1]);
        return error;
    }
    int error = helper_spawn(arguments, sockets[1], messages[1], &conversation->helper);
    close(sockets[1]);
    close(messages[1]);
    conversation->socket = sockets[0];
    conversation->messages = messages[0];
    if (error != 0) {
        close(sockets[0]);
        close(messages[0]);
    }
    return -error;
}

/* The connection's descriptor that fusermount3 sends, or -1 when it ends without sending one. */
static int conversation_receive(const struct conversation *conversation)
{
    char byte;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

    ssize_t received;
    do
        received = recvmsg(conversation->socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    struct cmsghdr *header = received > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header == NULL || header->cmsg_type != SCM_RIGHTS)
        return -1;
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
    return descriptor;
}

/* The last line that a fusermount3 which failed has said: it is the one that counts. */
static void conversation_last_words(const struct conversation *conversation, char *words, size_t size)
{
    size_t length = 0;
    ssize_t received;
    while (length < size - 1 &&
           (received = read(conversation->messages, words + length, size - 1 - length)) > 0)
        length += (size_t)received;
    while (length > 0 && words[length - 1] == '\n')
        length--;
    words[length] = '\0';
    char *newline = strrchr(words, '\n');
    if (newline != NULL)
        memmove(words, newline + 1, strlen(newline));
    if (words[0] == '\0')
        snprintf(words, size, FUSERMOUNT " gave no reason");
}

static void report_failure(const struct conversation *conversation, const char *directory)
{
    char words[512];
    conversation_last_words(conversation, words, sizeof(words));
    waitpid(conversation->helper, NULL, 0);

    const char *advice = "";
    if (strstr(words, "user_allow_other") != NULL)
        advice = "; or give no permissions to others with --mode=0600";
    else if (strstr(words, "Operation not permitted") != NULL)
        advice = "; a container needs CAP_SYS_ADMIN and /dev/fuse to mount";
    log_error("mounting on %s failed: %s%s", directory, words, advice);
}

/* Waits until fusermount3 has unmounted. It may be root's, so there is no killing it. */
static bool await_helper(pid_t helper)
{
    uint64_t deadline = port_clock_now() + UNMOUNT_DEADLINE_NS;
    struct timespec pause = {.tv_nsec = 500000};
    while (waitpid(helper, NULL, WNOHANG) == 0) {
        if (port_clock_now() > deadline)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static struct mount *mount_create(const char *directory)
{
    struct mount *mount = calloc(1, sizeof(*mount));
    if (mount != NULL)
        mount->directory = strdup(directory);
    if (mount == NULL || mount->directory == NULL) {
        free(mount);
        return NULL;
    }
    return mount;
}

static void mount_free(struct mount *mount)
{
    free(mount->directory);
    free(mount);
}

/* Runs fusermount3 for `mount`. Returns the connection or -errno, with a line logged. */
static int mount_connect(struct mount *mount, char *const arguments[])
{
    struct conversation conversation;
    int error = conversation_begin(arguments, &conversation);
    if (error != 0) {
        log_error("starting " FUSERMOUNT " failed: %s%s", strerror(-error),
                  error == -ENOENT ? "; install it (package fuse3)" : "");
        return error;
    }
    int descriptor = conversation_receive(&conversation);
    if (descriptor < 0) {
        report_failure(&conversation, mount->directory);
        close(conversation.socket);
        close(conversation.messages);
        return -EIO;
    }
    close(conversation.messages);
    mount->socket = conversation.socket;
    mount->helper = conversation.helper;
    return descriptor;
}

int mount_open(const struct mount_options *options, struct mount **mount)
{
    char settings[512];
    snprintf(settings, sizeof(settings),
             "rw,nosuid,nodev,noexec,default_permissions,auto_unmount,fsname=wdfuse,subtype=%s%s",
             options->subtype, options->allow_other ? ",allow_other" : "");
    struct mount *new = mount_create(options->directory);
    if (new == NULL) {
        log_error("no memory for the mount");
        return -ENOMEM;
    }
    char *arguments[] = {FUSERMOUNT, "-o", settings, "--", new->directory, NULL};
    int descriptor = mount_connect(new, arguments);
    if (descriptor < 0) {
        mount_free(new);
        return descriptor;
    }
    *mount = new;
    return descriptor;
}

void mount_close(struct mount *mount)
{
    close(mount->socket);
    if (!await_helper(mount->helper))
        log_warning(FUSERMOUNT " does not end");
    if (mount_is_stale(mount->directory))
        mount_remove_stale(mount->directory);
    mount_free(mount);
}

bool mount_is_stale(const char *directory)
{
    struct stat status;
    return stat(directory, &status) != 0 && errno == ENOTCONN;
}

static int unmount_as_user(const char *directory)
{
    char *arguments[] = {FUSERMOUNT, "-u", "-z", "-q", "--", (char *)directory, NULL};
    pid_t helper;
    int error = posix_spawnp(&helper, FUSERMOUNT, NULL, NULL, arguments, environ);
    if (error != 0)
        return -error;
    return await_helper(helper) ? 0 : -ETIMEDOUT;
}

int mount_remove_stale(const char *directory)
{
    int error = umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : -errno;
    if (error == -EPERM)
        error = unmount_as_user(directory);

    /* Whoever else was faster, fusermount3 of the dead daemon perhaps: what counts is that it is gone. */
    if (mount_is_stale(directory)) {
        log_error("%s is the mount of a daemon that is gone, and can't be unmounted: %s; try `" FUSERMOUNT
                  " -u %s`",
                  directory, strerror(error != 0 ? -error : EPERM), directory);
        return error != 0 ? error : -EPERM;
    }
    log_info("unmounted %s, whose daemon is gone", directory);
    return 0;
}
