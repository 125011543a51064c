/*
 * Several drivers in a process: each has its own object, registry, devices and rules, and what
 * happens to one does not affect the others. All of them are in this program, so their callbacks
 * decide whose code runs.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "framework/lifecycle.h"
#include "framework/object/identity.h"
#include "framework/registry/configuration.h"
#include "nobodys.h"
#include "unit.h"
#include "warnings.h"

#define DRIVERS_MAX 70

/* One driver of a test, and what it has seen. */
struct subject {
    char name[16];
    bool is_umdf, fails_entry, fails_add;
    bool is_filter; /* without a queue: requests go down */
    WDFUSEDEVICE device;
    WDFDRIVER driver;
    WDFDEVICE created; /* the last one */
    WDFOBJECT object;  /* of the default parent */
    WDFSPINLOCK lock;
    KIRQL irql_under_lock;
    unsigned objects_cleaned, unloads, surprises;
    unsigned adds; /* devices since it was loaded */
};

static struct subject subjects[DRIVERS_MAX];
static unsigned long long seed;

static struct subject *subject_of(WDFDRIVER driver)
{
    for (unsigned i = 0; i < DRIVERS_MAX; i++) {
        if (subjects[i].driver == driver)
            return &subjects[i];
    }
    ck_abort_msg("%p is no driver of this test", (void *)driver);
}

static VOID on_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    subject_of(WdfGetDriver())->objects_cleaned++;
}

static VOID on_unload(WDFDRIVER Driver)
{
    ck_assert_ptr_eq(WdfGetDriver(), Driver);
    subject_of(Driver)->unloads++;
}

static VOID on_surprise(WDFDEVICE Device)
{
    subject_of(WdfDeviceGetDriver(Device))->surprises++;
}

static VOID on_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFDRIVER driver = WdfDeviceGetDriver(WdfIoQueueGetDevice(Queue));
    struct subject *subject = subject_of(driver);
    PVOID buffer;
    WDFMEMORY memory;
    ck_assert_ptr_eq(WdfGetDriver(), driver);
    WdfSpinLockAcquire(subject->lock);
    subject->irql_under_lock = KeGetCurrentIrql();
    WdfSpinLockRelease(subject->lock);
    ck_status_eq(WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPool, 'tseT', 8, &memory, NULL),
                 STATUS_SUCCESS);
    WdfObjectDelete(memory);
    ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, Length, &buffer, NULL), STATUS_SUCCESS);
    snprintf(buffer, Length, "%s", subject->name);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static NTSTATUS on_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    struct subject *subject = subject_of(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE created;
    ck_assert_ptr_eq(WdfGetDriver(), Driver);
    if (subject->is_filter)
        WdfFdoInitSetFilter(DeviceInit);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSurpriseRemoval = on_surprise;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    if (subject->fails_add && !subject->is_filter)
        return STATUS_DEVICE_NOT_READY;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (!NT_SUCCESS(status))
        return status;
    ck_assert_ptr_eq(WdfDeviceGetDriver(created), Driver);
    subject->created = created;
    subject->adds++;
    if (subject->fails_add)
        return STATUS_DEVICE_NOT_READY;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = on_read;
    if (!subject->is_filter)
        ck_status_eq(WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL),
                     STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = on_cleanup;
    ck_status_eq(WdfObjectCreate(&attributes, &subject->object), STATUS_SUCCESS);
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &subject->lock), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static NTSTATUS create(struct subject *subject, PDRIVER_OBJECT DriverObject,
                       PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    ck_assert_ptr_null(WdfGetDriver());
    WDF_DRIVER_CONFIG_INIT(&config, on_add);
    config.EvtDriverUnload = on_unload;
    NTSTATUS status =
        subject->is_umdf
            ? WdfuseDriverCreateUmdf(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                                     &subject->driver)
            : WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                              &subject->driver);
    ck_status_eq(status, STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfGetDriver(), subject->driver);
    ck_assert_ptr_eq(WdfWdmDriverGetWdfDriverHandle(DriverObject), subject->driver);
    return subject->fails_entry ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

/* The end of its registry path says which one is loaded. */
static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    unsigned number = 0;
    for (unsigned i = 0; i < RegistryPath->Length / sizeof(WCHAR); i++) {
        WCHAR c = RegistryPath->Buffer[i];
        number = c >= '0' && c <= '9' ? number * 10 + (unsigned)(c - '0') : 0;
    }
    return create(&subjects[number], DriverObject, RegistryPath);
}

static NTSTATUS try_load(unsigned number)
{
    struct subject *subject = &subjects[number];
    WdfuseInprocUseVirtualClock();
    snprintf(subject->name, sizeof(subject->name), "driver%u", number);
    subject->adds = 0;
    NTSTATUS status = WdfuseInprocStart(entry, subject->name, &subject->device);
    if (!NT_SUCCESS(status))
        subject->driver = NULL;
    return status;
}

static void load(unsigned number)
{
    ck_status_eq(try_load(number), STATUS_SUCCESS);
}

static void unload_by(unsigned number, VOID (*stop)(WDFUSEDEVICE Device))
{
    struct subject *subject = &subjects[number];
    struct subject before = *subject;
    stop(subject->device);
    ck_assert_uint_eq(subject->unloads, before.unloads + 1);
    ck_assert_uint_eq(subject->objects_cleaned, before.objects_cleaned + before.adds);
    ck_assert_uint_eq(subject->surprises,
                      before.surprises + (stop == WdfuseInprocSurpriseStop ? before.adds : 0));
    subject->device = NULL;
    subject->driver = NULL;
}

static void unload(unsigned number)
{
    unload_by(number, WdfuseInprocStop);
}

/* Checks that this driver answers a read. */
static void check_reads(WDFUSEFILE file, unsigned number)
{
    char buffer[16];
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), &count), STATUS_SUCCESS);
    ck_assert_str_eq(buffer, subjects[number].name);
}

static void check_serves(unsigned number)
{
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(subjects[number].device, O_RDWR, &file), STATUS_SUCCESS);
    check_reads(file, number);
    WdfuseInprocClose(file);
}

static void setup(void)
{
    memset(subjects, 0, sizeof(subjects));
    const char *given = getenv("WDFUSE_SEED");
    seed = given != NULL ? strtoull(given, NULL, 0) : 15;
}

/* ---- side by side ---- */

/* S1.12, S3.1: WdfGetDriver and the default parent are the caller's own. */
START_TEST(each_driver_has_its_own_object_and_default_parent)
{
    load(0);
    load(1);
    ck_assert_ptr_ne(subjects[0].driver, subjects[1].driver);
    check_serves(0);
    check_serves(1);
    unload(0);
    ck_assert_uint_eq(subjects[1].objects_cleaned, 0);
    check_serves(1);
    unload(1);
}
END_TEST

START_TEST(a_driver_may_come_back_while_others_stay)
{
    load(0);
    for (unsigned i = 0; i < 3; i++) {
        load(1);
        check_serves(0);
        check_serves(1);
        unload(1);
    }
    unload(0);
}
END_TEST

START_TEST(two_of_one_service_name_are_refused)
{
    WDFUSEDEVICE other;
    keep_log();
    load(0);
    ck_status_eq(WdfuseInprocStart(entry, "driver0", &other), STATUS_OBJECT_NAME_COLLISION);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "driver driver0: a driver of that name"));
    ck_status_eq(WdfuseInprocStart(entry, "DRIVER0", &other), STATUS_OBJECT_NAME_COLLISION);
    check_serves(0);
    unload(0);
}
END_TEST

/* S3.6 */
START_TEST(one_that_fails_to_load_leaves_the_others_alone)
{
    load(0);
    subjects[1].fails_entry = true;
    ck_status_eq(try_load(1), STATUS_UNSUCCESSFUL);
    subjects[2].fails_add = true;
    ck_status_eq(try_load(2), STATUS_DEVICE_NOT_READY);
    ck_assert_uint_eq(subjects[1].unloads, 0);
    check_serves(0);
    subjects[1].fails_entry = false;
    load(1);
    check_serves(1);
    unload(0);
    unload(1);
}
END_TEST

START_TEST(sixty_four_drivers_serve)
{
    keep_log();
    for (unsigned i = 0; i < 64; i++)
        load(i);
    for (unsigned i = 0; i < 64; i++)
        check_serves(i);
    for (unsigned i = 0; i < 64; i++)
        unload((i * 37) % 64);
}
END_TEST

/* ---- in one stack ---- */

/* The drivers 0 to count - 1, the lowest first; all but the lowest are filters. */
static NTSTATUS try_load_stack(unsigned count)
{
    WDFUSE_LAYER layers[8];
    WdfuseInprocUseVirtualClock();
    for (unsigned i = 0; i < count; i++) {
        snprintf(subjects[i].name, sizeof(subjects[i].name), "driver%u", i);
        subjects[i].is_filter = i > 0;
        layers[i] = (WDFUSE_LAYER){.DriverEntry = entry, .ServiceName = subjects[i].name};
    }
    return WdfuseInprocStartLayers(layers, count, &subjects[0].device);
}

/* S17.1, S17.16 */
START_TEST(each_layer_of_a_stack_may_be_a_driver_of_its_own)
{
    ck_status_eq(try_load_stack(3), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_eq(WdfDeviceGetDriver(subjects[i].created), subjects[i].driver);
        for (unsigned other = 0; other < i; other++)
            ck_assert_ptr_ne(subjects[i].driver, subjects[other].driver);
    }
    ck_assert_ptr_eq(WdfuseInprocGetDevice(subjects[0].device), subjects[2].created);
    check_serves(0); /* asked at the top, answered at the bottom */
    WdfuseInprocStop(subjects[0].device);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(subjects[i].unloads, 1);
        ck_assert_uint_eq(subjects[i].objects_cleaned, 1);
    }
}
END_TEST

/* S17.4 */
START_TEST(a_filters_driver_that_fails_to_add_its_device_is_left_out)
{
    subjects[1].fails_add = true;
    keep_log();
    ck_status_eq(try_load_stack(3), STATUS_SUCCESS);
    check_serves(0);
    WdfuseInprocStop(subjects[0].device);
    ck_assert_uint_eq(subjects[1].unloads, 1);
}
END_TEST

/* S3.6 */
START_TEST(a_stack_whose_driver_fails_leaves_nothing)
{
    keep_log();
    subjects[2].fails_entry = true;
    ck_status_eq(try_load_stack(3), STATUS_UNSUCCESSFUL);
    ck_assert_uint_eq(subjects[0].unloads, 1);
    ck_assert_uint_eq(subjects[1].unloads, 1);
    ck_assert_uint_eq(subjects[2].unloads, 0);
    subjects[2].fails_entry = false;
    subjects[0].fails_add = true;
    ck_status_eq(try_load_stack(3), STATUS_DEVICE_NOT_READY);
    subjects[0].fails_add = false;
    ck_status_eq(WdfuseInprocStartLayers(NULL, 0, &subjects[0].device), STATUS_INVALID_PARAMETER);
    ck_status_eq(try_load_stack(3), STATUS_SUCCESS);
    WdfuseInprocStop(subjects[0].device);
}
END_TEST

START_TEST(layers_of_one_name_are_devices_of_one_driver)
{
    WDFUSE_LAYER layers[] = {{entry, "driver0"}, {entry, "driver1"}, {entry, "driver1"}};
    WdfuseInprocUseVirtualClock();
    snprintf(subjects[0].name, sizeof(subjects[0].name), "driver0");
    subjects[1].is_filter = true;
    ck_status_eq(WdfuseInprocStartLayers(layers, 3, &subjects[0].device), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfDeviceGetDriver(WdfuseInprocGetDevice(subjects[0].device)),
                     subjects[1].driver);
    check_serves(0);
    WdfuseInprocStop(subjects[0].device);
    ck_assert_uint_eq(subjects[1].unloads, 1);
    ck_assert_uint_eq(subjects[1].objects_cleaned, 2);
}
END_TEST

/* ---- kinds ---- */

/* S9.22 [U]: a lock of a user-mode driver does not raise the IRQL, one of a kernel-mode driver
 * does. */
START_TEST(each_kind_has_its_rules_beside_the_other)
{
    subjects[1].is_umdf = true;
    load(0);
    load(1);
    load(2);
    for (unsigned i = 0; i < 3; i++)
        check_serves(i);
    ck_assert_uint_eq(subjects[0].irql_under_lock, DISPATCH_LEVEL);
    ck_assert_uint_eq(subjects[1].irql_under_lock, PASSIVE_LEVEL);
    ck_assert_uint_eq(subjects[2].irql_under_lock, DISPATCH_LEVEL);
    for (unsigned i = 0; i < 3; i++)
        unload(i);
}
END_TEST

/* ---- what is left behind (S13.18) ---- */

/* Whoever frees it: memory is charged to the code that has allocated it. Here all code is this
 * program's; what runs outside of callbacks belongs to the last driver. */
START_TEST(pool_is_counted_for_the_driver_that_has_allocated_it)
{
    load(0);
    PVOID of_first = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'enO');
    load(1);
    PVOID of_second = ExAllocatePool2(POOL_FLAG_NON_PAGED, 30, 'owT');
    listen_to_warnings();
    unload(0);
    ck_says("driver driver0 is unloaded and leaves 1 pool blocks (10 bytes) with tag 'One.'");
    ck_assert_uint_eq(warnings, 1);
    ExFreePool(of_first);
    ExFreePool(of_second);
    unload(1);
    ck_assert_uint_eq(warnings, 1);
}
END_TEST

START_TEST(an_object_that_another_driver_has_referenced_is_left_and_may_be_let_go_later)
{
    load(0);
    load(1);
    WdfObjectReference(subjects[0].object);
    listen_to_warnings();
    unload(0);
    ck_says("driver driver0 is unloaded and leaves 1 WDFOBJECT with references");
    check_serves(1);
    WdfObjectDereference(subjects[0].object);
    unload(1);
    ck_assert_uint_eq(warnings, 1);
}
END_TEST

/* ---- waiting ---- */

static sem_t began, may_end;

static VOID block(WDFWORKITEM WorkItem)
{
    UNREFERENCED_PARAMETER(WorkItem);
    sem_post(&began);
    while (sem_wait(&may_end) != 0) {
    }
}

START_TEST(an_unload_does_not_wait_for_another_drivers_work)
{
    WDF_WORKITEM_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFWORKITEM item;
    sem_init(&began, 0, 0);
    sem_init(&may_end, 0, 0);
    load(0);
    load(1);
    WDF_WORKITEM_CONFIG_INIT(&config, block);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfuseInprocGetDevice(subjects[0].device);
    ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_SUCCESS);
    WdfWorkItemEnqueue(item);
    ck_assert_int_eq(sem_wait(&began), 0);
    unload(1); /* while it is blocked */
    sem_post(&may_end);
    unload(0);
}
END_TEST

/* ---- in several threads, and nested ---- */

static struct configuration empty = CONFIGURATION_INITIALIZER;

static NTSTATUS plain_create(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                             WDFDRIVER *Driver)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, NULL);
    config.DriverInitFlags = WdfDriverInitNonPnpDriver;
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, Driver);
}

static NTSTATUS plain_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return plain_create(DriverObject, RegistryPath, NULL);
}

static void *come_and_go(void *name)
{
    struct driver *driver;
    for (unsigned i = 0; i < 100; i++) {
        ck_status_eq(driver_load(plain_entry, name, &empty, &driver), STATUS_SUCCESS);
        driver_unload(driver);
    }
    return NULL;
}

START_TEST(drivers_come_and_go_in_several_threads)
{
    static char names[4][8] = {"one", "two", "three", "four"};
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, names[i]), 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_ptr_null(WdfGetDriver());
}
END_TEST

static struct driver *inner;

static NTSTATUS nesting_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDFDRIVER own;
    ck_status_eq(plain_create(DriverObject, RegistryPath, &own), STATUS_SUCCESS);
    ck_status_eq(driver_load(plain_entry, "inner", &empty, &inner), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfGetDriver(), own);
    return STATUS_SUCCESS;
}

START_TEST(a_driver_may_be_loaded_in_anothers_entry)
{
    struct driver *outer;
    ck_status_eq(driver_load(nesting_entry, "outer", &empty, &outer), STATUS_SUCCESS);
    driver_unload(inner);
    driver_unload(outer);
}
END_TEST

/* ---- a library's code ---- */

/* It is called in a thread in which no driver's callback runs. */
static void run_in_thread(void *(*function)(void *unused))
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, function, NULL), 0);
    pthread_join(thread, NULL);
}

static WDFDRIVER seen_driver;
static WDFOBJECT library_object;
static unsigned of_library_cleaned;

static VOID on_library_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    of_library_cleaned++;
}

static void *look_at_driver(void *unused)
{
    seen_driver = nobodys_get_driver(WdfGetDriver);
    return unused;
}

static void *create_below_first(void *unused)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfuseInprocGetDevice(subjects[0].device);
    attributes.EvtCleanupCallback = on_library_cleanup;
    ck_status_eq(nobodys_create(WdfObjectCreate, &attributes, &library_object), STATUS_SUCCESS);
    return unused;
}

/* S1.12: with one driver, all code is its own; with several, an object made in a library's thread
 * belongs to the driver of the parent it names. */
START_TEST(a_librarys_thread_says_whose_its_objects_are)
{
    load(0);
    run_in_thread(look_at_driver);
    ck_assert_ptr_eq(seen_driver, subjects[0].driver);
    load(1);
    run_in_thread(look_at_driver);
    ck_assert_ptr_null(seen_driver);
    run_in_thread(create_below_first);
    unload(1);
    ck_assert_uint_eq(of_library_cleaned, 0);
    unload(0);
    ck_assert_uint_eq(of_library_cleaned, 1);
}
END_TEST

static VOID look_in_callback(WDFWORKITEM WorkItem)
{
    UNREFERENCED_PARAMETER(WorkItem);
    look_at_driver(NULL);
}

/* In a callback it works for the driver that calls it. */
START_TEST(a_library_in_a_callback_is_the_drivers)
{
    WDF_WORKITEM_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFWORKITEM item;
    load(0);
    load(1);
    WDF_WORKITEM_CONFIG_INIT(&config, look_in_callback);
    for (unsigned i = 0; i < 2; i++) {
        WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
        attributes.ParentObject = WdfuseInprocGetDevice(subjects[i].device);
        ck_status_eq(WdfWorkItemCreate(&config, &attributes, &item), STATUS_SUCCESS);
        WdfWorkItemEnqueue(item);
        WdfWorkItemFlush(item);
        ck_assert_ptr_eq(seen_driver, subjects[i].driver);
    }
    unload(0);
    unload(1);
}
END_TEST

static void *create_without_parent(void *unused)
{
    expect_bug_check("a library's own thread says whose it is by a ParentObject");
    nobodys_create(WdfObjectCreate, WDF_NO_OBJECT_ATTRIBUTES, &library_object);
    return unused;
}

START_TEST(a_librarys_object_of_nobody_is_a_bug_check)
{
    keep_log();
    load(0);
    load(1);
    run_in_thread(create_without_parent);
}
END_TEST

/* ---- names ---- */

static char printed[256];

static void keep_line(enum log_level level, const char *line)
{
    UNREFERENCED_PARAMETER(level);
    snprintf(printed, sizeof(printed), "%s", line);
}

/* A driver's output carries its name, in one line even if it comes in pieces. */
START_TEST(a_line_of_one_of_several_drivers_says_whose_it_is)
{
    log_set_level(LOG_LEVEL_DEBUG);
    load(0);
    log_set_sink(keep_line);
    DbgPrint("alone\n");
    ck_assert_str_eq(printed, "alone");
    load(1);
    DbgPrint("one ");
    DbgPrint("two\n");
    ck_assert_str_eq(printed, "driver1: one two");
    log_set_level(LOG_LEVEL_INFO);
    unload(1);
    unload(0);
}
END_TEST

/* S3.19 */
START_TEST(two_devices_do_not_get_one_symbolic_link)
{
    DECLARE_CONST_UNICODE_STRING(link, L"\\DosDevices\\Same");
    DECLARE_CONST_UNICODE_STRING(in_capitals, L"\\DosDevices\\SAME");
    load(0);
    load(1);
    ck_status_eq(WdfDeviceCreateSymbolicLink(WdfuseInprocGetDevice(subjects[0].device), &link),
                 STATUS_SUCCESS);
    keep_log();
    ck_status_eq(
        WdfDeviceCreateSymbolicLink(WdfuseInprocGetDevice(subjects[1].device), &in_capitals),
        STATUS_OBJECT_NAME_COLLISION);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(),
                                 "driver driver1: the symbolic link SAME is a device's of the "
                                 "driver driver0 already"));
    unload(0);
    ck_status_eq(WdfDeviceCreateSymbolicLink(WdfuseInprocGetDevice(subjects[1].device), &link),
                 STATUS_SUCCESS);
    unload(1);
}
END_TEST

/* The node of another driver's device: its name is known before anything runs. */
START_TEST(two_devices_do_not_get_one_node)
{
    WDFUSEDEVICE other;
    keep_log();
    load(0);
    load(1);
    ck_status_eq(WdfuseInprocAddDevice(subjects[1].device, "driver0", &other),
                 STATUS_OBJECT_NAME_COLLISION);
    check_serves(0);
    check_serves(1);
    unload(0);
    ck_status_eq(WdfuseInprocAddDevice(subjects[1].device, "driver0", &other), STATUS_SUCCESS);
    WdfuseInprocStop(subjects[1].device);
}
END_TEST

/* ---- registry ---- */

static NTSTATUS number_of(struct subject *subject, ULONG *number)
{
    DECLARE_CONST_UNICODE_STRING(name, L"Number");
    WDFKEY key;
    NTSTATUS status = WdfDriverOpenParametersRegistryKey(subject->driver, KEY_READ | KEY_WRITE,
                                                         WDF_NO_OBJECT_ATTRIBUTES, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfRegistryQueryULong(key, &name, number);
    if (NT_SUCCESS(status))
        ck_status_eq(WdfRegistryAssignULong(key, &name, *number + 1), STATUS_SUCCESS);
    WdfRegistryClose(key);
    return status;
}

START_TEST(each_driver_has_its_own_registry)
{
    static const char *const texts[] = {"{\"Parameters\": {\"Number\": 10}}",
                                        "{\"Parameters\": {\"Number\": 20}}"};
    char text[128];
    ULONG number;
    ck_status_eq(WdfuseInprocSetConfigurationOf("driver0", texts[0], strlen(texts[0])),
                 STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSetConfigurationOf("driver1", texts[1], strlen(texts[1])),
                 STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        load(i);
    ck_status_eq(number_of(&subjects[0], &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 10);
    ck_status_eq(number_of(&subjects[1], &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 20);
    ck_status_eq(number_of(&subjects[2], &number), STATUS_OBJECT_NAME_NOT_FOUND);
    WdfuseInprocGetConfigurationOf("driver0", text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "11"));
    for (unsigned i = 0; i < 3; i++)
        unload(i);
}
END_TEST

/* ---- every order ---- */

static unsigned random_below(unsigned limit)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % limit;
}

/* The long form is that of scripts/test --long. */
static unsigned rounds(unsigned few, unsigned many)
{
    return getenv("WDFUSE_LONG") != NULL ? many : few;
}

#define TEN 10

static void shuffle(unsigned order[TEN])
{
    for (unsigned i = 0; i < TEN; i++)
        order[i] = i;
    for (unsigned i = TEN; i-- > 1;) {
        unsigned j = random_below(i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

START_TEST(ten_drivers_come_and_go_in_any_order)
{
    unsigned order[TEN];
    unsigned times = rounds(20, 1000);
    for (unsigned i = 0; i < TEN; i++)
        subjects[i].is_umdf = i % 3 == 0;
    for (unsigned round = 0; round < times; round++) {
        shuffle(order);
        for (unsigned i = 0; i < TEN; i++)
            load(order[i]);
        shuffle(order);
        for (unsigned i = 0; i < TEN; i++) {
            check_serves(order[TEN - 1]);
            unload(order[i]);
        }
    }
}
END_TEST

#define MODEL_DEVICES 3

/* The model: which drivers are loaded, with which devices, and which of these have a file open. */
struct model {
    unsigned device_count; /* 0: it is not loaded */
    unsigned open_count;
    struct {
        WDFUSEDEVICE device;
        WDFUSEFILE file; /* NULL: closed */
        bool is_suspended;
    } devices[MODEL_DEVICES];
};

static void load_or_unload(struct model *model, unsigned number)
{
    if (model->device_count == 0) {
        subjects[number].fails_entry = random_below(4) == 0;
        NTSTATUS status = try_load(number);
        ck_assert(NT_SUCCESS(status) != subjects[number].fails_entry);
        *model = (struct model){.device_count = NT_SUCCESS(status)};
        model->devices[0].device = subjects[number].device;
    } else if (model->open_count == 0) {
        unload_by(number, random_below(2) == 0 ? WdfuseInprocStop : WdfuseInprocSurpriseStop);
        model->device_count = 0;
    }
}

static void add(struct model *model, unsigned number)
{
    char name[32];
    unsigned place = model->device_count;
    if (place == 0 || place == MODEL_DEVICES)
        return;
    snprintf(name, sizeof(name), "driver%u-%u", number, place);
    subjects[number].fails_add = random_below(4) == 0;
    NTSTATUS status =
        WdfuseInprocAddDevice(subjects[number].device, name, &model->devices[place].device);
    ck_status_eq(status, subjects[number].fails_add ? STATUS_DEVICE_NOT_READY : STATUS_SUCCESS);
    subjects[number].fails_add = false;
    if (!NT_SUCCESS(status))
        return;
    model->devices[place].file = NULL;
    model->devices[place].is_suspended = false;
    model->device_count++;
}

static void open_or_close(struct model *model, unsigned place)
{
    WDFUSEFILE *file = &model->devices[place].file;
    if (*file != NULL) {
        WdfuseInprocClose(*file);
        *file = NULL;
        model->open_count--;
    } else {
        ck_status_eq(WdfuseInprocOpen(model->devices[place].device, O_RDWR, file), STATUS_SUCCESS);
        model->open_count++;
    }
}

/* Requests to a sleeping device wait, so nobody sends any. */
static void change_power(struct model *model, unsigned place)
{
    bool was_suspended = model->devices[place].is_suspended;
    WDFUSEDEVICE of = model->devices[place].device;
    ck_status_eq(was_suspended ? WdfuseInprocResume(of) : WdfuseInprocSuspend(of), STATUS_SUCCESS);
    model->devices[place].is_suspended = !was_suspended;
}

static void step(struct model *model, unsigned number)
{
    unsigned what = random_below(8);
    if (what == 0) {
        load_or_unload(model, number);
        return;
    }
    if (what == 1) {
        add(model, number);
        return;
    }
    if (model->device_count == 0)
        return;
    unsigned place = random_below(model->device_count);
    if (what == 2)
        change_power(model, place);
    else if (what <= 4)
        open_or_close(model, place);
    else if (model->devices[place].file != NULL && !model->devices[place].is_suspended)
        check_reads(model->devices[place].file, number);
}

START_TEST(up_to_five_drivers_agree_with_their_model)
{
    struct model models[5] = {0};
    unsigned steps = rounds(5000, 500000);
    keep_log();
    subjects[1].is_umdf = subjects[3].is_umdf = true;
    for (unsigned i = 0; i < steps; i++) {
        unsigned number = random_below(RTL_NUMBER_OF(models));
        step(&models[number], number);
    }
    for (unsigned i = 0; i < RTL_NUMBER_OF(models); i++) {
        for (unsigned place = 0; place < models[i].device_count; place++) {
            if (models[i].devices[place].file != NULL)
                open_or_close(&models[i], place);
        }
        if (models[i].device_count > 0)
            unload(i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drivers");
    TCase *together = tcase_create("together");
    TCase *orders = tcase_create("orders");

    tcase_add_checked_fixture(together, setup, NULL);
    tcase_add_checked_fixture(orders, setup, NULL);
    tcase_add_test(together, each_driver_has_its_own_object_and_default_parent);
    tcase_add_test(together, a_driver_may_come_back_while_others_stay);
    tcase_add_test(together, two_of_one_service_name_are_refused);
    tcase_add_test(together, one_that_fails_to_load_leaves_the_others_alone);
    tcase_add_test(together, sixty_four_drivers_serve);
    tcase_add_test(together, each_layer_of_a_stack_may_be_a_driver_of_its_own);
    tcase_add_test(together, a_filters_driver_that_fails_to_add_its_device_is_left_out);
    tcase_add_test(together, a_stack_whose_driver_fails_leaves_nothing);
    tcase_add_test(together, layers_of_one_name_are_devices_of_one_driver);
    tcase_add_test(together, each_kind_has_its_rules_beside_the_other);
    tcase_add_test(together, pool_is_counted_for_the_driver_that_has_allocated_it);
    tcase_add_test(together,
                   an_object_that_another_driver_has_referenced_is_left_and_may_be_let_go_later);
    tcase_add_test(together, an_unload_does_not_wait_for_another_drivers_work);
    tcase_add_test(together, drivers_come_and_go_in_several_threads);
    tcase_add_test(together, a_driver_may_be_loaded_in_anothers_entry);
    tcase_add_test(together, a_librarys_thread_says_whose_its_objects_are);
    tcase_add_test(together, a_library_in_a_callback_is_the_drivers);
    tcase_add_test(together, a_line_of_one_of_several_drivers_says_whose_it_is);
    tcase_add_test(together, two_devices_do_not_get_one_symbolic_link);
    tcase_add_test(together, two_devices_do_not_get_one_node);
    tcase_add_test(together, each_driver_has_its_own_registry);
    suite_add_tcase(suite, together);

    TCase *fatal = unit_ends(tcase_create("fatal"));
    tcase_add_checked_fixture(fatal, setup, NULL);
    tcase_add_test_raise_signal(fatal, a_librarys_object_of_nobody_is_a_bug_check, SIGABRT);
    suite_add_tcase(suite, fatal);

    tcase_set_timeout(orders, 3600);
    tcase_add_test(orders, ten_drivers_come_and_go_in_any_order);
    tcase_add_test(orders, up_to_five_drivers_agree_with_their_model);
    suite_add_tcase(suite, orders);
    return unit_run(suite);
}
