/* Failures that public functions return are logged: during a start as warnings, later at level
 * debug. */
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "port/log.h"
#include "unit.h"

static char line[512];
static enum log_level line_level;
static unsigned lines;

static void keep_line(enum log_level level, const char *text)
{
    line_level = level;
    lines++;
    snprintf(line, sizeof(line), "%s", text);
}

static void listen(void)
{
    log_set_sink(keep_line);
    line[0] = '\0';
    lines = 0;
}

static WDFQUEUE manual;
static WDFREQUEST waiting;

static VOID keep_request(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    waiting = Request;
}

static NTSTATUS add_queues(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE created;
    WDF_IO_QUEUE_CONFIG config;
    UNREFERENCED_PARAMETER(Driver);
    ck_status_eq(WdfDeviceCreate(&DeviceInit, NULL, &created), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = keep_request;
    ck_status_eq(WdfIoQueueCreate(created, &config, NULL, NULL), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    ck_status_eq(WdfIoQueueCreate(created, &config, NULL, &manual), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static void on_timer(WDFTIMER timer)
{
    UNREFERENCED_PARAMETER(timer);
}

static NTSTATUS create_timer_without_parent(void)
{
    WDFTIMER timer;
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, on_timer);
    return WdfTimerCreate(&config, NULL, &timer);
}

static NTSTATUS open_missing_key(void)
{
    WDFKEY own, key;
    DECLARE_CONST_UNICODE_STRING(name, L"Missing");
    ck_status_eq(WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_READ, NULL, &own),
                 STATUS_SUCCESS);
    return WdfRegistryOpenKey(own, &name, KEY_READ, NULL, &key);
}

static const struct {
    NTSTATUS (*call)(void);
    const char *line;
    enum log_level level;
} starts[] = {
    {create_timer_without_parent,
     "driver test: WdfTimerCreate returns STATUS_WDF_PARENT_NOT_SPECIFIED (S9.1)",
     LOG_LEVEL_WARNING},
    /* A driver that looks for a setting is prepared for a failure. */
    {open_missing_key,
     "driver test: WdfRegistryOpenKey returns STATUS_OBJECT_NAME_NOT_FOUND (wdfregistry.h)",
     LOG_LEVEL_INFO},
};
static unsigned chosen;

static NTSTATUS add_and_fail(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(DeviceInit);
    listen();
    return starts[chosen].call();
}

/* S9.1 */
START_TEST(a_failure_in_a_start_is_one_line)
{
    chosen = (unsigned)_i;
    log_set_level(LOG_LEVEL_INFO);
    ck_assert(!NT_SUCCESS(device_try_start_with(add_and_fail)));
    ck_assert_str_eq(line, starts[_i].line);
    ck_assert_int_eq(line_level, starts[_i].level);
    ck_assert_uint_eq(lines, 1);
}
END_TEST

/* What the failures inside each callback have logged, in order. */
static char trace[8];

static void fail_and_note(char callback)
{
    listen();
    (void)create_timer_without_parent();
    keep_log();
    size_t length = strlen(trace);
    trace[length] = lines > 0 ? callback : '-';
}

static NTSTATUS enter_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    fail_and_note('D');
    return STATUS_SUCCESS;
}

static NTSTATUS add_failing_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE created;
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    UNREFERENCED_PARAMETER(Driver);
    fail_and_note('A');
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = enter_d0;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    return WdfDeviceCreate(&DeviceInit, NULL, &created);
}

static VOID unload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    fail_and_note('U');
}

/* Not during a resume or an unload. */
START_TEST(callbacks_of_a_start_tell_their_failures)
{
    log_set_level(LOG_LEVEL_INFO);
    driver_config.EvtDriverUnload = unload;
    device_start_with(add_failing_device);
    ck_assert_str_eq(trace, "AD");
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "AD-");
    device_stop();
    ck_assert_str_eq(trace, "AD--");
}
END_TEST

static NTSTATUS retrieve_next(void)
{
    WDFREQUEST request;
    return WdfIoQueueRetrieveNextRequest(manual, &request);
}

static NTSTATUS requeue(void)
{
    return WdfRequestRequeue(waiting);
}

static NTSTATUS forward(void)
{
    WdfIoQueuePurge(manual, NULL, NULL);
    return WdfRequestForwardToIoQueue(waiting, manual);
}

static NTSTATUS retrieve_input(void)
{
    PVOID buffer;
    return WdfRequestRetrieveInputBuffer(waiting, 1, &buffer, NULL);
}

static NTSTATUS retrieve_too_much(void)
{
    PVOID buffer;
    return WdfRequestRetrieveOutputBuffer(waiting, 5, &buffer, NULL);
}

static const struct {
    NTSTATUS (*call)(void);
    const char *line;
} later[] = {
    {retrieve_next,
     "driver test: WdfIoQueueRetrieveNextRequest returns STATUS_NO_MORE_ENTRIES (S6.47)"},
    {requeue, "driver test: WdfRequestRequeue returns STATUS_INVALID_DEVICE_REQUEST (S6.60)"},
    {forward, "driver test: WdfRequestForwardToIoQueue returns STATUS_WDF_BUSY (S6.55)"},
    {retrieve_input,
     "driver test: WdfRequestRetrieveInputBuffer returns STATUS_INVALID_DEVICE_REQUEST (S8.5)"},
    {retrieve_too_much,
     "driver test: WdfRequestRetrieveOutputBuffer returns STATUS_BUFFER_TOO_SMALL (S8.5)"},
    {create_timer_without_parent,
     "driver test: WdfTimerCreate returns STATUS_WDF_PARENT_NOT_SPECIFIED (S9.1)"},
};

static void try_later(unsigned index, enum log_level level)
{
    char buffer[4];
    size_t count;
    device_start_with(add_queues);
    WDFUSEFILE file = open_file();
    WDFUSEIO read = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    log_set_level(level);
    listen();
    ck_assert(!NT_SUCCESS(later[index].call()));
    log_set_level(LOG_LEVEL_INFO);
    keep_log();
    WdfRequestComplete(waiting, STATUS_SUCCESS);
    (void)WdfuseInprocFinish(read, &count);
    device_stop();
}

/* S6.47, S6.55, S6.60, S8.5 */
START_TEST(a_failure_after_the_start_is_told_at_level_debug)
{
    try_later((unsigned)_i, LOG_LEVEL_DEBUG);
    ck_assert_str_eq(line, later[_i].line);
    ck_assert_int_eq(line_level, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(a_failure_after_the_start_is_not_told_at_level_info)
{
    try_later((unsigned)_i, LOG_LEVEL_INFO);
    ck_assert_uint_eq(lines, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("apiresult");
    TCase *tests = tcase_create("apiresult");
    tcase_add_loop_test(tests, a_failure_in_a_start_is_one_line, 0, RTL_NUMBER_OF(starts));
    tcase_add_test(tests, callbacks_of_a_start_tell_their_failures);
    tcase_add_loop_test(tests, a_failure_after_the_start_is_told_at_level_debug, 0,
                        RTL_NUMBER_OF(later));
    tcase_add_loop_test(tests, a_failure_after_the_start_is_not_told_at_level_info, 0,
                        RTL_NUMBER_OF(later));
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
