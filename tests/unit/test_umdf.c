/* The differences for a user-mode driver: the rules marked [U]. */
#define UMDF_VERSION_MAJOR 2
#define UMDF_VERSION_MINOR 33
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <fcntl.h>
#include <string.h>

#include <windows.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#include "framework/io.h"
#include "framework/lifecycle.h"
#include "unit.h"

#define CODE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)

static struct {
    NTSTATUS internal_control_status;
    KIRQL irql_of_timer, irql_under_lock;
    BOOLEAN had_file_object, version_1_is_there, version_2_is_there;
    WDFSPINLOCK lock;
    PVOID written;
    UCHAR output[8]; /* before the driver wrote there */
    WDF_DEVICE_IO_TYPE io_type;
    NTSTATUS copy_status;
    NTSTATUS (*probe)(WDFREQUEST Request, PVOID Buffer, size_t Length, WDFMEMORY *MemoryObject);
    NTSTATUS probe_status;
} seen;

static VOID on_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFMEMORY memory;
    UNREFERENCED_PARAMETER(Queue);
    ck_assert_int_eq(WdfRequestRetrieveInputBuffer(Request, Length, &seen.written, NULL),
                     STATUS_SUCCESS);
    if (seen.probe != NULL)
        seen.probe_status = seen.probe(Request, seen.written, Length, &memory);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

/* S15.49: output first, then input. */
static VOID on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                       size_t InputBufferLength, ULONG IoControlCode)
{
    PVOID input, output;
    WDFMEMORY memory;
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(IoControlCode);
    ck_assert_int_eq(WdfRequestRetrieveOutputBuffer(Request, 1, &output, NULL), STATUS_SUCCESS);
    CopyMemory(seen.output, output, min(OutputBufferLength, sizeof(seen.output)));
    seen.io_type = WdfRequestGetEffectiveIoType(Request);
    ck_assert_int_eq(WdfRequestRetrieveOutputMemory(Request, &memory), STATUS_SUCCESS);
    seen.copy_status = WdfMemoryCopyFromBuffer(memory, 0, "o", 1);
    FillMemory(output, OutputBufferLength, 'o');
    ck_assert_int_eq(WdfRequestRetrieveInputBuffer(Request, 1, &input, NULL), STATUS_SUCCESS);
    seen.had_file_object = WdfRequestGetFileObject(Request) != NULL;
    CopyMemory(output, input, min(InputBufferLength, OutputBufferLength));
    FillMemory(input, InputBufferLength, 'i');
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, OutputBufferLength);
}

static VOID on_internal_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                                size_t InputBufferLength, ULONG IoControlCode)
{
    on_control(Queue, Request, OutputBufferLength, InputBufferLength, IoControlCode);
}

static VOID on_timer(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
    seen.irql_of_timer = KeGetCurrentIrql();
}

static void create_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFQUEUE queue;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoInternalDeviceControl = on_internal_control;
    seen.internal_control_status =
        WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = on_control;
    config.EvtIoWrite = on_write;
    ck_assert_int_eq(WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE),
                     STATUS_SUCCESS);
}

/* A periodic timer, which can't be passive by its attributes. */
static void start_timer(WDFDEVICE device)
{
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFTIMER timer;
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, on_timer, 10);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    ck_assert_int_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
    WdfTimerStart(timer, WDF_REL_TIMEOUT_IN_MS(10));
}

static NTSTATUS on_device_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    WDF_IO_TYPE_CONFIG io_type;
    UNREFERENCED_PARAMETER(Driver);
    WDF_IO_TYPE_CONFIG_INIT(&io_type);
    io_type.ReadWriteIoType = WdfDeviceIoDirect;
    io_type.DeviceControlIoType = WdfDeviceIoBufferedOrDirect;
    io_type.DirectTransferThreshold = 4097;
    WdfDeviceInitSetIoTypeEx(DeviceInit, &io_type);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status))
        return status;
    create_queues(device);
    start_timer(device);
    ck_assert_int_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &seen.lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(seen.lock);
    seen.irql_under_lock = KeGetCurrentIrql();
    WdfSpinLockRelease(seen.lock);
    return STATUS_SUCCESS;
}

static BOOLEAN version_is_there(WDFDRIVER driver, ULONG major)
{
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS version;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&version, major, 0);
    return WdfDriverIsVersionAvailable(driver, &version);
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDFDRIVER driver;
    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    NTSTATUS status =
        WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, &driver);
    if (NT_SUCCESS(status)) {
        seen.version_1_is_there = version_is_there(driver, 1);
        seen.version_2_is_there = version_is_there(driver, 2);
    }
    return status;
}

static WDFUSEDEVICE device;
static WDFUSEFILE file;

static void set_up(void)
{
    WdfuseInprocUseVirtualClock();
    ck_assert_int_eq(WdfuseInprocStart(driver_entry, "umdf", &device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfuseInprocOpen(device, O_RDWR, &file), STATUS_SUCCESS);
}

static void tear_down(void)
{
    WdfuseInprocClose(file);
    WdfuseInprocStop(device);
}

/* S8.15 */
START_TEST(output_of_a_device_control_leaves_its_input_alone)
{
    char output[24];
    ck_assert_int_eq(WdfuseInprocIoctl(file, CODE, "input", 5, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    ck_assert_mem_eq(output, "inputooooooooooooooooooo", 24);
    char small[2];
    ck_assert_int_eq(
        WdfuseInprocIoctl(file, CODE, "a longer input", 14, small, sizeof(small), NULL),
        STATUS_SUCCESS);
    ck_assert_mem_eq(small, "a ", 2);
}
END_TEST

/* S8.2, S8.15: for drivers of this framework every method is a pair of buffers. */
START_TEST(a_device_control_of_any_method_has_two_buffers)
{
    ULONG code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, (ULONG)_i, FILE_ANY_ACCESS);
    char output[8] = "secret.";
    ck_assert_int_eq(WdfuseInprocIoctl(file, code, "input", 5, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    ck_assert_mem_eq(output, _i == METHOD_IN_DIRECT ? "secret." : "inputooo", 8);
}
END_TEST

/* S8.15: the client's output buffer is not copied to the driver, unless it is data for the device
 * (S8.13); what a driver writes into the input, or into such data, does not go back. */
START_TEST(the_buffers_of_a_device_control_go_one_way_each)
{
    ULONG code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, (ULONG)_i, FILE_ANY_ACCESS);
    char input[5] = "input";
    char output[8] = "secret.";
    ck_assert_int_eq(
        WdfuseInprocIoctl(file, code, input, sizeof(input), output, sizeof(output), NULL),
        STATUS_SUCCESS);
    const char *seen_output = _i == METHOD_IN_DIRECT ? "secret." : "\0\0\0\0\0\0\0";
    ck_assert_mem_eq(seen.output, seen_output, 8);
    ck_assert_mem_eq(input, "input", 5);
    ck_assert_mem_eq(output, _i == METHOD_IN_DIRECT ? "secret." : "inputooo", 8);
}
END_TEST

/* S8.15: it looks buffered, whatever its METHOD; S8.16: so no memory is read-only. */
START_TEST(a_device_control_looks_buffered)
{
    ULONG code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, (ULONG)_i, FILE_ANY_ACCESS);
    char output[8] = "";
    seen.io_type = WdfDeviceIoUndefined;
    seen.copy_status = STATUS_PENDING;
    ck_assert_int_eq(WdfuseInprocIoctl(file, code, "input", 5, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(seen.io_type, WdfDeviceIoBuffered);
    ck_assert_int_eq(seen.copy_status, STATUS_SUCCESS);
}
END_TEST

/* S8.1, S8.2 */
START_TEST(the_io_types_are_what_the_driver_asked_for)
{
    WDF_DEVICE_IO_TYPE transfers, controls;
    WdfDeviceGetDeviceStackIoType(WdfuseInprocGetDevice(device), &transfers, &controls);
    ck_assert_int_eq(transfers, WdfDeviceIoDirect);
    ck_assert_int_eq(controls, WdfDeviceIoBufferedOrDirect);
}
END_TEST

/* S8.1: the threshold is the driver's, in whole pages, and longer data stay where they are; S8.2:
 * and look buffered. */
START_TEST(a_long_direct_write_is_not_copied)
{
    static char data[3 * 4096];
    size_t length = 4096 + 4096 * (size_t)_i;
    ck_assert_int_eq(WdfuseInprocWrite(file, data, length, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(seen.written == data, length >= 8192);
}
END_TEST

/* Not in this framework's headers (S8.19). */
NTSTATUS WdfRequestProbeAndLockUserBufferForRead(WDFREQUEST Request, PVOID Buffer, size_t Length,
                                                 WDFMEMORY *MemoryObject);

START_TEST(nothing_can_be_probed_and_locked)
{
    static char data[8];
    seen.probe = WdfRequestProbeAndLockUserBufferForRead;
    ck_assert_int_eq(WdfuseInprocWrite(file, data, sizeof(data), NULL), STATUS_SUCCESS);
    ck_assert_int_eq(seen.probe_status, STATUS_NOT_IMPLEMENTED);
}
END_TEST

/* S4.4 */
START_TEST(files_have_objects_though_nobody_asked_for_them)
{
    char output[8];
    ck_assert_int_eq(WdfuseInprocIoctl(file, CODE, "x", 1, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    ck_assert(seen.had_file_object);
}
END_TEST

/* S6.1 */
START_TEST(a_queue_for_internal_device_controls_is_refused)
{
    ck_assert_int_eq(seen.internal_control_status, STATUS_INVALID_PARAMETER);
}
END_TEST

/* S9.1 */
START_TEST(a_high_resolution_timer_is_not_implemented)
{
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFTIMER timer;
    WDF_TIMER_CONFIG_INIT(&config, on_timer);
    config.AutomaticSerialization = FALSE;
    config.UseHighResolutionTimer = WdfTrue;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfuseInprocGetDevice(device);
    ck_assert_int_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_NOT_IMPLEMENTED);
}
END_TEST

/* S9.9, S2.2 */
START_TEST(everything_runs_at_passive_level)
{
    seen.irql_of_timer = DISPATCH_LEVEL;
    WdfuseInprocAdvanceClock(10 * 10000);
    ck_assert_uint_eq(seen.irql_of_timer, PASSIVE_LEVEL);
    ck_assert_uint_eq(seen.irql_under_lock, PASSIVE_LEVEL);
}
END_TEST

START_TEST(the_framework_is_of_version_2)
{
    ck_assert(seen.version_2_is_there);
    ck_assert(!seen.version_1_is_there);
}
END_TEST

START_TEST(memory_of_the_heap_is_zeroed_when_asked_for)
{
    static const char zeros[100];
    LPVOID block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(zeros));
    ck_assert_mem_eq(block, zeros, sizeof(zeros));
    ck_assert(HeapFree(GetProcessHeap(), 0, block));
    ck_assert(HeapFree(GetProcessHeap(), 0, NULL));
}
END_TEST

static void install(const struct device_installation *installation)
{
    struct wdf_device *installed = driver_find_device("umdf");
    ck_assert_ptr_nonnull(installed);
    device_install(installed, installation);
    io_device_dereference(device_io(installed));
}

/* S8.15, S20.38: UmdfMethodNeitherAction = Reject. */
START_TEST(an_installation_may_reject_method_neither)
{
    char output[4];
    ULONG neither = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_NEITHER, FILE_ANY_ACCESS);
    const struct device_installation rejects = {.rejects_neither = true}, copies = {0};
    seen.had_file_object = FALSE;
    install(&rejects);
    ck_assert_int_eq(WdfuseInprocIoctl(file, neither, "in", 2, output, sizeof(output), NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    ck_assert(!seen.had_file_object);
    ck_assert_int_eq(WdfuseInprocIoctl(file, CODE, "in", 2, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    install(&copies);
    ck_assert_int_eq(WdfuseInprocIoctl(file, neither, "in", 2, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    ck_assert_mem_eq(output, "inoo", 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("umdf");
    TCase *tests = tcase_create("umdf");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, output_of_a_device_control_leaves_its_input_alone);
    tcase_add_loop_test(tests, a_device_control_of_any_method_has_two_buffers, METHOD_BUFFERED,
                        METHOD_NEITHER + 1);
    tcase_add_loop_test(tests, the_buffers_of_a_device_control_go_one_way_each, METHOD_BUFFERED,
                        METHOD_NEITHER + 1);
    tcase_add_loop_test(tests, a_device_control_looks_buffered, METHOD_BUFFERED,
                        METHOD_NEITHER + 1);
    tcase_add_test(tests, the_io_types_are_what_the_driver_asked_for);
    tcase_add_loop_test(tests, a_long_direct_write_is_not_copied, 0, 3);
    tcase_add_test(tests, nothing_can_be_probed_and_locked);
    tcase_add_test(tests, files_have_objects_though_nobody_asked_for_them);
    tcase_add_test(tests, a_queue_for_internal_device_controls_is_refused);
    tcase_add_test(tests, a_high_resolution_timer_is_not_implemented);
    tcase_add_test(tests, everything_runs_at_passive_level);
    tcase_add_test(tests, an_installation_may_reject_method_neither);
    tcase_add_test(tests, the_framework_is_of_version_2);
    tcase_add_test(tests, memory_of_the_heap_is_zeroed_when_asked_for);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
