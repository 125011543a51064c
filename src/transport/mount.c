/*
 * Mounting through fusermount3. See mount.h.
 *
 * fusermount3 wants the number of a socket in its environment, sends the connection's descriptor
 * through it, and ends.
 */
#include "transport/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/log.h"
#include "transport/child.h"
#include "transport/deadmount.h"
#include "transport/warden.h"

/* The variable that tells fusermount3 its socket's number, and that number. */
#define COMMUNICATION_VARIABLE "_FUSE_COMMFD"
#define COMMUNICATION_NUMBER   CHILD_SOCKET

struct mount {
    char *directory;
    struct warden warden;
};

/* Our ends of the connections to a running fusermount3. */
struct conversation {
    int socket;
    int messages; /* what it writes to stderr */
    pid_t helper;
};

static bool environment_is_ours(const char *entry)
{
    return strncmp(entry, COMMUNICATION_VARIABLE "=", sizeof(COMMUNICATION_VARIABLE)) == 0;
}

/* The environment with the socket's number added. The strings are shared; the caller frees the
 * vector. */
static char **fusermount_environment(void)
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

/* Starts fusermount3 and keeps our ends. Returns 0 or -errno. */
static int conversation_begin(const char *const arguments[], struct conversation *conversation)
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
    struct child_descriptors descriptors = {
        .input = -1, .errors = messages[1], .socket = sockets[1]};
    char **environment = fusermount_environment();
    int error = environment == NULL
                    ? ENOMEM
                    : child_spawn(arguments, &descriptors, environment, &conversation->helper);
    free(environment);
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

static void conversation_end(const struct conversation *conversation)
{
    close(conversation->socket);
    close(conversation->messages);
    waitpid(conversation->helper, NULL, 0);
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
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

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

/* The last line that a failed fusermount3 has written; it is the one that counts. */
static void conversation_last_words(const struct conversation *conversation, char *words,
                                    size_t size)
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

    const char *advice = "";
    if (strstr(words, "user_allow_other") != NULL)
        advice = "; or give no permissions to others with --mode=0600";
    else if (strstr(words, "Operation not permitted") != NULL)
        advice = "; a container needs CAP_SYS_ADMIN and /dev/fuse to mount";
    log_error("mounting on %s failed: %s%s", directory, words, advice);
}

/* Mounts and returns the connection, or -errno with a line logged. */
static int connect_mount(const char *directory, const char *settings)
{
    const char *const arguments[] = {FUSERMOUNT, "-o", settings, "--", directory, NULL};
    struct conversation conversation;
    int error = conversation_begin(arguments, &conversation);
    if (error != 0) {
        log_error("starting " FUSERMOUNT " failed: %s%s", strerror(-error),
                  error == -ENOENT ? "; install it (package fuse3)" : "");
        return error;
    }
    int descriptor = conversation_receive(&conversation);
    if (descriptor < 0)
        report_failure(&conversation, directory);
    conversation_end(&conversation);
    return descriptor >= 0 ? descriptor : -EIO;
}

static void mount_free(struct mount *mount)
{
    if (mount != NULL)
        free(mount->directory);
    free(mount);
}

/* The warden first: from then on a sudden death leaves nothing behind. */
static struct mount *mount_create(const char *directory)
{
    struct mount *mount = calloc(1, sizeof(*mount));
    if (mount != NULL)
        mount->directory = strdup(directory);
    int error = mount == NULL || mount->directory == NULL
                    ? -ENOMEM
                    : warden_start(&mount->warden, mount->directory);
    if (error != 0) {
        log_error("no process to watch over the mount: %s", strerror(-error));
        mount_free(mount);
        return NULL;
    }
    return mount;
}

int mount_open(const struct mount_options *options, struct mount **mount)
{
    char settings[512];
    snprintf(settings, sizeof(settings),
             "rw,nosuid,nodev,noexec,default_permissions,fsname=" MOUNT_SOURCE ":%ld,subtype=%s%s",
             (long)getpid(), options->subtype, options->allow_other ? ",allow_other" : "");
    *mount = mount_create(options->directory);
    if (*mount == NULL)
        return -ENOMEM;
    int descriptor = connect_mount(options->directory, settings);
    if (descriptor >= 0)
        warden_tell(&(*mount)->warden, options->directory);
    return descriptor;
}

void mount_close(struct mount *mount)
{
    if (!warden_end(&mount->warden))
        log_warning("the process that supervises the mount on %s does not end", mount->directory);
    if (dead_mount_is_at(mount->directory))
        dead_mount_remove(mount->directory);
    mount_free(mount);
}
