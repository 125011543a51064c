/* One schedule of a scenario. See run.h. */
#include "explore/run.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "explore/client.h"
#include "explore/driverimage.h"
#include "explore/files.h"
#include "framework/device/device.h"
#include "framework/device/node.h"
#include "framework/io.h"
#include "framework/lifecycle.h"
#include "framework/object/object.h"
#include "framework/object/verifier.h"
#include "framework/registry/configuration.h"
#include "nt/recorder.h"
#include "nt/status.h"
#include "nt/trace.h"
#include "port/explore/heap.h"
#include "port/log.h"

/* Of this schedule. */
static struct {
    const struct exploration *exploration;
    struct driver *drivers[EXPLORE_DRIVERS_MAX]; /* as many as the exploration has */
    struct wdf_device *device;                   /* the uppermost, or the control device */
    bool is_control;
    struct client_devices devices; /* for these: */
    struct client clients[SCENARIO_CLIENTS_MAX];
    unsigned client_count;
    struct explore_event clients_ended; /* all of them */
    unsigned running_clients;
    struct port_thread timers[SCENARIO_TIMERS_MAX];
    unsigned timer_count;
    bool is_removed;
    const char *main_doing; /* what main is doing; NULL: nothing that takes time */
} run;

static struct configuration configuration = CONFIGURATION_INITIALIZER;

/* ---- failures of the whole ---- */

/* Describes the first unanswered request in `text`; false if there is none. */
static bool describe_lost_request(char *text, size_t size)
{
    for (unsigned i = 0; i < run.client_count; i++) {
        const struct client *client = &run.clients[i];
        const struct client_request *request = client_unanswered(client);
        if (request == NULL)
            continue;
        snprintf(text, size, "lost request: \"%s\" of client %s (line %u) is never answered%s%s%s",
                 request->step->text, client->scenario->name, request->step->line,
                 run.main_doing != NULL ? ", and main waits in \"" : "",
                 run.main_doing != NULL ? run.main_doing : "", run.main_doing != NULL ? "\"" : "");
        return true;
    }
    return false;
}

static bool describe_lost_wakeup(char *text, size_t size)
{
    for (unsigned i = 0; i < run.client_count; i++) {
        const struct client *client = &run.clients[i];
        if (client->polling == NULL)
            continue;
        const char *reason = client_missed_wakeup(client)
                                 ? "lost wake-up: client %s sleeps in \"%s\" (line %u), "
                                   "and what it waits for is there"
                                 : "client %s waits in \"%s\" (line %u) for what never "
                                   "comes";
        snprintf(text, size, reason, client->scenario->name, client->polling->text,
                 client->polling->line);
        return true;
    }
    return false;
}

static bool describe_unfinished(char *text, size_t size)
{
    return describe_lost_request(text, size) || describe_lost_wakeup(text, size);
}

/* No thread can go on, and the device is not being removed: threads that still wait will wait for
 * ever. */
static void check_clients_are_done(void)
{
    char text[512];
    if (describe_unfinished(text, sizeof(text)))
        explore_fail(EXPLORE_HANG, "%s", text);
}

/* ---- the threads ---- */

static void run_timers(void *unused)
{
    (void)unused;
    io_timers_sleep_begin();
    while (explore_alarm_wait())
        io_timers_run();
    io_timers_sleep_end();
}

static void start_timers(void)
{
    run.timer_count = 0;
    while (run.timer_count < run.exploration->scenario->timers &&
           port_thread_start(&run.timers[run.timer_count], "timers", run_timers, NULL) == 0)
        run.timer_count++;
}

static void stop_timers(void)
{
    explore_alarms_stop();
    for (unsigned i = 0; i < run.timer_count; i++)
        port_thread_join(&run.timers[i]);
}

static void client_ended(void)
{
    if (--run.running_clients == 0)
        explore_event_set(&run.clients_ended);
}

static struct io_device *find_child(const char *name)
{
    char node[64];
    snprintf(node, sizeof(node), EXPLORE_NODE_NAME ".%s", name);
    struct wdf_device *child = driver_find_device(node);
    return child != NULL ? device_io(child) : NULL;
}

static void start_clients(void)
{
    const struct scenario *scenario = run.exploration->scenario;
    run.devices = (struct client_devices){device_io(run.device), find_child};
    run.running_clients = scenario->client_count;
    explore_event_reset(&run.clients_ended);
    if (run.running_clients == 0)
        explore_event_set(&run.clients_ended);
    for (unsigned i = 0; i < scenario->client_count; i++) {
        if (!client_start(&run.clients[i], &scenario->clients[i], &run.devices, client_ended))
            explore_fail(EXPLORE_ESCAPE, "too many threads");
        run.client_count++;
    }
}

/* A control device has no power: it is not suspended. */
static bool has_power(void)
{
    return !run.is_removed && !run.is_control;
}

/* A control device is removed as at the end of its daemon: there is no surprise removal. */
static void remove_now(bool is_surprise)
{
    if (run.is_removed)
        return;
    if (run.is_control)
        driver_end_control_devices(run.drivers[0]);
    else if (is_surprise)
        device_surprise_remove(run.device);
    else
        device_remove(run.device);
    run.is_removed = true;
}

/* For a child that may be gone already. */
static void happen_to_child(const char *name, NTSTATUS (*what)(struct wdf_device *device))
{
    struct io_device *child = find_child(name);
    if (child == NULL)
        return;
    (void)what(CONTAINING_RECORD(child, struct wdf_device, io));
    io_device_dereference(child);
}

/* A driver may object to it (S11.16). */
static NTSTATUS rebalance(void)
{
    if (!NT_SUCCESS(device_query_stop(run.device)))
        return STATUS_SUCCESS;
    NTSTATUS status = device_rebalance_stop(run.device);
    return NT_SUCCESS(status) ? device_rebalance_start(run.device) : status;
}

static void do_main_step(const struct scenario_step *step)
{
    NTSTATUS status = STATUS_SUCCESS;
    explore_note_text(step->text);
    run.main_doing = step->verb != SCENARIO_WAIT ? step->text : NULL;
    switch (step->verb) {
    case SCENARIO_WAIT:
        explore_wait_until_idle(&run.clients_ended);
        check_clients_are_done();
        break;
    case SCENARIO_SUSPEND:
        status = has_power() ? device_suspend(run.device, PowerSystemSleeping3) : STATUS_SUCCESS;
        break;
    case SCENARIO_RESUME:
        status = has_power() ? device_resume(run.device) : STATUS_SUCCESS;
        break;
    case SCENARIO_IDLE:
        if (has_power())
            device_expire_idle(run.device);
        break;
    case SCENARIO_WAKE:
        if (has_power())
            (void)device_wake(run.device, STATUS_SUCCESS); /* it need not be armed */
        break;
    case SCENARIO_REBALANCE:
        status = has_power() ? rebalance() : STATUS_SUCCESS;
        break;
    case SCENARIO_PLUG:
        if (has_power())
            (void)device_plug(run.device); /* it need not be in D0 */
        break;
    case SCENARIO_UNPLUG:
        happen_to_child(step->child, device_unplug);
        break;
    case SCENARIO_EJECT:
        happen_to_child(step->child, device_eject);
        break;
    case SCENARIO_REMOVE:
        remove_now(false);
        break;
    case SCENARIO_SURPRISE_REMOVE:
        remove_now(true);
        break;
    default:
        break;
    }
    run.main_doing = NULL;
    if (!NT_SUCCESS(status))
        explore_fail(EXPLORE_VIOLATION, "%s: the driver returns %s", step->text,
                     nt_status_name(status));
}

static void remove_device(void)
{
    if (!run.is_removed) {
        explore_wait_until_idle(&run.clients_ended);
        check_clients_are_done();
        explore_note_text("remove");
        run.main_doing = "remove";
        remove_now(false);
    }
    for (unsigned i = 0; i < run.client_count; i++)
        client_join(&run.clients[i]);
    unsigned stop_idles = device_stop_idles(run.device);
    if (stop_idles > 0)
        explore_fail(EXPLORE_VIOLATION,
                     "the device cannot idle: %u calls of WdfDeviceStopIdle were not given back by "
                     "WdfDeviceResumeIdle (S11.30)",
                     stop_idles);
    for (unsigned i = run.exploration->driver_count; i-- > 0;)
        driver_end_control_devices(run.drivers[i]);
    explore_note_text("delete the device");
    if (run.is_control)
        object_release(&run.device->io.object);
    else
        device_delete(run.device);
}

static void load_drivers(void)
{
    for (unsigned i = 0; i < run.exploration->driver_count; i++) {
        const struct explored_driver *driver = &run.exploration->drivers[i];
        NTSTATUS status = driver_load(driver->driver_entry, driver->service_name, &configuration,
                                      &run.drivers[i]);
        if (!NT_SUCCESS(status))
            explore_fail(EXPLORE_VIOLATION, "%s: DriverEntry returns %s", driver->service_name,
                         nt_status_name(status));
        if (run.exploration->file_name != NULL)
            driver_set_file_name(run.drivers[i], run.exploration->file_name);
        if (!driver_is_pnp(run.drivers[i]) && run.exploration->driver_count > 1)
            explore_fail(EXPLORE_ESCAPE,
                         "%s: the driver makes control devices alone; it can't be in a stack",
                         driver->service_name);
    }
}

/* Of a driver without a PnP device: its first control device stands for the stack. */
static void find_control_device(void)
{
    run.device = node_next_control_device(run.drivers[0]);
    run.is_control = true;
    if (run.device == NULL)
        explore_fail(EXPLORE_VIOLATION, "%s: there is no device at all",
                     run.exploration->drivers[0].service_name);
}

/* Builds the stack layer by layer, then starts it. */
static void start_stack(void)
{
    for (unsigned i = 0; i < run.exploration->driver_count; i++) {
        struct wdf_device *lower = run.device;
        NTSTATUS status =
            driver_stack_device(run.drivers[i], EXPLORE_NODE_NAME, NULL, lower, &run.device);
        if (!NT_SUCCESS(status) || run.device == lower)
            explore_fail(EXPLORE_VIOLATION, "%s: EvtDriverDeviceAdd returns %s%s",
                         run.exploration->drivers[i].service_name, nt_status_name(status),
                         NT_SUCCESS(status) ? " and no device" : "");
    }
    NTSTATUS status = device_start(run.device);
    if (!NT_SUCCESS(status))
        explore_fail(EXPLORE_VIOLATION, "the device is not started: %s", nt_status_name(status));
}

static void body(void *unused)
{
    (void)unused;
    const struct exploration *exploration = run.exploration;
    driver_set_wake(PowerDeviceD3, PowerSystemSleeping3);
    load_drivers();
    start_timers();
    if (driver_is_pnp(run.drivers[0]))
        start_stack();
    else
        find_control_device();
    start_clients();
    for (unsigned i = 0; i < exploration->scenario->main.count; i++)
        do_main_step(&exploration->scenario->main.steps[i]);
    remove_device();
    explore_note_text("unload the driver");
    for (unsigned i = exploration->driver_count; i-- > 0;)
        driver_unload(run.drivers[i]);
    stop_timers();
}

/* ---- what is left ---- */

static bool is_object(const struct explore_block *block)
{
    const struct wdf_object *object = block->memory;
    return block->size >= sizeof(*object) && object->magic == OBJECT_MAGIC;
}

/* Of all remaining objects, the youngest: it holds the others, or else nothing does. */
static void describe_leak(struct explore_block *first, char *text, size_t size)
{
    struct explore_block block, told = *first;
    unsigned count = 0;
    for (; explore_heap_leak(count, &block); count++) {
        if (is_object(&block))
            told = block;
    }
    char place[128];
    const struct wdf_object *object = told.memory;
    if (is_object(&told))
        snprintf(text, size, "leak: a %s %p still has %u references", object->class->name,
                 told.memory, (unsigned)object->references);
    else
        snprintf(text, size, "leak: %zu bytes allocated at %s", told.size,
                 verifier_place(told.caller, place, sizeof(place)));
    size_t length = strlen(text);
    if (count > 1)
        snprintf(text + length, size - length, ", and %u more blocks of memory are left",
                 count - 1);
}

static void check_heap(struct explore_result *result)
{
    struct explore_block block;
    char place[128];
    if (explore_heap_damage(&block)) {
        result->failure = EXPLORE_VIOLATION;
        snprintf(result->message, sizeof(result->message),
                 "use after free: %zu bytes at %p were written to after %s had freed them",
                 block.size, block.memory, verifier_place(block.freer, place, sizeof(place)));
    } else if (explore_heap_leak(0, &block)) {
        result->failure = EXPLORE_VIOLATION;
        describe_leak(&block, result->message, sizeof(result->message));
    }
}

void exploration_run(const struct exploration *exploration, struct explore_strategy *strategy,
                     struct explore_result *result)
{
    run.exploration = exploration;
    run.device = NULL;
    run.client_count = run.timer_count = 0;
    run.is_removed = run.is_control = false;
    run.main_doing = NULL;
    if (!explore_heap_begin()) {
        *result =
            (struct explore_result){.failure = EXPLORE_ESCAPE, .message = "no memory for a heap"};
        return;
    }
    explored_files_begin();
    driver_image_restore();
    configuration_unload(&configuration); /* every schedule begins with an empty registry */
    trace_forget_providers();
    recorder_forget();
    explore_run(strategy, body, NULL, result);
    explore_heap_end();
    if (result->failure == EXPLORE_NO_FAILURE)
        check_heap(result);
    else if (result->failure == EXPLORE_HANG && strncmp(result->message, "lost", 4) != 0)
        describe_unfinished(result->message, sizeof(result->message));
}

/* ---- signals of the processor ---- */

static const char *fault_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "an access to bad memory";
    case SIGBUS:
        return "an access to memory that is not there";
    case SIGFPE:
        return "an arithmetic fault";
    case SIGILL:
        return "an illegal instruction";
    case SIGTRAP:
        return "a breakpoint";
    default:
        return "an abort";
    }
}

/* From the handler's stack straight back to the caller of the schedule: its state is not used
 * again. */
static void on_fault(int number, siginfo_t *information, void *unused)
{
    (void)unused;
    const char *where = "";
    struct explore_block block;
    bool is_freed = false;
    uint64_t address = (uint64_t)(uintptr_t)information->si_addr;
    if (number == SIGSEGV && (address == 0 || (address >> 40) == 0xDDDDDD))
        where = address == 0 ? " (a pointer that is NULL, or was read from freed memory)"
                             : " (a pointer that was read from freed memory)";
    if (explore_heap_find(information->si_addr, &block, &is_freed) && is_freed)
        where = " (freed memory)";
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    explore_fail(EXPLORE_FAULT, "%s%s", fault_name(number), where);
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_faults(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    const size_t size = 256 * 1024;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory, .ss_size = size};
    if (memory != MAP_FAILED)
        sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
}

/* The exploration reports failures; the framework's own messages would repeat them. */
static void no_log(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

void exploration_prepare(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    log_set_sink(no_log);
    catch_faults();
}
