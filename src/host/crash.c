/* The report of a crash. See crash.h. */
#include "host/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <ucontext.h>
#include <unistd.h>

#include "framework/object/callback.h"
#include "framework/object/verifier.h"
#include "history/place.h"
#include "history/read.h"
#include "history/text.h"
#include "nt/recorder.h"
#include "port/thread.h"

/* ---- gathered before ---- */

/* A file that is mapped, from its first to its last segment. */
struct module {
    uintptr_t base;
    uintptr_t start;
    uintptr_t end;
    bool is_driver;
    char name[64];
    char path[512]; /* empty: not known */
};

#define MODULES_MAX 128

/* Each is written before it is counted: handlers may run meanwhile. */
static struct module modules[MODULES_MAX];
static atomic_uint module_count;
static const char *program_name;
static atomic_bool writes_to_syslog;

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Notes all modules, or, with an address, the one that it is in. */
static int note_module(struct dl_phdr_info *info, size_t size, void *of_address)
{
    (void)size;
    unsigned count = module_count;
    if (count == MODULES_MAX)
        return 1;
    struct module *module = &modules[count];
    *module = (struct module){.base = info->dlpi_addr, .start = UINTPTR_MAX};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uintptr_t end = start + info->dlpi_phdr[i].p_memsz;
        module->start = start < module->start ? start : module->start;
        module->end = end > module->end ? end : module->end;
    }
    const char *name =
        info->dlpi_name[0] != '\0' ? last_part(info->dlpi_name) : program_invocation_short_name;
    strncpy(module->name, name, sizeof(module->name) - 1);
    char path[PATH_MAX];
    if (realpath(info->dlpi_name[0] != '\0' ? info->dlpi_name : "/proc/self/exe", path) != NULL)
        memcpy(module->path, path, strnlen(path, sizeof(module->path) - 1));
    uintptr_t address = of_address != NULL ? *(const uintptr_t *)of_address : module->start;
    if (address < module->start || address >= module->end)
        return 0; /* not the one that is looked for */
    module_count = count + 1;
    return of_address != NULL;
}

static struct module *find_module(uintptr_t address)
{
    for (unsigned i = 0; i < module_count; i++) {
        if (address >= modules[i].start && address < modules[i].end)
            return &modules[i];
    }
    return NULL;
}

static bool is_in_driver(uintptr_t address)
{
    const struct module *module = find_module(address);
    return module != NULL && module->is_driver;
}

/* ---- writing; nothing here but write(2) and send(2) ---- */

#define LINE_SIZE 512

/* " (EvtIoRead, queue.c:42)", where that is known. */
static void put_source(struct text *line, const struct module *module, uintptr_t address)
{
    struct place place;
    if (module->path[0] == '\0' || !place_find(module->path, address - module->base, &place))
        return;
    text_put(line, " (");
    text_put(line, place.function);
    text_put(line, place.line[0] != '\0' ? ", " : "");
    text_put(line, place.line);
    text_put(line, ")");
}

static void put_place(struct text *line, uintptr_t address)
{
    const struct module *module = find_module(address);
    if (module == NULL) {
        text_put_hex(line, address);
        return;
    }
    text_put(line, module->is_driver ? "driver " : "");
    text_put(line, module->name);
    text_put(line, "+");
    text_put_hex(line, address - module->base);
    if (module->is_driver)
        put_source(line, module, address);
}

static void send_to_syslog(const struct text *line)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char buffer[LINE_SIZE];
    struct text record = TEXT_ON(buffer);
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return;
    text_put(&record, "<27>"); /* a daemon's error */
    text_put(&record, program_name);
    text_put(&record, "[");
    text_put_number(&record, (uintptr_t)getpid());
    text_put(&record, "]: ");
    text_put(&record, line->buffer);
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0)
        (void)send(descriptor, record.buffer, record.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(descriptor);
}

static void begin_line(struct text *line)
{
    text_put(line, program_name);
    text_put(line, ": error: ");
}

static void end_line(struct text *line)
{
    if (writes_to_syslog)
        send_to_syslog(line);
    line->buffer[line->length] = '\n'; /* in the place of the zero */
    ssize_t written = write(STDERR_FILENO, line->buffer, line->length + 1);
    (void)written;
}

/* ---- the report ---- */

static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGABRT:
        return "SIGABRT";
    default:
        return "SIGILL";
    }
}

struct registers {
    uintptr_t instruction;
    uintptr_t stack;
};

static struct registers registers_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (struct registers){(uintptr_t)context->uc_mcontext.gregs[REG_RIP],
                              (uintptr_t)context->uc_mcontext.gregs[REG_RSP]};
#elif defined(__aarch64__)
    return (struct registers){context->uc_mcontext.pc, context->uc_mcontext.sp};
#else
    (void)context;
    return (struct registers){0, 0};
#endif
}

/* The stack may be unreadable: the kernel copies it, and fails then. */
static size_t copy_stack(uintptr_t from, uintptr_t *words, size_t count)
{
    struct iovec local = {.iov_base = words, .iov_len = count * sizeof(*words)};
    struct iovec remote = {.iov_base = (void *)from, .iov_len = count * sizeof(*words)};
    ssize_t copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
    return copied > 0 ? (size_t)copied / sizeof(*words) : 0;
}

/* The nearest word on the stack that points into a driver: most probably the caller. 0: none. */
static uintptr_t find_caller_in_driver(uintptr_t stack)
{
    for (unsigned part = 0; part < 64; part++) {
        uintptr_t words[64];
        size_t count = copy_stack(stack + part * sizeof(words), words, RTL_NUMBER_OF(words));
        for (size_t i = 0; i < count; i++) {
            if (is_in_driver(words[i]))
                return words[i];
        }
        if (count < RTL_NUMBER_OF(words))
            return 0;
    }
    return 0;
}

static void report_place(int number, const siginfo_t *information, struct registers registers)
{
    char buffer[LINE_SIZE];
    struct text line = TEXT_ON(buffer);
    uintptr_t address = (uintptr_t)information->si_addr;
    begin_line(&line);
    text_put(&line, signal_name(number));
    if (information->si_code <= 0 && information->si_pid != getpid()) {
        text_put(&line, " was sent by process ");
        text_put_number(&line, (uintptr_t)information->si_pid);
    }
    text_put(&line, " in ");
    put_place(&line, registers.instruction);
    if (information->si_code > 0 && information->si_code != SI_KERNEL &&
        (number == SIGSEGV || number == SIGBUS)) {
        text_put(&line, ", at address ");
        text_put_hex(&line, address);
        if (address - registers.stack + 65536 < 2 * 65536)
            text_put(&line, ": the thread's stack has overflowed");
    }
    if (!is_in_driver(registers.instruction)) {
        uintptr_t caller = find_caller_in_driver(registers.stack);
        text_put(&line, caller != 0 ? ", probably called from " : "");
        if (caller != 0)
            put_place(&line, caller - 1);
    }
    end_line(&line);
}

/* " (cat)" */
static void put_command(struct text *line, pid_t process)
{
    char path[32];
    char command[32];
    struct text text = TEXT_ON(path);
    text_put(&text, "/proc/");
    text_put_number(&text, (uint64_t)process);
    text_put(&text, "/comm");
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, command, sizeof(command) - 1) : 0;
    if (file >= 0)
        close(file);
    if (length <= 0)
        return;
    command[command[length - 1] == '\n' ? length - 1 : length] = '\0';
    text_put(line, " (");
    text_put(line, command);
    text_put(line, ")");
}

/* The innermost callback, and the innermost request that the driver was given. */
static void report_callback(void)
{
    char buffer[LINE_SIZE];
    struct text line = TEXT_ON(buffer);
    const struct callback *callback = callback_innermost;
    const struct callback *with_request = callback;
    begin_line(&line);
    if (callback == NULL) {
        text_put(&line, "the thread is in no callback of the driver");
        end_line(&line);
        return;
    }
    text_put(&line, "in the driver's ");
    text_put(&line, callback->name);
    if (callback->object != NULL) {
        text_put(&line, " of ");
        text_put_hex(&line, (uintptr_t)callback->object);
    }
    while (with_request != NULL && with_request->request == NULL)
        with_request = with_request->outer;
    if (with_request != NULL) {
        text_put(&line, ", request ");
        text_put_hex(&line, (uintptr_t)with_request->request);
        text_put(&line, " of process ");
        text_put_number(&line, (uintptr_t)with_request->client);
        put_command(&line, with_request->client);
    }
    end_line(&line);
}

/* The records of the flight recorder. */
static void report_recorded(const char *identifier, const char *text)
{
    char buffer[LINE_SIZE];
    struct text line = TEXT_ON(buffer);
    begin_line(&line);
    text_put(&line, "recorder ");
    text_put(&line, identifier);
    text_put(&line, ": ");
    text_put(&line, text);
    end_line(&line);
}

/* The last actions of the thread, from its history. */
#define LAST_EVENTS 20

static void report_event(const char *text)
{
    char buffer[LINE_SIZE];
    struct text line = TEXT_ON(buffer);
    begin_line(&line);
    text_put(&line, "history ");
    text_put(&line, text);
    end_line(&line);
}

/* A second thread that crashes waits for the first one's end, which is the process's. */
static void handle_crash(int number, siginfo_t *information, void *context)
{
    static atomic_flag is_reporting = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&is_reporting))
        pause();
    /* A bug check has reported reason, place and arguments already. */
    if (number != SIGABRT || !verifier_has_ended()) {
        report_place(number, information, registers_of(context));
        report_callback();
        history_say_last(LAST_EVENTS, report_event);
        recorder_walk(report_recorded);
    }

    /* The instruction is tried again, and fails again, so that the core shows it. */
    signal(number, SIG_DFL);
    if (information->si_code <= 0)
        raise(number);
}

/* ---- starting ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static void handle(int number)
{
    struct sigaction before;
    struct sigaction action = {.sa_sigaction = handle_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < RTL_NUMBER_OF(crash_signals); i++)
        sigaddset(&action.sa_mask, crash_signals[i]);
    /* A system call that a sandbox refuses then ends the reporting process without a message. */
    sigaddset(&action.sa_mask, SIGSYS);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

void crash_report_start(const char *program)
{
    static char main_stack[PORT_SIGNAL_STACK_SIZE];
    const stack_t stack = {.ss_sp = main_stack, .ss_size = sizeof(main_stack)};
    if (HAS_SANITIZER)
        return;
    program_name = program;
    dl_iterate_phdr(note_module, NULL);
    sigaltstack(&stack, NULL);
    port_thread_give_signal_stacks();
    for (size_t i = 0; i < RTL_NUMBER_OF(crash_signals); i++)
        handle(crash_signals[i]);
}

void crash_report_driver(DRIVER_INITIALIZE *driver_entry)
{
    uintptr_t address = (uintptr_t)driver_entry;
    struct module *module = find_module(address);
    if (module == NULL && !HAS_SANITIZER) { /* it was loaded for a child, later */
        dl_iterate_phdr(note_module, &address);
        module = find_module(address);
    }
    if (module != NULL)
        module->is_driver = true;
    history_note_modules(is_in_driver);
}

void crash_report_to_syslog(void)
{
    writes_to_syslog = true;
}
