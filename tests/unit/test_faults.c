/*
 * No memory, at every point of a driver's life: the n-th allocation fails, for every n, until a
 * whole life passes without a failure. Each time the operation fails with
 * STATUS_INSUFFICIENT_RESOURCES, or succeeds nevertheless, and everything is undone.
 */
#include <fcntl.h>
#include <stdatomic.h>

#include "device.h"
#include "failing_heap.h"
#include "unit.h"

/* ---- the driver: one of each ---- */

typedef struct _COUNTED {
    UCHAR Bytes[40];
} COUNTED;
WDF_DECLARE_CONTEXT_TYPE(COUNTED)

typedef struct _FURTHER {
    UCHAR Bytes[40];
} FURTHER;
WDF_DECLARE_CONTEXT_TYPE(FURTHER)

/* Objects that were created, cleaned up and destroyed (S1.32, S15.3). */
static atomic_uint created;
static atomic_uint cleaned_up;
static atomic_uint destroyed;

static WDFQUEUE held_queue;
static WDFTIMER timer;

static VOID count_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleaned_up++;
}

static VOID count_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

static WDF_OBJECT_ATTRIBUTES *counting(WDFOBJECT parent)
{
    static WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, COUNTED);
    attributes.ParentObject = parent;
    attributes.EvtCleanupCallback = count_cleanup;
    attributes.EvtDestroyCallback = count_destroy;
    return &attributes;
}

static NTSTATUS counted(NTSTATUS status)
{
    if (NT_SUCCESS(status))
        created++;
    return status;
}

static VOID accept_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

/* A read waits in the manual queue until the timer expires. */
static VOID hold_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    NTSTATUS status = WdfRequestForwardToIoQueue(Request, held_queue);
    if (NT_SUCCESS(status))
        WdfTimerStart(timer, WDF_REL_TIMEOUT_IN_MS(5));
    else
        WdfRequestComplete(Request, status);
}

static VOID answer_read(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
    WDFREQUEST request;
    if (!NT_SUCCESS(WdfIoQueueRetrieveNextRequest(held_queue, &request)))
        return;
    WDFMEMORY memory;
    NTSTATUS status = WdfRequestRetrieveOutputMemory(request, &memory);
    if (NT_SUCCESS(status))
        status = WdfMemoryCopyFromBuffer(memory, 0, (PVOID) "text", 4);
    WdfRequestCompleteWithInformation(request, status, 4);
}

/* A write creates an object of its own. */
static VOID keep_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    WDFMEMORY copy;
    PVOID data;
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);
    if (NT_SUCCESS(status))
        status =
            counted(WdfMemoryCreate(counting(Request), NonPagedPoolNx, 0, Length, &copy, &buffer));
    if (NT_SUCCESS(status))
        status = WdfMemoryCopyFromBuffer(copy, 0, data, Length);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

static VOID answer_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputLength,
                           size_t InputLength, ULONG Code)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(Code);
    PVOID output;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, OutputLength, &output, NULL);
    WdfRequestCompleteWithInformation(Request, status, OutputLength);
}

static NTSTATUS create_queues(WDFDEVICE of)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = hold_read;
    config.EvtIoWrite = keep_write;
    config.EvtIoDeviceControl = answer_control;
    NTSTATUS status = counted(WdfIoQueueCreate(of, &config, counting(NULL), WDF_NO_HANDLE));
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return counted(WdfIoQueueCreate(of, &config, counting(NULL), &held_queue));
}

static NTSTATUS create_timer(WDFDEVICE of)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, answer_read);
    return counted(WdfTimerCreate(&config, counting(of), &timer));
}

static NTSTATUS create_locks(WDFDEVICE of)
{
    WDFSPINLOCK spin_lock;
    WDFWAITLOCK wait_lock;
    NTSTATUS status = counted(WdfSpinLockCreate(counting(of), &spin_lock));
    return NT_SUCCESS(status) ? counted(WdfWaitLockCreate(counting(NULL), &wait_lock)) : status;
}

static NTSTATUS create_memories(WDFDEVICE of)
{
    static UCHAR preallocated[8];
    WDFMEMORY memory;
    NTSTATUS status = counted(WdfMemoryCreate(counting(of), PagedPool, 0, 100, &memory, NULL));
    if (!NT_SUCCESS(status))
        return status;
    return counted(
        WdfMemoryCreatePreallocated(counting(NULL), preallocated, sizeof(preallocated), &memory));
}

static NTSTATUS create_object(WDFDEVICE of)
{
    WDFOBJECT object;
    NTSTATUS status = counted(WdfObjectCreate(counting(of), &object));
    if (!NT_SUCCESS(status))
        return status;
    WDF_OBJECT_ATTRIBUTES *attributes = counting(NULL);
    WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, FURTHER);
    return counted(WdfObjectAllocateContext(object, attributes, NULL));
}

static NTSTATUS create_lookaside(WDFDEVICE of)
{
    WDF_OBJECT_ATTRIBUTES memory_attributes = *counting(of);
    WDFLOOKASIDE list;
    WDFMEMORY memory;
    NTSTATUS status = counted(
        WdfLookasideListCreate(counting(NULL), 50, NonPagedPoolNx, &memory_attributes, 0, &list));
    if (NT_SUCCESS(status))
        status = counted(WdfMemoryCreateFromLookaside(list, &memory));
    if (!NT_SUCCESS(status))
        return status;
    /* The next one is not allocated. */
    WdfObjectDelete(memory);
    return counted(WdfMemoryCreateFromLookaside(list, &memory));
}

static NTSTATUS create_collection(WDFDEVICE of)
{
    WDFCOLLECTION collection;
    NTSTATUS status = counted(WdfCollectionCreate(counting(of), &collection));
    if (!NT_SUCCESS(status))
        return status;
    /* S1.41: the only function with a different status for that. */
    status = WdfCollectionAdd(collection, of);
    return status == STATUS_UNSUCCESSFUL ? STATUS_INSUFFICIENT_RESOURCES : status;
}

/* A raw child, which is started with its parent. */
static NTSTATUS describe_child(PWDFDEVICE_INIT init)
{
    static const GUID class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};
    DECLARE_CONST_UNICODE_STRING(text, L"0");
    NTSTATUS status = WdfPdoInitAssignInstanceID(init, &text);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignDeviceID(init, &text);
    return NT_SUCCESS(status) ? WdfPdoInitAssignRawDevice(init, &class) : status;
}

static NTSTATUS create_child(WDFDEVICE of)
{
    WDFDEVICE child;
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(of);
    NTSTATUS status = init != NULL ? describe_child(init) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status))
        status = counted(WdfDeviceCreate(&init, counting(NULL), &child));
    if (!NT_SUCCESS(status)) {
        if (init != NULL)
            WdfDeviceInitFree(init);
        return status;
    }
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    status = counted(WdfIoQueueCreate(child, &config, counting(NULL), WDF_NO_HANDLE));
    if (NT_SUCCESS(status))
        status = WdfFdoAddStaticChild(of, child);
    if (!NT_SUCCESS(status))
        WdfObjectDelete(child);
    return status;
}

static NTSTATUS create_device(PWDFDEVICE_INIT init, WDFDEVICE *result)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\Faults");
    NTSTATUS status = WdfDeviceInitAssignName(init, &name);
    if (!NT_SUCCESS(status))
        return status;
    WDF_FILEOBJECT_CONFIG files;
    WDF_FILEOBJECT_CONFIG_INIT(&files, accept_create, NULL, NULL);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, COUNTED);
    WdfDeviceInitSetFileObjectConfig(init, &files, &attributes);
    WdfDeviceInitSetRequestAttributes(init, &attributes);
    return counted(WdfDeviceCreate(&init, counting(NULL), result));
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    static NTSTATUS (*const steps[])(WDFDEVICE of) = {
        create_queues, create_timer,     create_locks,      create_memories,
        create_object, create_lookaside, create_collection, create_child,
    };
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE of;
    NTSTATUS status = create_device(DeviceInit, &of);
    for (unsigned i = 0; i < RTL_NUMBER_OF(steps) && NT_SUCCESS(status); i++)
        status = steps[i](of);
    return status;
}

static NTSTATUS enter_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_device);
    return counted(
        WdfDriverCreate(DriverObject, RegistryPath, counting(NULL), &config, WDF_NO_HANDLE));
}

/* ---- its life: returns the first status that is not a success, after everything has been undone
 * ---- */

static NTSTATUS read_and_wait(WDFUSEFILE file)
{
    char text[200];
    WDFUSEIO io = WdfuseInprocBeginRead(file, text, sizeof(text));
    if (io == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    advance_ms(10);
    return WdfuseInprocFinish(io, NULL);
}

static NTSTATUS use_file(WDFUSEFILE file)
{
    char text[100];
    NTSTATUS status = WdfuseInprocWrite(file, "text", 4, NULL);
    if (NT_SUCCESS(status))
        status = read_and_wait(file);
    if (NT_SUCCESS(status))
        status = WdfuseInprocIoctl(file, 1, "text", 4, text, sizeof(text), NULL);
    return status;
}

static NTSTATUS live(void)
{
    WDFUSEDEVICE started;
    WDFUSEFILE file;
    NTSTATUS status = WdfuseInprocStart(enter_driver, "faults", &started);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfuseInprocOpen(started, O_RDWR, &file);
    if (NT_SUCCESS(status)) {
        status = use_file(file);
        WdfuseInprocClose(file);
    }
    WdfuseInprocStop(started);
    return status;
}

static void setup(void)
{
    keep_log();
    WdfuseInprocUseVirtualClock();
}

/* Lives with the n-th allocation failing, for each n until none fails, and checks each end. */
static void live_with_failures(bool and_later,
                               void (*check)(NTSTATUS status, unsigned n, bool failed))
{
    bool failed = true;
    unsigned n;
    for (n = 1; failed; n++) {
        created = cleaned_up = destroyed = 0;
        heap_fail(n, and_later);
        NTSTATUS status = live();
        failed = heap_heal();
        check(status, n, failed);
    }
    ck_assert_msg(n > 20, "a life of %u allocations is not that of this driver", n);
}

/* ---- what must be true at each end ---- */

static void check_statuses(NTSTATUS status, unsigned n, bool failed)
{
    if (!failed || !NT_SUCCESS(status))
        ck_assert_msg(status == (failed ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS),
                      "allocation %u: status 0x%08X", n, (unsigned)status);
}

static void check_leaks(NTSTATUS status, unsigned n, bool failed)
{
    (void)status;
    (void)failed;
    ck_assert_msg(heap_leaks() == 0, "allocation %u: %d blocks leaked", n, heap_leaks());
}

static void check_callbacks(NTSTATUS status, unsigned n, bool failed)
{
    (void)status;
    (void)failed;
    ck_assert_msg(cleaned_up == created && destroyed == created,
                  "allocation %u: %u created, %u cleaned up, %u destroyed", n, created, cleaned_up,
                  destroyed);
}

/* Two forms: one allocation fails; it and all later ones fail (S13.3). */
static const bool and_later[] = {false, true};

/* S1.39, S3.13, S5.14, S8.22, S9.22 */
START_TEST(an_allocation_that_fails_is_reported_as_insufficient_resources)
{
    live_with_failures(and_later[_i], check_statuses);
}
END_TEST

START_TEST(an_allocation_that_fails_leaks_nothing)
{
    live_with_failures(and_later[_i], check_leaks);
}
END_TEST

/* S1.32, S15.3 */
START_TEST(an_allocation_that_fails_ends_every_object_that_was_made_and_no_other)
{
    live_with_failures(and_later[_i], check_callbacks);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *tests = tcase_create("faults");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, an_allocation_that_fails_is_reported_as_insufficient_resources, 0,
                        RTL_NUMBER_OF(and_later));
    tcase_add_loop_test(tests, an_allocation_that_fails_leaks_nothing, 0, RTL_NUMBER_OF(and_later));
    tcase_add_loop_test(tests,
                        an_allocation_that_fails_ends_every_object_that_was_made_and_no_other, 0,
                        RTL_NUMBER_OF(and_later));
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
