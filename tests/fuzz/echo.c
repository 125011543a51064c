/*
 * Fuzzing the echo driver, and the framework below it, through the in-process transport; in two of
 * three setups through a filter (filter.c) on top of it.
 *
 * The input is a program: its first bytes choose how the driver is set up, each further byte is an
 * operation with its operands. Time is virtual, so an input does the same each time. At its end
 * everything outstanding is cancelled, all files are closed and the device is removed; a request
 * that is then unanswered has been lost.
 *
 * A client of METHOD_NEITHER, or of a Linux number without data, passes addresses, good and bad
 * ones. The bad ones are where this process certainly has no data: in its own memory the framework
 * would do what it is told.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#include "filter.h"
#include "options.h"
#include "public.h"
#include "port/log.h"

#define FILES_MAX  4
#define IOS_MAX    24
#define LENGTH_MAX (128 * 1024)
#define PAGE       4096

#define TICKS_PER_MS 10000

struct echo_options echo_options;
DRIVER_INITIALIZE DriverEntry;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of the program. After its end everything is 0. */
struct program {
    const uint8_t *bytes;
    size_t left;
};

struct io {
    WDFUSEIO handle; /* NULL: unused */
    size_t limit;    /* how many bytes it can return at most */
    unsigned file;
    void *input, *output;
};

static WDFUSEDEVICE device;
static WDFUSEFILE files[FILES_MAX]; /* NULL: closed */
static struct io ios[IOS_MAX];
static bool is_suspended;

/* Memory for clients' addresses: between two unmapped pages, and a read-only page. */
static unsigned char *arena;
#define ARENA_SIZE (16 * PAGE)

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- reading the program ---- */

static uint8_t next_byte(struct program *program)
{
    if (program->left == 0)
        return 0;
    program->left--;
    return *program->bytes++;
}

static uint32_t next_number(struct program *program)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < 4; i++)
        number = number << 8 | next_byte(program);
    return number;
}

/* Lengths near the limits are more interesting than others. */
static size_t next_length(struct program *program)
{
    static const size_t edges[] = {0,
                                   1,
                                   2,
                                   31 * PAGE,
                                   31 * PAGE + 1,
                                   LENGTH_MAX,
                                   LENGTH_MAX + 1,
                                   UINT32_MAX,
                                   sizeof(ECHO_STATISTICS),
                                   sizeof(ECHO_STATISTICS) - 1};
    uint8_t kind = next_byte(program);
    if (kind < 0x40)
        return kind;
    if (kind < 0xC0)
        return edges[kind % RTL_NUMBER_OF(edges)];
    return next_number(program) % (LENGTH_MAX + 2);
}

static void *next_address(struct program *program)
{
    uint8_t kind = next_byte(program);
    size_t offset = (size_t)next_byte(program) << 8 | next_byte(program);
    switch (kind % 8) {
    case 0:
        return (void *)offset; /* the first pages, which are never mapped */
    case 1:
        return arena - PAGE + offset % (2 * PAGE);
    case 2:
        return arena + ARENA_SIZE - PAGE + offset % (3 * PAGE);
    case 3:
        return (void *)(UINTPTR_MAX - offset);
    case 4:
        return (void *)(UINT64_C(0x8000000000000000) | offset);
    default:
        return arena + offset % ARENA_SIZE;
    }
}

/* ---- the device ---- */

static void make_arena(void)
{
    unsigned char *memory = mmap(NULL, ARENA_SIZE + 3 * PAGE, PROT_NONE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(memory != MAP_FAILED);
    arena = memory + PAGE;
    require(mprotect(arena, ARENA_SIZE, PROT_READ | PROT_WRITE) == 0);
    require(mprotect(arena + ARENA_SIZE, PAGE, PROT_READ) == 0);
}

static void be_silent(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static void start(struct program *program)
{
    static const WDF_IO_QUEUE_DISPATCH_TYPE dispatches[] = {
        WdfIoQueueDispatchSequential, WdfIoQueueDispatchParallel, WdfIoQueueDispatchManual};
    static const WDF_SYNCHRONIZATION_SCOPE scopes[] = {
        WdfSynchronizationScopeQueue, WdfSynchronizationScopeDevice, WdfSynchronizationScopeNone};
    if (arena == NULL)
        make_arena();
    uint8_t shape = next_byte(program);
    echo_options = (struct echo_options){
        .dispatch = dispatches[shape % 3],
        .sync = scopes[shape / 3 % 3],
        .presented = shape % 3 == 1 ? shape / 9 % 4 : 0,
        .read_as_sample = shape / 36 % 2 == 1,
        .delay_ms = next_byte(program),
    };
    log_set_sink(be_silent);
    WdfuseInprocUseVirtualClock();
    is_suspended = false;
    static const WDFUSE_LAYER layers[] = {{DriverEntry, "echo"}, {FilterDriverEntry, "filter"}};
    filter_forgets = shape / 72 == 2;
    require(NT_SUCCESS(WdfuseInprocStartLayers(layers, shape < 72 ? 1 : 2, &device)));
}

/* ---- requests ---- */

static struct io *free_io(void)
{
    for (unsigned i = 0; i < IOS_MAX; i++)
        if (ios[i].handle == NULL)
            return &ios[i];
    return NULL;
}

/* Exactly as long as said, so that an access beyond it is detected. */
static void *new_buffer(size_t length, uint8_t value)
{
    if (length == 0 || length > LENGTH_MAX)
        return NULL;
    void *buffer = malloc(length);
    require(buffer != NULL);
    memset(buffer, value, length);
    return buffer;
}

static void keep(struct io *io, unsigned file, size_t limit, WDFUSEIO handle)
{
    if (handle == NULL) {
        free(io->input);
        free(io->output);
        *io = (struct io){0};
        return;
    }
    io->handle = handle;
    io->file = file;
    io->limit = limit;
}

static void finish(struct io *io)
{
    size_t count;
    NTSTATUS status = WdfuseInprocFinish(io->handle, &count);
    require(count <= io->limit);
    require(!NT_ERROR(status) || count == 0);
    require(status != STATUS_PENDING);
    free(io->input);
    free(io->output);
    *io = (struct io){0};
}

static void begin_read(struct program *program, unsigned file, struct io *io)
{
    size_t length = next_length(program);
    io->output = new_buffer(length, 0);
    keep(io, file, length, WdfuseInprocBeginRead(files[file], io->output, length));
}

static void begin_write(struct program *program, unsigned file, struct io *io)
{
    size_t length = next_length(program);
    io->input = new_buffer(length, next_byte(program));
    keep(io, file, length, WdfuseInprocBeginWrite(files[file], io->input, length));
}

static ULONG next_code(struct program *program)
{
    static const ULONG codes[] = {
        IOCTL_ECHO_GET_STATISTICS, IOCTL_ECHO_CLEAR,   IOCTL_ECHO_SET_DELAY, IOCTL_ECHO_BUFFERED,
        IOCTL_ECHO_OUT_DIRECT,     IOCTL_ECHO_NEITHER, IOCTL_ECHO_IN_DIRECT,
    };
    uint8_t which = next_byte(program);
    return which < 0xE0 ? codes[which % RTL_NUMBER_OF(codes)] : next_number(program);
}

static void begin_control(struct program *program, unsigned file, struct io *io)
{
    ULONG code = next_code(program);
    size_t input_length = next_length(program);
    size_t output_length = next_length(program);
    uint8_t value = next_byte(program);
    if (METHOD_FROM_CTL_CODE(code) == METHOD_NEITHER) {
        void *input = next_address(program);
        void *output = next_address(program);
        keep(io, file, output_length,
             WdfuseInprocBeginIoctl(files[file], code, input, input_length, output, output_length));
        return;
    }
    io->input = new_buffer(input_length, value);
    io->output = new_buffer(output_length, value);
    keep(io, file, output_length,
         WdfuseInprocBeginIoctl(files[file], code, io->input, input_length, io->output,
                                output_length));
}

static void begin_native_control(struct program *program, unsigned file, struct io *io)
{
    ULONG code = next_number(program);
    bool has_data = _IOC_SIZE(code) != 0 && _IOC_DIR(code) != 0;
    io->output = has_data ? new_buffer(_IOC_SIZE(code), 0) : NULL;
    keep(io, file, has_data ? _IOC_SIZE(code) : INT32_MAX,
         WdfuseInprocBeginNativeIoctl(files[file], code,
                                      has_data ? io->output : next_address(program)));
}

static void begin(struct program *program, uint8_t kind)
{
    unsigned file = next_byte(program) % FILES_MAX;
    struct io *io = free_io();
    if (files[file] == NULL || io == NULL)
        return;
    switch (kind) {
    case 0:
        begin_read(program, file, io);
        break;
    case 1:
        begin_write(program, file, io);
        break;
    case 2:
        begin_control(program, file, io);
        break;
    default:
        begin_native_control(program, file, io);
        break;
    }
}

/* ---- what else a client does ---- */

static void open_one(struct program *program)
{
    static const int flags[] = {O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK};
    unsigned file = next_byte(program) % FILES_MAX;
    int mode = flags[next_byte(program) % RTL_NUMBER_OF(flags)];
    if (files[file] == NULL)
        require(NT_SUCCESS(WdfuseInprocOpen(device, mode, &files[file])));
}

/* A file that is closed sooner or later takes its requests with it: they are cancelled, too. */
static void close_one(unsigned file)
{
    if (files[file] == NULL)
        return;
    for (unsigned i = 0; i < IOS_MAX; i++)
        if (ios[i].handle != NULL && ios[i].file == file)
            WdfuseInprocCancel(ios[i].handle);
    WdfuseInprocClose(files[file]);
    files[file] = NULL;
}

static void cancel_one(struct program *program)
{
    struct io *io = &ios[next_byte(program) % IOS_MAX];
    if (io->handle != NULL)
        WdfuseInprocCancel(io->handle);
}

static void poll_one(unsigned file)
{
    if (files[file] != NULL)
        WdfuseInprocPoll(files[file]);
}

static void finish_complete(void)
{
    for (unsigned i = 0; i < IOS_MAX; i++)
        if (ios[i].handle != NULL && WdfuseInprocIsComplete(ios[i].handle))
            finish(&ios[i]);
}

/* The device sleeps when the driver has no request: the writes must end first. */
static void change_power(void)
{
    WdfuseInprocAdvanceClock((ULONGLONG)ECHO_DELAY_MAX * TICKS_PER_MS);
    NTSTATUS status = is_suspended ? WdfuseInprocResume(device) : WdfuseInprocSuspend(device);
    require(NT_SUCCESS(status));
    is_suspended = !is_suspended;
}

static void step(struct program *program)
{
    uint8_t operation = next_byte(program);
    switch (operation % 16) {
    case 0:
        open_one(program);
        break;
    case 1:
        close_one(next_byte(program) % FILES_MAX);
        break;
    case 2:
    case 3:
        cancel_one(program);
        break;
    case 4:
    case 5:
        WdfuseInprocAdvanceClock((ULONGLONG)next_byte(program) * TICKS_PER_MS);
        break;
    case 6:
        finish_complete();
        break;
    case 7:
        if (operation >= 0xC0)
            change_power();
        else
            poll_one(next_byte(program) % FILES_MAX);
        break;
    default:
        begin(program, operation / 16 % 4);
        break;
    }
}

/* ---- the whole ---- */

static void stop(void)
{
    if (is_suspended)
        change_power();
    for (unsigned file = 0; file < FILES_MAX; file++)
        close_one(file);
    WdfuseInprocAdvanceClock((ULONGLONG)ECHO_DELAY_MAX * TICKS_PER_MS);
    WdfuseInprocWaitForWorkers();
    for (unsigned i = 0; i < IOS_MAX; i++) {
        if (ios[i].handle == NULL)
            continue;
        require(WdfuseInprocIsComplete(ios[i].handle));
        finish(&ios[i]);
    }
    WdfuseInprocStop(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program program = {data, size};
    start(&program);
    require(NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &files[0])));
    while (program.left > 0)
        step(&program);
    stop();
    return 0;
}
