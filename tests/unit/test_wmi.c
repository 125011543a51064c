/*
 * WMI (S12, S19): a device with blocks, and a program that asks for them.
 */
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <wmilib.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/wmi/instance.h"
#include "framework/wmi/kernelwatch.h"
#include "nt/irql.h"
#include "port/clock.h"
#include "port/thread.h"
#include "unit.h"
#include "warnings.h"

static const GUID toast = {0xbba21300, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const GUID bread = {0xbba21301, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const GUID nobody = {0xbba21302, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

/* ---- the driver ---- */

/* What its callbacks have been given, and what they say. */
static struct {
    NTSTATUS status;
    ULONG needs; /* EvtWmiInstanceQueryInstance says so, if there is no room */
    ULONG value, size, item, method, calls;
    PVOID buffer;
    WDFWMIINSTANCE instance;
    unsigned enables, disables;
    WDF_WMI_PROVIDER_CONTROL control;
    BOOLEAN was_enabled; /* inside the callback */
} blocks;

static NTSTATUS query(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize, PVOID OutBuffer,
                      PULONG BufferUsed)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL); /* S19.22 */
    ck_assert_uint_eq(*BufferUsed, 0);                    /* S19.15 */
    blocks.calls++;
    blocks.instance = WmiInstance;
    blocks.size = OutBufferSize;
    blocks.buffer = OutBuffer;
    if (!NT_SUCCESS(blocks.status))
        return blocks.status;
    *BufferUsed = blocks.needs;
    if (OutBufferSize < sizeof(ULONG))
        return blocks.needs == 1 ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
    *(PULONG)OutBuffer = blocks.value;
    return blocks.status;
}

static NTSTATUS set_instance(WDFWMIINSTANCE WmiInstance, ULONG InBufferSize, PVOID InBuffer)
{
    blocks.calls++;
    blocks.instance = WmiInstance;
    blocks.size = InBufferSize;
    blocks.buffer = InBuffer;
    if (InBufferSize >= sizeof(ULONG))
        blocks.value = *(PULONG)InBuffer;
    return blocks.status;
}

static NTSTATUS set_item(WDFWMIINSTANCE WmiInstance, ULONG DataItemId, ULONG InBufferSize,
                         PVOID InBuffer)
{
    UNREFERENCED_PARAMETER(WmiInstance);
    blocks.calls++;
    blocks.item = DataItemId;
    blocks.size = InBufferSize;
    if (DataItemId != 1)
        return STATUS_WMI_ITEMID_NOT_FOUND;
    blocks.value = *(PULONG)InBuffer;
    return blocks.status;
}

static NTSTATUS execute(WDFWMIINSTANCE WmiInstance, ULONG MethodId, ULONG InBufferSize,
                        ULONG OutBufferSize, PVOID Buffer, PULONG BufferUsed)
{
    UNREFERENCED_PARAMETER(WmiInstance);
    blocks.calls++;
    blocks.method = MethodId;
    blocks.buffer = Buffer;
    if (InBufferSize == 0 && OutBufferSize == 0)
        return blocks.status;
    if (OutBufferSize < sizeof(ULONG)) {
        *BufferUsed = sizeof(ULONG);
        return STATUS_BUFFER_TOO_SMALL;
    }
    *(PULONG)Buffer = *(PUCHAR)Buffer * 2u;
    *BufferUsed = sizeof(ULONG);
    return blocks.status;
}

static NTSTATUS control(WDFWMIPROVIDER WmiProvider, WDF_WMI_PROVIDER_CONTROL Control,
                        BOOLEAN Enable)
{
    blocks.control = Control;
    blocks.was_enabled = WdfWmiProviderIsEnabled(WmiProvider, Control);
    if (Enable)
        blocks.enables++;
    else
        blocks.disables++;
    return blocks.status;
}

static NTSTATUS refuse_query(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize, PVOID OutBuffer,
                             PULONG BufferUsed)
{
    UNREFERENCED_PARAMETER(WmiInstance);
    UNREFERENCED_PARAMETER(OutBufferSize);
    UNREFERENCED_PARAMETER(OutBuffer);
    UNREFERENCED_PARAMETER(BufferUsed);
    return STATUS_DEVICE_BUSY;
}

static WDF_WMI_PROVIDER_CONFIG provider_of(const GUID *guid)
{
    WDF_WMI_PROVIDER_CONFIG config;
    WDF_WMI_PROVIDER_CONFIG_INIT(&config, guid);
    return config;
}

static WDFWMIPROVIDER create_provider(PWDF_WMI_PROVIDER_CONFIG config)
{
    WDFWMIPROVIDER provider;
    ck_status_eq(WdfWmiProviderCreate(wdf_device(), config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
                 STATUS_SUCCESS);
    return provider;
}

/* With all callbacks, registered. */
static WDF_WMI_INSTANCE_CONFIG instance_of(WDFWMIPROVIDER provider)
{
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&config, provider);
    config.Register = TRUE;
    config.EvtWmiInstanceQueryInstance = query;
    config.EvtWmiInstanceSetInstance = set_instance;
    config.EvtWmiInstanceSetItem = set_item;
    config.EvtWmiInstanceExecuteMethod = execute;
    return config;
}

static WDFWMIINSTANCE create_instance(PWDF_WMI_INSTANCE_CONFIG config)
{
    WDFWMIINSTANCE instance;
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), config, WDF_NO_OBJECT_ATTRIBUTES, &instance),
                 STATUS_SUCCESS);
    return instance;
}

/* One instance of `toast`, of that size or variable (0). */
static WDFWMIINSTANCE create_toast(ULONG minimum)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    config.MinInstanceBufferSize = minimum;
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    return create_instance(&instance);
}

static void setup(void)
{
    memset(&blocks, 0, sizeof(blocks));
    blocks.needs = sizeof(ULONG);
    start_bus(0);
}

static NTSTATUS get(ULONG index, ULONG *value, ULONG size, ULONG *used)
{
    return WdfuseInprocWmiGet(&toast, NULL, index, value, size, used);
}

/* ---- creating ---- */

/* S12.1, S12.2, S19.3 */
START_TEST(a_provider_that_makes_no_sense_is_refused)
{
    WDFWMIPROVIDER provider;
    WDF_OBJECT_ATTRIBUTES attributes;
    static const struct {
        ULONG flags;
        PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL evt;
        NTSTATUS status;
    } rows[] = {
        {8, NULL, STATUS_INVALID_PARAMETER},
        {WdfWmiProviderTracing | WdfWmiProviderExpensive, NULL, STATUS_INVALID_PARAMETER},
        {0, control, STATUS_INVALID_PARAMETER},
        {WdfWmiProviderEventOnly, control, STATUS_INVALID_PARAMETER},
        {WdfWmiProviderExpensive, control, STATUS_SUCCESS},
    };
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        config.Flags = rows[i].flags;
        config.EvtWmiProviderFunctionControl = rows[i].evt;
        provider = (WDFWMIPROVIDER)&provider;
        ck_status_eq(
            WdfWmiProviderCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
            rows[i].status);
        ck_assert((provider != NULL) == NT_SUCCESS(rows[i].status));
    }
    /* The last one was made: the GUID is taken. There is a handle all the same. */
    WDFWMIPROVIDER first = provider;
    ck_status_eq(WdfWmiProviderCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
                 STATUS_SUCCESS);
    ck_assert(provider != NULL && provider != first);
    ck_assert_ptr_eq(WdfWmiProviderGetDevice(provider), wdf_device());
    memset(&config.Guid, 0, sizeof(config.Guid));
    ck_status_eq(WdfWmiProviderCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
                 STATUS_INVALID_PARAMETER);
    config.Size--;
    ck_status_eq(WdfWmiProviderCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
                 STATUS_INFO_LENGTH_MISMATCH);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    ck_status_eq(WdfWmiProviderCreate(wdf_device(), &config, &attributes, &provider),
                 STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
}
END_TEST

typedef struct _LOAF {
    ULONG Slices;
    ULONG Crumbs;
} LOAF;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(LOAF, GetLoaf)

/* S12.3, S12.4, S19.5 */
START_TEST(an_instance_that_makes_no_sense_is_refused)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    config.Flags = WdfWmiProviderEventOnly;
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    WDFWMIINSTANCE made;
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance, WDF_NO_OBJECT_ATTRIBUTES, &made),
                 STATUS_INVALID_PARAMETER); /* callbacks of an event-only provider */
    instance.ProviderConfig = &config;
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance, WDF_NO_OBJECT_ATTRIBUTES, &made),
                 STATUS_INVALID_PARAMETER); /* both */
    instance.Size++;
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance, WDF_NO_OBJECT_ATTRIBUTES, &made),
                 STATUS_INFO_LENGTH_MISMATCH);

    config = provider_of(&bread);
    config.MinInstanceBufferSize = sizeof(LOAF) + 1;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&instance, &config);
    instance.UseContextForQuery = TRUE;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance, &attributes, &made),
                 STATUS_INVALID_PARAMETER); /* no context */
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, LOAF);
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance, &attributes, &made),
                 STATUS_BUFFER_TOO_SMALL);
    instance.EvtWmiInstanceSetItem = set_item;
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance, &attributes, &made),
                 STATUS_INVALID_PARAMETER);
    /* The provider of each attempt has gone again: the GUID is free. */
    (void)create_provider(&config);
}
END_TEST

/* S19.2 */
START_TEST(a_control_device_has_no_blocks)
{
    DECLARE_CONST_UNICODE_STRING(everybody, L"D:P(A;;GA;;;WD)");
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    WDFWMIPROVIDER provider;
    WDFDEVICE control_device;
    PWDFDEVICE_INIT init =
        WdfControlDeviceInitAllocate(WdfDeviceGetDriver(wdf_device()), &everybody);
    ck_status_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &control_device), STATUS_SUCCESS);
    ck_status_eq(WdfWmiProviderCreate(control_device, &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
                 STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDelete(control_device);
}
END_TEST

/* S19.1, S19.7 */
START_TEST(an_instance_knows_its_provider_and_both_their_device)
{
    WDFWMIINSTANCE instance = create_toast(0);
    WDFWMIPROVIDER provider = WdfWmiInstanceGetProvider(instance);
    ck_assert_ptr_eq(WdfWmiInstanceGetDevice(instance), wdf_device());
    ck_assert_ptr_eq(WdfWmiProviderGetDevice(provider), wdf_device());
    ck_assert_uint_eq(WdfWmiProviderGetTracingHandle(provider), 0);
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiControlInvalid));
}
END_TEST

/* ---- registering ---- */

/* S12.5, S12.6 */
START_TEST(instances_are_counted_in_the_order_of_their_registration)
{
    ULONG value, used;
    WDFWMIINSTANCE first = create_toast(0);
    WDF_WMI_INSTANCE_CONFIG config = instance_of(WdfWmiInstanceGetProvider(first));
    config.Register = FALSE;
    WDFWMIINSTANCE second = create_instance(&config);
    ck_status_eq(get(1, &value, sizeof(value), &used), STATUS_WMI_INSTANCE_NOT_FOUND);
    ck_status_eq(WdfWmiInstanceRegister(second), STATUS_SUCCESS);
    ck_status_eq(WdfWmiInstanceRegister(second), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(get(1, &value, sizeof(value), &used), STATUS_SUCCESS);
    ck_assert_ptr_eq(blocks.instance, second);
    WdfWmiInstanceDeregister(first);
    WdfWmiInstanceDeregister(first);
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_SUCCESS);
    ck_assert_ptr_eq(blocks.instance, second);
    WdfObjectDelete(second);
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_WMI_INSTANCE_NOT_FOUND);
    /* A tracing provider has no instance that is asked for. */
    WDF_WMI_PROVIDER_CONFIG tracing = provider_of(&bread);
    tracing.Flags = WdfWmiProviderTracing;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&config, create_provider(&tracing));
    ck_status_eq(WdfWmiInstanceRegister(create_instance(&config)), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S19.6: at once, of a device that works. */
START_TEST(a_registration_shows_while_the_device_works)
{
    WDFUSE_WMI_BLOCK listed[4];
    WDFWMIINSTANCE first = create_toast(0);
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 1);
    ck_assert_uint_eq(listed[0].Instances, 1);
    WdfWmiInstanceDeregister(first);
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 1);
    ck_assert_uint_eq(listed[0].Instances, 0);
    ck_status_eq(WdfWmiInstanceRegister(first), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 1);
    ck_assert_uint_eq(listed[0].Instances, 1);
}
END_TEST

/* S12.7, S19.8: only of a device that has started. */
START_TEST(blocks_are_listed_while_their_device_is_started)
{
    WDFUSE_WMI_BLOCK listed[4];
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 0);
    (void)create_toast(0);
    create_child(0);
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&bread);
    config.Flags = WdfWmiProviderExpensive;
    WDFWMIPROVIDER provider;
    ck_status_eq(WdfWmiProviderCreate(children[0], &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 1);
    ck_assert_str_eq(listed[0].Device, "test");
    ck_assert_uint_eq(listed[0].Instances, 1);
    ck_assert_uint_eq(listed[0].Flags, WMIREG_FLAG_INSTANCE_PDO);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 2);
    ck_assert_str_eq(listed[1].Device, "test.0");
    ck_assert_uint_eq(listed[1].Flags, WMIREG_FLAG_INSTANCE_PDO | WMIREG_FLAG_EXPENSIVE);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), 1);
}
END_TEST

static WDFWMIINSTANCE late_instance;
static NTSTATUS late_provider_status, late_instance_status;

static VOID flush(WDFDEVICE Device)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&nobody);
    WDFWMIPROVIDER provider;
    late_provider_status =
        WdfWmiProviderCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &provider);
    late_instance_status = WdfWmiInstanceRegister(late_instance);
}

static VOID hear_flush(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoFlush = flush;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

/* S19.4: of a device that is being removed. */
START_TEST(a_device_that_goes_gets_no_provider_and_still_instances)
{
    prepare_child_init = hear_flush;
    create_child(0);
    WDF_WMI_PROVIDER_CONFIG provider = provider_of(&bread);
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&config, &provider);
    ck_status_eq(
        WdfWmiInstanceCreate(children[0], &config, WDF_NO_OBJECT_ATTRIBUTES, &late_instance),
        STATUS_SUCCESS);
    late_provider_status = late_instance_status = STATUS_PENDING;
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(late_provider_status, STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(late_instance_status, STATUS_SUCCESS);
}
END_TEST

/* S19.9 */
START_TEST(a_device_says_once_where_its_blocks_are_described)
{
    DECLARE_CONST_UNICODE_STRING(name, L"ToasterMof");
    UNICODE_STRING odd = name;
    odd.Length = 3;
    create_child(0);
    ck_status_eq(WdfDeviceAssignMofResourceName(children[0], &odd), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceAssignMofResourceName(children[0], &name), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAssignMofResourceName(children[0], &name), STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDelete(children[0]);
}
END_TEST

/* ---- reading ---- */

/* S12.9, S15.72, S19.14, S19.16: a buffer that is one byte too small. */
START_TEST(who_has_too_little_room_is_told_how_much_it_takes)
{
    ULONG value = 77, used = 0;
    (void)create_toast(sizeof(ULONG));
    blocks.value = 5;
    ck_status_eq(get(0, &value, sizeof(value) - 1, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, sizeof(value));
    ck_assert_uint_eq(blocks.calls, 0); /* the driver is not asked */
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 5);
    ck_assert_uint_eq(used, sizeof(value));
}
END_TEST

/* S19.15: of variable size, with a buffer of a byte where there is none. */
START_TEST(an_instance_of_variable_size_says_what_it_needs)
{
    ULONG value = 77, used = 0;
    (void)create_toast(0);
    ck_status_eq(get(0, NULL, 0, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, sizeof(value));
    ck_assert_uint_eq(blocks.size, 1);
    ck_assert_ptr_nonnull(blocks.buffer);
    blocks.needs = 1; /* it fits into the byte, which nobody sees */
    ck_status_eq(get(0, NULL, 0, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, 1);
    blocks.needs = 4;
    ck_status_eq(get(0, &value, 3, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, 4);
    ck_assert_uint_eq(value, 77);
}
END_TEST

/* ---- all instances ---- */

static WDFUSE_WMI_PIECE pieces[4];
static ULONG piece_count, all_used;

static NTSTATUS get_all(PVOID buffer, ULONG size)
{
    memset(pieces, 0xff, sizeof(pieces));
    return WdfuseInprocWmiGetAll(&toast, NULL, buffer, size, pieces, RTL_NUMBER_OF(pieces),
                                 &piece_count, &all_used);
}

/* Two that are read, with one between them that is not. */
static void create_three(ULONG minimum)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    config.MinInstanceBufferSize = minimum;
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    WDF_WMI_INSTANCE_CONFIG unreadable = instance;
    unreadable.EvtWmiInstanceQueryInstance = NULL;
    (void)create_instance(&instance);
    (void)create_instance(&unreadable);
    (void)create_instance(&instance);
}

/* S19.13: each is aligned; one that can't be read has no data. */
START_TEST(all_instances_are_read_at_once)
{
    _Alignas(16) unsigned char buffer[20];
    create_three(0);
    blocks.value = 5;
    ck_status_eq(get_all(buffer, sizeof(buffer)), STATUS_SUCCESS);
    ck_assert(piece_count == 3 && all_used == 20 && blocks.calls == 2);
    ck_assert(pieces[0].Offset == 0 && pieces[0].Length == 4);
    ck_assert_uint_eq(pieces[1].Length, 0);
    ck_assert(pieces[2].Offset == 16 && pieces[2].Length == 4);
    ck_assert(*(PULONG)buffer == 5 && *(PULONG)(buffer + 16) == 5);
}
END_TEST

/* S19.13, S19.14: those behind one that is too large are asked all the same. */
START_TEST(a_buffer_for_all_instances_that_is_too_small_says_what_they_take)
{
    unsigned char buffer[19];
    create_three(0);
    ck_status_eq(get_all(buffer, sizeof(buffer)), STATUS_SUCCESS);
    ck_assert(all_used == 20 && blocks.calls == 2);
    ck_status_eq(get_all(NULL, 0), STATUS_SUCCESS);
    ck_assert(all_used == 20 && blocks.calls == 4);
}
END_TEST

/* S19.13: what they take at least is known without the driver. */
START_TEST(instances_of_a_fixed_size_are_not_asked_for_too_little)
{
    unsigned char buffer[36];
    create_three(sizeof(ULONG));
    ck_status_eq(get_all(buffer, 35), STATUS_SUCCESS);
    ck_assert(all_used == 36 && blocks.calls == 0);
    ck_status_eq(get_all(buffer, 36), STATUS_SUCCESS);
    ck_assert(all_used <= 36 && blocks.calls == 2);
}
END_TEST

/* S19.13: one failure is that of all. */
START_TEST(an_instance_that_fails_fails_them_all)
{
    unsigned char buffer[64];
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    ck_status_eq(get_all(buffer, sizeof(buffer)), STATUS_WMI_INSTANCE_NOT_FOUND);
    (void)create_instance(&instance);
    instance.EvtWmiInstanceQueryInstance = refuse_query;
    (void)create_instance(&instance);
    ck_status_eq(get_all(buffer, sizeof(buffer)), STATUS_DEVICE_BUSY);
    ck_assert(piece_count == 0 && all_used == 0 && blocks.calls == 1);
    ck_status_eq(
        WdfuseInprocWmiGetAll(&nobody, NULL, buffer, 64, pieces, 4, &piece_count, &all_used),
        STATUS_WMI_GUID_NOT_FOUND);
}
END_TEST

/* ---- a removal ---- */

static struct {
    _Atomic(bool) is_inside, has_left_d0, has_returned;
} removal;

static NTSTATUS note_d0_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    removal.has_left_d0 = true;
    return STATUS_SUCCESS;
}

/* Stays for a while after the removal has come near: it would be over by then. */
static NTSTATUS query_during_removal(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize,
                                     PVOID OutBuffer, PULONG BufferUsed)
{
    UNREFERENCED_PARAMETER(WmiInstance);
    removal.is_inside = true;
    eventually(removal.has_left_d0);
    uint64_t end = port_clock_deadline(5000000);
    while (port_clock_deadline(0) < end)
        sched_yield();
    removal.has_returned = true;
    *BufferUsed = OutBufferSize;
    memset(OutBuffer, 1, OutBufferSize);
    return STATUS_SUCCESS;
}

static void ask_in_thread(void *context)
{
    UNREFERENCED_PARAMETER(context);
    ULONG value = 0, used;
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 0x01010101);
}

static VOID want_d0_exit(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Exit = note_d0_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

/* S19.11 */
START_TEST(a_removal_waits_for_a_callback_and_lets_no_other_come)
{
    struct port_thread thread;
    ULONG value, used;
    bus_stop();
    memset(&removal, 0, sizeof(removal));
    prepare_init = want_d0_exit;
    start_bus(0);
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    instance.EvtWmiInstanceQueryInstance = query_during_removal;
    (void)create_instance(&instance);
    ck_assert_int_eq(port_thread_start(&thread, "program", ask_in_thread, NULL), 0);
    eventually(removal.is_inside);
    WdfuseInprocSurpriseRemove(device);
    ck_assert(removal.has_returned);
    port_thread_join(&thread);
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_WMI_GUID_NOT_FOUND);
}
END_TEST

/* S12.9 */
START_TEST(an_answer_that_makes_no_sense_is_a_failure)
{
    ULONG value, used;
    (void)create_toast(0);
    blocks.needs = 5; /* of 4 */
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_UNSUCCESSFUL);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "BufferUsed is 5, of 4"));
    blocks.status = STATUS_PENDING;
    blocks.needs = 4;
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_UNSUCCESSFUL);
    blocks.status = STATUS_DEVICE_BUSY; /* S19.23: any other one goes as it is */
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(used, 0);
}
END_TEST

/* S12.9, S19.12, S19.19 */
START_TEST(what_cannot_be_read_says_so)
{
    ULONG value, used = 9;
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    instance.EvtWmiInstanceQueryInstance = NULL;
    (void)create_instance(&instance);
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_SUCCESS); /* it has methods */
    ck_assert_uint_eq(used, 0);
    instance.EvtWmiInstanceExecuteMethod = NULL;
    (void)create_instance(&instance);
    ck_status_eq(get(1, &value, sizeof(value), &used), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfuseInprocWmiGet(&nobody, NULL, 0, &value, 4, &used), STATUS_WMI_GUID_NOT_FOUND);
    ck_status_eq(WdfuseInprocWmiGet(&toast, "other", 0, &value, 4, &used),
                 STATUS_WMI_GUID_NOT_FOUND);
}
END_TEST

/* S12.13 */
START_TEST(a_context_is_read_without_the_driver)
{
    LOAF loaf = {0, 0};
    ULONG used;
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&bread);
    WDF_WMI_INSTANCE_CONFIG instance_config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFWMIINSTANCE instance;
    config.MinInstanceBufferSize = 4;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&instance_config, &config);
    instance_config.UseContextForQuery = instance_config.Register = TRUE;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, LOAF);
    ck_status_eq(WdfWmiInstanceCreate(wdf_device(), &instance_config, &attributes, &instance),
                 STATUS_SUCCESS);
    GetLoaf(instance)->Slices = 12;
    ck_status_eq(WdfuseInprocWmiGet(&bread, "test", 0, &loaf, sizeof(loaf) - 1, &used),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(used, sizeof(loaf));
    ck_status_eq(WdfuseInprocWmiGet(&bread, "test", 0, &loaf, sizeof(loaf), &used), STATUS_SUCCESS);
    ck_assert_uint_eq(loaf.Slices, 12);
    ck_status_eq(WdfuseInprocWmiSet(&bread, "test", 0, &loaf, sizeof(loaf)), STATUS_WMI_READ_ONLY);
}
END_TEST

/* ---- writing, calling ---- */

/* S12.9, S15.72, S19.17 */
START_TEST(an_instance_is_written_whole_or_by_item)
{
    ULONG value = 3;
    (void)create_toast(sizeof(ULONG));
    ck_status_eq(WdfuseInprocWmiSet(&toast, NULL, 0, &value, 3), STATUS_WMI_SET_FAILURE);
    ck_assert_uint_eq(blocks.calls, 0);
    ck_status_eq(WdfuseInprocWmiSet(&toast, NULL, 0, &value, 4), STATUS_SUCCESS);
    ck_assert_uint_eq(blocks.value, 3);
    value = 4;
    ck_status_eq(WdfuseInprocWmiSetItem(&toast, NULL, 0, 1, &value, 4), STATUS_SUCCESS);
    ck_assert_uint_eq(blocks.value, 4);
    /* S12.12, S19.23: what the driver says. */
    ck_status_eq(WdfuseInprocWmiSetItem(&toast, NULL, 0, 2, &value, 4),
                 STATUS_WMI_ITEMID_NOT_FOUND);
    blocks.status = STATUS_BUFFER_TOO_SMALL;
    ck_status_eq(WdfuseInprocWmiSet(&toast, NULL, 0, &value, 4), STATUS_WMI_SET_FAILURE);
    ck_status_eq(WdfuseInprocWmiSetItem(&toast, NULL, 0, 1, &value, 4), STATUS_WMI_SET_FAILURE);
}
END_TEST

/* S12.9, S19.17 */
START_TEST(what_has_no_callback_is_read_only)
{
    ULONG value = 3, used;
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    instance.EvtWmiInstanceSetItem = NULL;
    (void)create_instance(&instance);
    /* EvtWmiInstanceSetInstance is not used for an item; without data it gets no buffer. */
    ck_status_eq(WdfuseInprocWmiSetItem(&toast, NULL, 0, 1, &value, 4), STATUS_WMI_READ_ONLY);
    ck_status_eq(WdfuseInprocWmiSet(&toast, NULL, 0, &value, 0), STATUS_SUCCESS);
    ck_assert_ptr_null(blocks.buffer);
    instance.EvtWmiInstanceSetInstance = NULL;
    instance.EvtWmiInstanceExecuteMethod = NULL;
    (void)create_instance(&instance);
    ck_status_eq(WdfuseInprocWmiSet(&toast, NULL, 1, &value, 4), STATUS_WMI_READ_ONLY);
    ck_status_eq(WdfuseInprocWmiExecute(&toast, NULL, 1, 1, &value, 4, 4, &used),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S12.8, S19.18 */
START_TEST(a_method_has_one_buffer_for_both_ways)
{
    ULONG value = 21, used = 0;
    (void)create_toast(0);
    ck_status_eq(WdfuseInprocWmiExecute(&toast, NULL, 0, 7, &value, 1, 4, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 42);
    ck_assert_uint_eq(used, 4);
    ck_assert_uint_eq(blocks.method, 7);
    ck_status_eq(WdfuseInprocWmiExecute(&toast, NULL, 0, 7, &value, 1, 3, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, 4);
    ck_status_eq(WdfuseInprocWmiExecute(&toast, NULL, 0, 7, &value, 0, 0, &used), STATUS_SUCCESS);
    ck_assert_ptr_null(blocks.buffer);
}
END_TEST

/* ---- events ---- */

static WDFWMIINSTANCE create_events(ULONG flags, PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL evt)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&bread);
    config.Flags = flags;
    config.EvtWmiProviderFunctionControl = evt;
    WDF_WMI_INSTANCE_CONFIG instance;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&instance, create_provider(&config));
    instance.Register = TRUE;
    return create_instance(&instance);
}

/* S12.11, S19.21 */
START_TEST(events_come_to_those_who_listen)
{
    WDFUSEWATCH one, another;
    WDFUSE_WMI_EVENT event;
    WDFWMIINSTANCE instance = create_events(WdfWmiProviderEventOnly, NULL);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 4, "lost"), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &one), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &another), STATUS_SUCCESS);
    ck_assert(WdfWmiProviderIsEnabled(WdfWmiInstanceGetProvider(instance), WdfWmiEventControl));
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, "toast"), STATUS_SUCCESS);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, NULL), STATUS_SUCCESS);
    ck_assert(WdfuseInprocWmiNextEvent(one, &event));
    ck_assert(event.Size == 5 && memcmp(event.Data, "toast", 5) == 0);
    ck_assert(IsEqualGUID(&event.Guid, &bread));
    ck_assert_str_eq(event.Device, "test");
    ck_assert_uint_eq(event.Index, 0);
    ck_assert(WdfuseInprocWmiNextEvent(one, &event));
    ck_assert_uint_eq(event.Size, 0);
    ck_assert(!WdfuseInprocWmiNextEvent(one, &event));
    ck_assert(WdfuseInprocWmiNextEvent(another, &event));
    /* One that is not registered is counted behind the last. */
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&config, WdfWmiInstanceGetProvider(instance));
    ck_status_eq(WdfWmiInstanceFireEvent(create_instance(&config), 0, NULL), STATUS_SUCCESS);
    ck_assert(WdfuseInprocWmiNextEvent(one, &event));
    ck_assert_uint_eq(event.Index, 1);
    WdfuseInprocWmiEndWatch(one);
    ck_assert(WdfWmiProviderIsEnabled(WdfWmiInstanceGetProvider(instance), WdfWmiEventControl));
    WdfuseInprocWmiEndWatch(another);
    ck_assert(!WdfWmiProviderIsEnabled(WdfWmiInstanceGetProvider(instance), WdfWmiEventControl));
}
END_TEST

/* S19.21 */
START_TEST(an_event_that_is_too_long_is_refused)
{
    static char data[WDFUSE_WMI_EVENT_SIZE + 1];
    WDFWMIINSTANCE instance = create_events(WdfWmiProviderEventOnly, NULL);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, sizeof(data) - 1, data), STATUS_SUCCESS);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, sizeof(data), data), STATUS_BUFFER_OVERFLOW);
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 1, data), STATUS_INVALID_DEVICE_REQUEST);
    irql_lower(before);
}
END_TEST

/* Nothing is lost silently: who does not take them hears how many there were. */
START_TEST(events_that_nobody_takes_are_counted)
{
    WDFUSEWATCH watch;
    WDFUSE_WMI_EVENT event;
    WDFWMIINSTANCE instance = create_events(WdfWmiProviderEventOnly, NULL);
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &watch), STATUS_SUCCESS);
    for (int i = 0; i < 1003; i++)
        ck_status_eq(WdfWmiInstanceFireEvent(instance, 0, NULL), STATUS_SUCCESS);
    ck_assert(WdfuseInprocWmiNextEvent(watch, &event));
    ck_assert_uint_eq(event.Lost, 0);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 0, NULL), STATUS_SUCCESS);
    ULONG lost = 0;
    for (int i = 0; i < 1000; i++) {
        ck_assert(WdfuseInprocWmiNextEvent(watch, &event));
        lost += event.Lost;
    }
    ck_assert_uint_eq(lost, 3);
    WdfuseInprocWmiEndWatch(watch);
}
END_TEST

/* S19.3, S19.5: an instance of a provider that nobody reaches is one nevertheless. */
START_TEST(a_block_whose_guid_is_taken_is_made_and_not_reached)
{
    WDFUSEWATCH watch;
    WDFWMIINSTANCE second = NULL;
    ULONG value = 0, used;
    create_toast(sizeof(ULONG));
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    config.Flags = WdfWmiProviderExpensive;
    config.EvtWmiProviderFunctionControl = control;
    WDF_WMI_INSTANCE_CONFIG instance;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&instance, &config);
    instance.Register = TRUE;
    instance.EvtWmiInstanceQueryInstance = refuse_query;
    listen_to_warnings();
    NTSTATUS status =
        WdfWmiInstanceCreate(wdf_device(), &instance, WDF_NO_OBJECT_ATTRIBUTES, &second);
    ck_assert(NT_SUCCESS(status));
    ck_assert_ptr_nonnull(second);
    ck_says("nobody reaches the second one (S19.3)");
    ck_assert_ptr_eq(WdfWmiInstanceGetDevice(second), wdf_device());
    blocks.value = 7;
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 7);
    ck_status_eq(WdfuseInprocWmiWatch(&toast, &watch), STATUS_SUCCESS);
    ck_assert_uint_eq(blocks.enables, 0);
    WdfuseInprocWmiEndWatch(watch);
    WdfObjectDelete(second);
}
END_TEST

/* S12.3: a provider that comes with its instance hears it as any other one. */
static WDFWMIINSTANCE create_both(void)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&bread);
    config.Flags = WdfWmiProviderExpensive;
    config.EvtWmiProviderFunctionControl = control;
    WDF_WMI_INSTANCE_CONFIG instance;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&instance, &config);
    instance.Register = TRUE;
    return create_instance(&instance);
}

START_TEST(a_provider_that_comes_with_its_instance_hears_who_listens)
{
    WDFUSEWATCH watch;
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &watch), STATUS_SUCCESS);
    (void)create_both();
    ck_assert_uint_eq(blocks.enables, 1);
    WdfuseInprocWmiEndWatch(watch);
    ck_assert_uint_eq(blocks.disables, 1);
}
END_TEST

START_TEST(a_provider_that_comes_above_passive_level_hears_who_listens)
{
    WDFUSEWATCH watch;
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &watch), STATUS_SUCCESS);
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    (void)create_both();
    irql_lower(before);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(blocks.enables, 1);
    WdfuseInprocWmiEndWatch(watch);
}
END_TEST

static void await_blocks(ULONG count)
{
    WDFUSE_WMI_BLOCK listed[4];
    for (unsigned i = 0; i < 10000 && WdfuseInprocWmiList(listed, 4) != count; i++)
        usleep(1000);
    ck_assert_uint_eq(WdfuseInprocWmiList(listed, 4), count);
}

/* The second one that hears it removes the first. */
static NTSTATUS remove_first(WDFWMIPROVIDER WmiProvider, WDF_WMI_PROVIDER_CONTROL Control,
                             BOOLEAN Enable)
{
    (void)control(WmiProvider, Control, Enable);
    if (Enable && WdfWmiProviderGetDevice(WmiProvider) == children[1]) {
        ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
        await_blocks(2);
    }
    return STATUS_SUCCESS;
}

/* S12.10 */
START_TEST(all_providers_hear_it_when_one_goes_meanwhile)
{
    WDFUSEWATCH watch;
    WDFWMIPROVIDER provider;
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&bread);
    config.Flags = WdfWmiProviderExpensive;
    config.EvtWmiProviderFunctionControl = remove_first;
    for (unsigned i = 0; i < 3; i++) {
        create_child(i);
        ck_status_eq(
            WdfWmiProviderCreate(children[i], &config, WDF_NO_OBJECT_ATTRIBUTES, &provider),
            STATUS_SUCCESS);
        ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[i]), STATUS_SUCCESS);
        WdfuseInprocWaitForWorkers();
    }
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &watch), STATUS_SUCCESS);
    ck_assert_uint_eq(blocks.enables, 3);
    WdfuseInprocWmiEndWatch(watch);
}
END_TEST

/* S12.10, S19.20: by the first who listens, off by the last. */
START_TEST(the_driver_hears_when_somebody_listens)
{
    WDFUSEWATCH early, one, another;
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &early), STATUS_SUCCESS);
    WDFWMIINSTANCE instance = create_events(WdfWmiProviderExpensive, control);
    WDFWMIPROVIDER provider = WdfWmiInstanceGetProvider(instance);
    ck_assert_uint_eq(blocks.enables, 1); /* somebody has listened before it came */
    ck_assert(blocks.was_enabled);
    ck_assert_int_eq(blocks.control, WdfWmiEventControl);
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &one), STATUS_SUCCESS);
    WdfuseInprocWmiEndWatch(early);
    ck_assert_uint_eq(blocks.enables, 1);
    ck_assert_uint_eq(blocks.disables, 0);
    WdfuseInprocWmiEndWatch(one);
    ck_assert_uint_eq(blocks.disables, 1);
    ck_assert(!blocks.was_enabled);
    blocks.status = STATUS_DEVICE_BUSY;
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &another), STATUS_SUCCESS);
    ck_assert_uint_eq(blocks.enables, 2);
    ck_assert(blocks.was_enabled);
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    WdfuseInprocWmiEndWatch(another);
    ck_assert_uint_eq(blocks.disables, 1); /* it has refused to begin */
}
END_TEST

/* S12.10, S19.20: collection is switched for expensive providers alone. */
START_TEST(an_expensive_provider_hears_when_somebody_reads)
{
    ULONG value, used;
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&toast);
    config.Flags = WdfWmiProviderExpensive;
    config.EvtWmiProviderFunctionControl = control;
    WDF_WMI_INSTANCE_CONFIG instance = instance_of(create_provider(&config));
    (void)create_instance(&instance);
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_SUCCESS);
    ck_assert_int_eq(blocks.control, WdfWmiInstanceControl);
    ck_assert_uint_eq(blocks.enables, 1);
    ck_assert_uint_eq(blocks.disables, 1);
    blocks.status = STATUS_DEVICE_BUSY;
    blocks.calls = 0;
    ck_status_eq(get(0, &value, sizeof(value), &used), STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(blocks.calls, 0);
    ck_assert_uint_eq(blocks.enables, 2);
    ck_assert_uint_eq(blocks.disables, 1); /* it has refused to begin */
}
END_TEST

/* S19.7 */
START_TEST(a_tracing_provider_has_the_handle_of_the_last_switch)
{
    WDF_WMI_PROVIDER_CONFIG config = provider_of(&bread);
    config.Flags = WdfWmiProviderTracing;
    config.EvtWmiProviderFunctionControl = control;
    WDFWMIPROVIDER provider = create_provider(&config);
    ck_status_eq(WdfuseInprocWmiTrace(&nobody, 1, TRUE), STATUS_WMI_GUID_NOT_FOUND);
    ck_status_eq(WdfuseInprocWmiTrace(&bread, 99, TRUE), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfWmiProviderGetTracingHandle(provider), 99);
    ck_assert(WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    ck_status_eq(WdfuseInprocWmiTrace(&bread, 98, FALSE), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfWmiProviderGetTracingHandle(provider), 98);
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    blocks.status = STATUS_DEVICE_BUSY;
    ck_status_eq(WdfuseInprocWmiTrace(&bread, 97, TRUE), STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(WdfWmiProviderGetTracingHandle(provider), 0);
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
}
END_TEST

/* ---- drivers that listen to drivers ---- */

static unsigned heard;
static ULONG heard_provider;

static VOID hear(PVOID Wnode, PVOID Context)
{
    PWNODE_SINGLE_INSTANCE node = Wnode;
    ck_assert_ptr_eq(Context, &heard);
    ck_assert(IsEqualGUID(&node->WnodeHeader.Guid, &bread));
    ck_assert_uint_eq(node->WnodeHeader.Flags, WNODE_FLAG_SINGLE_INSTANCE | WNODE_FLAG_EVENT_ITEM |
                                                   WNODE_FLAG_STATIC_INSTANCE_NAMES);
    ck_assert_uint_eq(node->SizeDataBlock, 5);
    ck_assert(memcmp((PUCHAR)Wnode + node->DataBlockOffset, "toast", 5) == 0);
    heard_provider = node->WnodeHeader.ProviderId;
    heard++;
}

/* As Microsoft's toastmon does. */
START_TEST(a_driver_listens_to_another_ones_events)
{
    PVOID block;
    heard = 0;
    WDFWMIINSTANCE instance = create_events(WdfWmiProviderEventOnly, NULL);
    ck_status_eq(IoWMIOpenBlock(&bread, WMIGUID_QUERY, &block), STATUS_NOT_SUPPORTED);
    ck_status_eq(IoWMIOpenBlock(&bread, WMIGUID_NOTIFICATION, &block), STATUS_SUCCESS);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, "toast"), STATUS_SUCCESS);
    ck_status_eq(IoWMISetNotificationCallback(block, hear, &heard), STATUS_SUCCESS);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, "toast"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard, 2);
    ck_assert_uint_eq(heard_provider,
                      IoWMIDeviceObjectToProviderId(WdfDeviceWdmGetDeviceObject(wdf_device())));
    ObDereferenceObject(block);
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, "toast"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard, 2);
}
END_TEST

static PVOID closed_block;

static VOID close_twice(PVOID Wnode, PVOID Context)
{
    UNREFERENCED_PARAMETER(Wnode);
    UNREFERENCED_PARAMETER(Context);
    heard++;
    wmi_forget_driver(device_from_handle(wdf_device())->init.driver); /* as its unload does */
    ObDereferenceObject(closed_block);
}

/* One that is forgotten goes with the driver, which is told so; and goes once. */
START_TEST(a_block_is_closed_once)
{
    heard = 0;
    WDFWMIINSTANCE instance = create_events(WdfWmiProviderEventOnly, NULL);
    ck_status_eq(IoWMIOpenBlock(&bread, WMIGUID_NOTIFICATION, &closed_block), STATUS_SUCCESS);
    ck_status_eq(IoWMISetNotificationCallback(closed_block, close_twice, NULL), STATUS_SUCCESS);
    listen_to_warnings();
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, "toast"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    log_set_sink(NULL);
    ck_says("driver test: it has not closed a WMI block that it has opened");
    ck_status_eq(WdfWmiInstanceFireEvent(instance, 5, "toast"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard, 1);
}
END_TEST

/* As Microsoft's toaster does. */
START_TEST(a_driver_writes_an_event_itself)
{
    const ULONG size = sizeof(WNODE_SINGLE_INSTANCE) + 8;
    PWNODE_SINGLE_INSTANCE node = ExAllocatePoolWithTag(NonPagedPoolNx, size, 'tset');
    WDFUSEWATCH watch;
    WDFUSE_WMI_EVENT event;
    memset(node, 0, size);
    node->WnodeHeader.BufferSize = size;
    node->WnodeHeader.ProviderId =
        IoWMIDeviceObjectToProviderId(WdfDeviceWdmGetDeviceObject(wdf_device()));
    node->WnodeHeader.Guid = bread;
    node->WnodeHeader.Flags = WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_SINGLE_INSTANCE;
    node->InstanceIndex = 3;
    node->DataBlockOffset = sizeof(WNODE_SINGLE_INSTANCE);
    node->SizeDataBlock = 9;
    ck_status_eq(WdfuseInprocWmiWatch(&bread, &watch), STATUS_SUCCESS);
    ck_status_eq(IoWMIWriteEvent(node), STATUS_INVALID_PARAMETER); /* a byte behind the end */
    node->SizeDataBlock = 8;
    node->WnodeHeader.ProviderId += 1000;
    ck_status_eq(IoWMIWriteEvent(node), STATUS_UNSUCCESSFUL);
    node->WnodeHeader.ProviderId -= 1000;
    memcpy((PUCHAR)node + node->DataBlockOffset, "toasted", 8);
    ck_status_eq(IoWMIWriteEvent(node), STATUS_SUCCESS); /* which frees it */
    ck_assert(WdfuseInprocWmiNextEvent(watch, &event));
    ck_assert_str_eq((PSTR)event.Data, "toasted");
    ck_assert_uint_eq(event.Index, 3);
    ck_assert_str_eq(event.Device, "test");
    WdfuseInprocWmiEndWatch(watch);
}
END_TEST

static Suite *wmi_suite(void)
{
    Suite *suite = suite_create("wmi");
    TCase *tests = tcase_create("wmi");
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_add_test(tests, a_provider_that_makes_no_sense_is_refused);
    tcase_add_test(tests, an_instance_that_makes_no_sense_is_refused);
    tcase_add_test(tests, a_control_device_has_no_blocks);
    tcase_add_test(tests, an_instance_knows_its_provider_and_both_their_device);
    tcase_add_test(tests, instances_are_counted_in_the_order_of_their_registration);
    tcase_add_test(tests, a_registration_shows_while_the_device_works);
    tcase_add_test(tests, blocks_are_listed_while_their_device_is_started);
    tcase_add_test(tests, a_device_that_goes_gets_no_provider_and_still_instances);
    tcase_add_test(tests, a_device_says_once_where_its_blocks_are_described);
    tcase_add_test(tests, who_has_too_little_room_is_told_how_much_it_takes);
    tcase_add_test(tests, an_instance_of_variable_size_says_what_it_needs);
    tcase_add_test(tests, all_instances_are_read_at_once);
    tcase_add_test(tests, a_buffer_for_all_instances_that_is_too_small_says_what_they_take);
    tcase_add_test(tests, instances_of_a_fixed_size_are_not_asked_for_too_little);
    tcase_add_test(tests, an_instance_that_fails_fails_them_all);
    tcase_add_test(tests, a_removal_waits_for_a_callback_and_lets_no_other_come);
    tcase_add_test(tests, an_answer_that_makes_no_sense_is_a_failure);
    tcase_add_test(tests, what_cannot_be_read_says_so);
    tcase_add_test(tests, a_context_is_read_without_the_driver);
    tcase_add_test(tests, an_instance_is_written_whole_or_by_item);
    tcase_add_test(tests, what_has_no_callback_is_read_only);
    tcase_add_test(tests, a_method_has_one_buffer_for_both_ways);
    tcase_add_test(tests, events_come_to_those_who_listen);
    tcase_add_test(tests, an_event_that_is_too_long_is_refused);
    tcase_add_test(tests, events_that_nobody_takes_are_counted);
    tcase_add_test(tests, the_driver_hears_when_somebody_listens);
    tcase_add_test(tests, all_providers_hear_it_when_one_goes_meanwhile);
    tcase_add_test(tests, a_block_whose_guid_is_taken_is_made_and_not_reached);
    tcase_add_test(tests, a_provider_that_comes_with_its_instance_hears_who_listens);
    tcase_add_test(tests, a_provider_that_comes_above_passive_level_hears_who_listens);
    tcase_add_test(tests, an_expensive_provider_hears_when_somebody_reads);
    tcase_add_test(tests, a_tracing_provider_has_the_handle_of_the_last_switch);
    tcase_add_test(tests, a_driver_listens_to_another_ones_events);
    tcase_add_test(tests, a_driver_writes_an_event_itself);
    tcase_add_test(tests, a_block_is_closed_once);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(wmi_suite());
}
