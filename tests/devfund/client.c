/* One client. See client.h. */
#include "client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "trail.h"
#include "values.h"

#define FILES_MAX 8
#define IOS_MAX   16
#define CROWD_MAX 400

/* After each buffer, to detect writes there. */
#define GUARD_SIZE 16
#define GUARD_BYTE 0xA5

/* A request on its way. */
struct io {
    WDFUSEIO handle; /* NULL: none */
    const char *verb;
    unsigned char *input, *output; /* GUARD_SIZE bytes more than the lengths */
    size_t input_length, output_length;
    size_t count_max;
};

struct client {
    struct clients_target *target;
    struct chance chance;
    struct trail *trail;
    pthread_t thread;
    WDFUSEFILE files[FILES_MAX]; /* NULL: closed */
    struct io ios[IOS_MAX];
};

/* ---- buffers ---- */

static unsigned char *make_buffer(struct client *client, size_t length)
{
    unsigned char *buffer = malloc(length + GUARD_SIZE);
    if (buffer == NULL)
        abort();
    memset(buffer, (int)chance_below(&client->chance, 256), length);
    for (size_t i = 0; i < length && i < 16; i++)
        buffer[i] = (unsigned char)chance_number(&client->chance);
    memset(buffer + length, GUARD_BYTE, GUARD_SIZE);
    return buffer;
}

static void check_guard(const struct io *io, const unsigned char *buffer, size_t length)
{
    for (size_t i = length; buffer != NULL && i < length + GUARD_SIZE; i++) {
        if (buffer[i] != GUARD_BYTE)
            trails_fail("%s: bytes behind a buffer of %zu bytes were overwritten", io->verb,
                        length);
    }
}

/* ---- requests ---- */

static struct io *free_slot(struct client *client)
{
    for (unsigned i = 0; i < IOS_MAX; i++) {
        if (client->ios[i].handle == NULL)
            return &client->ios[i];
    }
    return NULL;
}

static void free_buffers(struct io *io)
{
    free(io->input);
    free(io->output);
    memset(io, 0, sizeof(*io));
}

static void check_answer(const struct io *io, NTSTATUS status, size_t count)
{
    if (status == STATUS_PENDING)
        trails_fail("%s: it is answered with STATUS_PENDING", io->verb);
    if (NT_SUCCESS(status) && count > io->count_max)
        trails_fail("%s: %zu bytes of %zu are said to be transferred", io->verb, count,
                    io->count_max);
    check_guard(io, io->input, io->input_length);
    check_guard(io, io->output, io->output_length);
}

static bool may_give_up(struct client *client)
{
    return !atomic_load(&client->target->is_in_transition);
}

/* Waits a moment, then gives up; a driver has to answer a client that gives up. */
static void reap(struct client *client, struct io *io)
{
    trail_step(client->trail, "answer to", (unsigned long)(io - client->ios), io->output_length);
    bool is_complete = WdfuseInprocWait(io->handle, chance_below(&client->chance, 2));
    while (!is_complete && !may_give_up(client))
        is_complete = WdfuseInprocWait(io->handle, 1);
    if (!is_complete)
        WdfuseInprocCancel(io->handle);
    size_t count = 0;
    NTSTATUS status = WdfuseInprocFinish(io->handle, &count);
    trail_result(client->trail, status);
    check_answer(io, status, count);
    free_buffers(io);
}

/* The request has begun, or could not begin. */
static void began(struct client *client, struct io *io)
{
    if (io->handle == NULL) {
        if (io->input_length <= LENGTH_MAX && io->output_length <= LENGTH_MAX)
            trails_fail("%s: it can't be begun", io->verb);
        free_buffers(io);
        return;
    }
    if (!chance_one_in(&client->chance, 3))
        reap(client, io);
}

static void do_read(struct client *client, WDFUSEFILE file, struct io *io)
{
    io->verb = "read";
    io->count_max = io->output_length = values_length(&client->chance);
    io->output = make_buffer(client, io->output_length);
    trail_step(client->trail, io->verb, (unsigned long)(io - client->ios), io->output_length);
    io->handle = WdfuseInprocBeginRead(file, io->output, io->output_length);
    began(client, io);
}

static void choose_data(struct client *client, struct io *io)
{
    const struct clients_target *target = client->target;
    const char *text = NULL;
    if (target->text_count > 0 && chance_one_in(&client->chance, 3))
        text = target->texts[chance_below(&client->chance, target->text_count)];
    io->input_length = text != NULL ? strlen(text) : values_length(&client->chance);
    io->input = make_buffer(client, io->input_length);
    if (text != NULL)
        memcpy(io->input, text, io->input_length);
}

static void do_write(struct client *client, WDFUSEFILE file, struct io *io)
{
    io->verb = "write";
    choose_data(client, io);
    io->count_max = io->input_length;
    trail_step(client->trail, io->verb, (unsigned long)(io - client->ios), io->input_length);
    io->handle = WdfuseInprocBeginWrite(file, io->input, io->input_length);
    began(client, io);
}

/* For METHOD_NEITHER the addresses go to the driver, good or bad. */
static const void *address(struct client *client, uint32_t code, void *good)
{
    bool is_neither = (code & 3) == METHOD_NEITHER;
    return is_neither && chance_one_in(&client->chance, 3) ? values_bad_address(&client->chance)
                                                           : good;
}

static void do_control(struct client *client, WDFUSEFILE file, struct io *io)
{
    uint32_t code = values_control(&client->chance);
    io->verb = "control";
    io->count_max = SIZE_MAX;
    io->input_length = values_length(&client->chance);
    io->output_length = values_length(&client->chance);
    io->input = make_buffer(client, io->input_length);
    io->output = make_buffer(client, io->output_length);
    trail_step(client->trail, io->verb, code, io->input_length << 32 | io->output_length);
    io->handle =
        WdfuseInprocBeginIoctl(file, code, address(client, code, io->input), io->input_length,
                               (void *)address(client, code, io->output), io->output_length);
    began(client, io);
}

/* The largest size that an ioctl(2) number can name, or that a terminal's number is known to
 * have. */
#define ARGUMENT_SIZE (16u * 1024)

static void do_ioctl(struct client *client, WDFUSEFILE file, struct io *io)
{
    uint32_t code = values_ioctl(&client->chance);
    io->verb = "ioctl";
    io->count_max = SIZE_MAX;
    io->output_length = ARGUMENT_SIZE;
    io->output = make_buffer(client, io->output_length);
    trail_step(client->trail, io->verb, code, 0);
    io->handle = WdfuseInprocBeginNativeIoctl(file, code, io->output);
    began(client, io);
}

/* ---- files ---- */

static int random_flags(struct client *client)
{
    static const int accesses[] = {O_RDWR, O_RDWR, O_RDWR, O_RDONLY, O_WRONLY};
    int flags = accesses[chance_below(&client->chance, RTL_NUMBER_OF(accesses))];
    return chance_one_in(&client->chance, 4) ? flags | O_NONBLOCK : flags;
}

static NTSTATUS open_device(struct client *client, WDFUSEFILE *file)
{
    WDFUSEIO io = WdfuseInprocBeginOpen(client->target->device, random_flags(client));
    if (io == NULL)
        trails_fail("open: it can't be begun");
    if (!WdfuseInprocWait(io, 1 + chance_below(&client->chance, 4)))
        WdfuseInprocCancel(io);
    return WdfuseInprocFinishOpen(io, file);
}

static NTSTATUS open_any(struct client *client, WDFUSEFILE *file)
{
    const struct clients_target *target = client->target;
    unsigned which = chance_below(&client->chance, target->node_count + target->has_device);
    trail_step(client->trail, "open", which, 0);
    NTSTATUS status = which < target->node_count
                          ? WdfuseInprocOpenNode(target->nodes[which], random_flags(client), file)
                          : open_device(client, file);
    trail_result(client->trail, status);
    if (status == STATUS_PENDING)
        trails_fail("open: it is answered with STATUS_PENDING");
    if (!NT_SUCCESS(status))
        *file = NULL;
    return status;
}

static void close_file(struct client *client, WDFUSEFILE *file)
{
    trail_step(client->trail, "close", 0, 0);
    WdfuseInprocClose(*file);
    trail_result(client->trail, 0);
    *file = NULL;
}

/* Names that nobody has: some are refused, none may do harm. */
static void open_odd_name(struct client *client)
{
    WDFUSEFILE file;
    const char *name = values_name(&client->chance);
    trail_step(client->trail, "open of an odd name", strlen(name), 0);
    NTSTATUS status = WdfuseInprocOpenNode(name, random_flags(client), &file);
    trail_result(client->trail, status);
    if (NT_SUCCESS(status))
        close_file(client, &file);
}

/* Many files at a time, closed in another order. */
static void open_crowd(struct client *client)
{
    WDFUSEFILE crowd[CROWD_MAX];
    unsigned count = chance_below(&client->chance, CROWD_MAX), opened = 0;
    for (unsigned i = 0; i < count; i++) {
        if (NT_SUCCESS(open_any(client, &crowd[opened])) && crowd[opened] != NULL)
            opened++;
    }
    while (opened > 0) {
        unsigned which = chance_below(&client->chance, opened);
        close_file(client, &crowd[which]);
        crowd[which] = crowd[--opened];
    }
}

static void poll_file(struct client *client, WDFUSEFILE file)
{
    trail_step(client->trail, "poll", 0, 0);
    if (chance_one_in(&client->chance, 4))
        (void)WdfuseInprocWaitForEvents(file, WdfusePollIn | WdfusePollOut, 1);
    else
        (void)WdfuseInprocPoll(file);
    trail_result(client->trail, 0);
}

/* ---- the next operation ---- */

typedef void file_operation(struct client *client, WDFUSEFILE file, struct io *io);

static void do_io(struct client *client, WDFUSEFILE file, file_operation *operation)
{
    struct io *io = free_slot(client);
    if (io == NULL) {
        io = &client->ios[chance_below(&client->chance, IOS_MAX)];
        reap(client, io);
    }
    operation(client, file, io);
}

static void cancel_any(struct client *client)
{
    struct io *io = &client->ios[chance_below(&client->chance, IOS_MAX)];
    if (io->handle == NULL || !may_give_up(client))
        return;
    trail_step(client->trail, "cancel", (unsigned long)(io - client->ios), 0);
    WdfuseInprocCancel(io->handle);
    trail_result(client->trail, 0);
}

static void reap_any(struct client *client)
{
    struct io *io = &client->ios[chance_below(&client->chance, IOS_MAX)];
    if (io->handle != NULL)
        reap(client, io);
}

enum { READ, WRITE, CONTROL, IOCTL, POLL, FLAGS, CLOSE, CANCEL, REAP, ODD_NAME, CROWD, KINDS };

static void do_with_file(struct client *client, unsigned kind, WDFUSEFILE *file)
{
    switch (kind) {
    case READ:
        do_io(client, *file, do_read);
        break;
    case WRITE:
        do_io(client, *file, do_write);
        break;
    case CONTROL:
        do_io(client, *file, do_control);
        break;
    case IOCTL:
        do_io(client, *file, do_ioctl);
        break;
    case POLL:
        poll_file(client, *file);
        break;
    case FLAGS:
        WdfuseInprocSetFlags(*file, random_flags(client));
        break;
    default:
        close_file(client, file);
        break;
    }
}

static void do_something(struct client *client)
{
    static const unsigned weights[KINDS] = {
        [READ] = 40, [WRITE] = 40, [CONTROL] = 40, [IOCTL] = 10,   [POLL] = 12, [FLAGS] = 3,
        [CLOSE] = 8, [CANCEL] = 8, [REAP] = 12,    [ODD_NAME] = 4, [CROWD] = 1};
    unsigned kind = chance_weighted(&client->chance, weights, KINDS);
    WDFUSEFILE *file = &client->files[chance_below(&client->chance, FILES_MAX)];
    if (kind == CANCEL)
        cancel_any(client);
    else if (kind == REAP)
        reap_any(client);
    else if (kind == ODD_NAME)
        open_odd_name(client);
    else if (kind == CROWD)
        open_crowd(client);
    else if (*file == NULL)
        (void)open_any(client, file);
    else
        do_with_file(client, kind, file);
}

/* Some clients close while they wait for answers, others do not. */
static void end(struct client *client)
{
    bool closes_first = chance_one_in(&client->chance, 2);
    for (unsigned i = 0; i < IOS_MAX && !closes_first; i++) {
        if (client->ios[i].handle != NULL)
            reap(client, &client->ios[i]);
    }
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (client->files[i] != NULL)
            close_file(client, &client->files[i]);
    }
    for (unsigned i = 0; i < IOS_MAX; i++) {
        if (client->ios[i].handle != NULL)
            reap(client, &client->ios[i]);
    }
}

static void *client_main(void *argument)
{
    struct client *client = argument;
    for (unsigned i = 0; i < client->target->operations; i++) {
        do_something(client);
        atomic_fetch_add_explicit(client->target->done, 1, memory_order_relaxed);
    }
    end(client);
    return NULL;
}

struct client *client_start(struct clients_target *target, uint64_t seed, unsigned number)
{
    struct client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        abort();
    client->target = target;
    client->chance.state = seed * 1000003 + number;
    client->trail = trail_open("client", number);
    if (pthread_create(&client->thread, NULL, client_main, client) != 0)
        abort();
    return client;
}

void client_join(struct client *client)
{
    pthread_join(client->thread, NULL);
    free(client);
}
