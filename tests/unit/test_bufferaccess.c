/* Every call that gives a driver its data, for every kind of request and every way in which data
 * travel (S8.13, S8.17, S8.18, S8.19): one table. */
#include <fcntl.h>
#include <linux/ioctl.h>
#include <string.h>

#include <wdfuse/deviceinit.h>

#include "holding.h"
#include "unit.h"

#define IDR STATUS_INVALID_DEVICE_REQUEST
#define BTS STATUS_BUFFER_TOO_SMALL
#define PAR STATUS_INVALID_PARAMETER
#define OK  STATUS_SUCCESS

enum call {
    INPUT_BUFFER,
    OUTPUT_BUFFER,
    INPUT_MEMORY,
    OUTPUT_MEMORY,
    INPUT_MDL,
    OUTPUT_MDL,
    INPUT_UNSAFE,
    OUTPUT_UNSAFE,
    LOCK_FOR_READ,
    LOCK_FOR_WRITE,
    CALLS,
};

enum kind { READ, WRITE, CONTROL, NATIVE };

#define CONTROL_CODE(method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, method, FILE_ANY_ACCESS)

static const struct {
    enum kind kind;
    /* For reads and writes the device's I/O type, for controls the METHOD, for ioctls the code */
    ULONG way;
    size_t input_length, output_length;
    /* Buffer, memory, MDL, unsafe, lock: input and output of each; nothing required */
    NTSTATUS expected[CALLS];
} cases[] = {
    /* clang-format off */
    {READ, WdfDeviceIoBuffered, 0, 0,    {IDR, BTS, IDR, BTS, IDR, BTS, IDR, IDR, OK, OK}},
    {READ, WdfDeviceIoBuffered, 0, 8,    {IDR, OK,  IDR, OK,  IDR, OK,  IDR, IDR, OK, OK}},
    {READ, WdfDeviceIoDirect, 0, 0,      {IDR, BTS, IDR, BTS, IDR, BTS, IDR, IDR, OK, OK}},
    {READ, WdfDeviceIoDirect, 0, 8,      {IDR, OK,  IDR, OK,  IDR, OK,  IDR, IDR, OK, OK}},
    {READ, WdfDeviceIoNeither, 0, 0,     {IDR, BTS, IDR, BTS, IDR, IDR, IDR, OK, OK, OK}},
    {READ, WdfDeviceIoNeither, 0, 8,     {IDR, IDR, IDR, IDR, IDR, IDR, IDR, OK, OK, OK}},
    {WRITE, WdfDeviceIoBuffered, 0, 0,   {BTS, IDR, BTS, IDR, BTS, IDR, IDR, IDR, OK, OK}},
    {WRITE, WdfDeviceIoBuffered, 8, 0,   {OK,  IDR, OK,  IDR, OK,  IDR, IDR, IDR, OK, OK}},
    {WRITE, WdfDeviceIoDirect, 0, 0,     {BTS, IDR, BTS, IDR, BTS, IDR, IDR, IDR, OK, OK}},
    {WRITE, WdfDeviceIoDirect, 8, 0,     {OK,  IDR, OK,  IDR, OK,  IDR, IDR, IDR, OK, OK}},
    {WRITE, WdfDeviceIoDirect, 65536, 0, {OK,  IDR, OK,  IDR, OK,  IDR, IDR, IDR, OK, OK}},
    {WRITE, WdfDeviceIoNeither, 0, 0,    {BTS, IDR, BTS, IDR, IDR, IDR, OK,  IDR, OK, OK}},
    {WRITE, WdfDeviceIoNeither, 8, 0,    {IDR, IDR, IDR, IDR, IDR, IDR, OK,  IDR, OK, OK}},
    {CONTROL, METHOD_BUFFERED, 0, 0,     {BTS, BTS, BTS, BTS, BTS, BTS, IDR, IDR, OK, OK}},
    {CONTROL, METHOD_BUFFERED, 8, 0,     {OK,  BTS, OK,  BTS, OK,  BTS, IDR, IDR, OK, OK}},
    {CONTROL, METHOD_BUFFERED, 0, 8,     {BTS, OK,  BTS, OK,  BTS, OK,  IDR, IDR, OK, OK}},
    {CONTROL, METHOD_BUFFERED, 8, 8,     {OK,  OK,  OK,  OK,  OK,  OK,  IDR, IDR, OK, OK}},
    {CONTROL, METHOD_IN_DIRECT, 0, 0,    {BTS, BTS, BTS, BTS, BTS, BTS, IDR, IDR, OK, OK}},
    {CONTROL, METHOD_IN_DIRECT, 8, 0,    {OK,  BTS, OK,  BTS, OK,  BTS, IDR, IDR, OK, OK}},
    {CONTROL, METHOD_IN_DIRECT, 0, 8,    {BTS, OK,  BTS, OK,  BTS, OK,  IDR, IDR, OK, OK}},
    {CONTROL, METHOD_IN_DIRECT, 8, 8,    {OK,  OK,  OK,  OK,  OK,  OK,  IDR, IDR, OK, OK}},
    {CONTROL, METHOD_OUT_DIRECT, 0, 0,   {BTS, BTS, BTS, BTS, BTS, BTS, IDR, IDR, OK, OK}},
    {CONTROL, METHOD_OUT_DIRECT, 8, 0,   {OK,  BTS, OK,  BTS, OK,  BTS, IDR, IDR, OK, OK}},
    {CONTROL, METHOD_OUT_DIRECT, 0, 8,   {BTS, OK,  BTS, OK,  BTS, OK,  IDR, IDR, OK, OK}},
    {CONTROL, METHOD_OUT_DIRECT, 8, 8,   {OK,  OK,  OK,  OK,  OK,  OK,  IDR, IDR, OK, OK}},
    {CONTROL, METHOD_NEITHER, 0, 0,      {BTS, BTS, BTS, BTS, IDR, IDR, OK,  OK, OK, OK}}, /* S15.51 */
    {CONTROL, METHOD_NEITHER, 8, 0,      {IDR, BTS, IDR, BTS, IDR, IDR, OK,  OK, OK, OK}},
    {CONTROL, METHOD_NEITHER, 0, 8,      {BTS, IDR, BTS, IDR, IDR, IDR, OK,  OK, OK, OK}},
    {CONTROL, METHOD_NEITHER, 8, 8,      {IDR, IDR, IDR, IDR, IDR, IDR, OK,  OK, OK, OK}},
    /* The lowest bits of a Linux code are not a METHOD. */
    {NATIVE, _IO('E', 3), 0, 0,          {BTS, BTS, BTS, BTS, IDR, IDR, OK,  OK, OK, OK}},
    {NATIVE, _IO('E', 0), 0, 0,          {BTS, BTS, BTS, BTS, IDR, IDR, OK,  OK, OK, OK}},
    {NATIVE, _IOW('E', 3, UINT64), 8, 0, {OK,  BTS, OK,  BTS, OK,  BTS, IDR, IDR, OK, OK}},
    {NATIVE, _IOR('E', 3, UINT64), 0, 8, {BTS, OK,  BTS, OK,  BTS, OK,  IDR, IDR, OK, OK}},
    {NATIVE, _IOWR('E', 3, UINT64), 8, 8,{OK,  OK,  OK,  OK,  OK,  OK,  IDR, IDR, OK, OK}},
    /* clang-format on */
};

static unsigned char sent[65536], received[65536];
static unsigned char beside[16] = "beside the data";

/* The results of the calls in EvtIoInCallerContext. */
static struct {
    NTSTATUS status[CALLS];
    PVOID address[CALLS];
    size_t length[CALLS];
    BOOLEAN is_read_only[2]; /* the memories */
} got;

static void call_memory(WDFREQUEST request, enum call call,
                        NTSTATUS (*retrieve_memory)(WDFREQUEST Request, WDFMEMORY *Memory))
{
    WDFMEMORY memory;
    got.status[call] = retrieve_memory(request, &memory);
    if (!NT_SUCCESS(got.status[call]))
        return;
    got.address[call] = WdfMemoryGetBuffer(memory, &got.length[call]);
    unsigned char byte = *(unsigned char *)got.address[call];
    got.is_read_only[call - INPUT_MEMORY] =
        WdfMemoryCopyFromBuffer(memory, 0, &byte, 1) == STATUS_ACCESS_VIOLATION;
}

static void call_mdl(WDFREQUEST request, enum call call,
                     NTSTATUS (*retrieve_mdl)(WDFREQUEST Request, PMDL *Mdl))
{
    PMDL mdl = (PMDL)sent;
    got.status[call] = retrieve_mdl(request, &mdl);
    if (!NT_SUCCESS(got.status[call])) {
        ck_assert_ptr_null(mdl); /* S8.5 */
        return;
    }
    got.address[call] = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority | MdlMappingNoExecute);
    got.length[call] = MmGetMdlByteCount(mdl);
    ck_assert_ptr_eq(MmGetMdlVirtualAddress(mdl), got.address[call]);
    ck_assert_uint_eq(MmGetMdlByteOffset(mdl), BYTE_OFFSET(got.address[call]));
}

/* What an unsafe call has returned; for calls that return nothing to lock, other memory of the
 * client. */
static void call_lock(WDFREQUEST request, enum call call, enum call unsafe,
                      NTSTATUS (*probe_and_lock)(WDFREQUEST Request, PVOID Buffer, size_t Length,
                                                 WDFMEMORY *MemoryObject))
{
    bool is_shown = NT_SUCCESS(got.status[unsafe]) && got.length[unsafe] > 0;
    PVOID address = is_shown ? got.address[unsafe] : beside;
    size_t length = is_shown ? got.length[unsafe] : sizeof(beside);
    WDFMEMORY memory = NULL;
    got.status[call] = probe_and_lock(request, address, length, &memory);
    if (!NT_SUCCESS(got.status[call]))
        return;
    got.address[call] = WdfMemoryGetBuffer(memory, &got.length[call]);
    ck_assert_mem_eq(got.address[call], address, length);
}

static void make_calls(WDFREQUEST request)
{
    memset(&got, 0, sizeof(got));
    got.status[INPUT_BUFFER] = WdfRequestRetrieveInputBuffer(request, 0, &got.address[INPUT_BUFFER],
                                                             &got.length[INPUT_BUFFER]);
    got.status[OUTPUT_BUFFER] = WdfRequestRetrieveOutputBuffer(
        request, 0, &got.address[OUTPUT_BUFFER], &got.length[OUTPUT_BUFFER]);
    call_memory(request, INPUT_MEMORY, WdfRequestRetrieveInputMemory);
    call_memory(request, OUTPUT_MEMORY, WdfRequestRetrieveOutputMemory);
    call_mdl(request, INPUT_MDL, WdfRequestRetrieveInputWdmMdl);
    call_mdl(request, OUTPUT_MDL, WdfRequestRetrieveOutputWdmMdl);
    got.status[INPUT_UNSAFE] = WdfRequestRetrieveUnsafeUserInputBuffer(
        request, 0, &got.address[INPUT_UNSAFE], &got.length[INPUT_UNSAFE]);
    got.status[OUTPUT_UNSAFE] = WdfRequestRetrieveUnsafeUserOutputBuffer(
        request, 0, &got.address[OUTPUT_UNSAFE], &got.length[OUTPUT_UNSAFE]);
    call_lock(request, LOCK_FOR_READ, INPUT_UNSAFE, WdfRequestProbeAndLockUserBufferForRead);
    call_lock(request, LOCK_FOR_WRITE, OUTPUT_UNSAFE, WdfRequestProbeAndLockUserBufferForWrite);
}

static VOID examine(WDFDEVICE Device, WDFREQUEST Request)
{
    make_calls(Request);
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static WDF_DEVICE_IO_TYPE io_type;

static VOID describe_device(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoType(DeviceInit, io_type);
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, examine);
}

static void start_for(int index)
{
    bool is_transfer = cases[index].kind == READ || cases[index].kind == WRITE;
    io_type = is_transfer ? (WDF_DEVICE_IO_TYPE)cases[index].way : WdfDeviceIoBuffered;
    prepare_init = describe_device;
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.AllowZeroLengthRequests = TRUE;
    start_device();
}

static WDFUSEIO begin_case(int index)
{
    size_t input_length = cases[index].input_length, output_length = cases[index].output_length;
    WDFUSEFILE file = open_file();
    for (size_t i = 0; i < sizeof(sent); i++)
        sent[i] = (unsigned char)(i * 7 + 1);
    memset(received, '.', sizeof(received));
    switch (cases[index].kind) {
    case READ:
        return remember(WdfuseInprocBeginRead(file, received, output_length));
    case WRITE:
        return remember(WdfuseInprocBeginWrite(file, sent, input_length));
    case CONTROL:
        return remember(WdfuseInprocBeginIoctl(file, CONTROL_CODE(cases[index].way), sent,
                                               input_length, received, output_length));
    default:
        return remember(WdfuseInprocBeginNativeIoctl(file, cases[index].way, sent));
    }
}

static const char *const call_names[CALLS] = {
    "input buffer", "output buffer", "input memory",  "output memory", "input MDL",
    "output MDL",   "unsafe input",  "unsafe output", "lock for read", "lock for write",
};

static size_t expected_length(int index, enum call call)
{
    size_t length = call % 2 == 0 ? cases[index].input_length : cases[index].output_length;
    bool is_shown = length > 0 &&
                    NT_SUCCESS(cases[index].expected[call % 2 == 0 ? INPUT_UNSAFE : OUTPUT_UNSAFE]);
    return call < LOCK_FOR_READ || is_shown ? length : sizeof(beside);
}

static void check_calls(int index, bool in_callback)
{
    for (enum call call = 0; call < CALLS; call++) {
        NTSTATUS expected = cases[index].expected[call];
        if (!in_callback && call >= INPUT_UNSAFE)
            expected = call < LOCK_FOR_READ ? IDR : STATUS_ACCESS_VIOLATION;
        ck_assert_msg(got.status[call] == expected, "case %d, %s: 0x%08X, not 0x%08X", index,
                      call_names[call], (unsigned)got.status[call], (unsigned)expected);
        if (NT_SUCCESS(expected))
            ck_assert_msg(got.length[call] == expected_length(index, call),
                          "case %d, %s: length %zu", index, call_names[call], got.length[call]);
        else if (call != INPUT_MEMORY && call != OUTPUT_MEMORY)
            ck_assert_msg(got.address[call] == NULL && got.length[call] == 0,
                          "case %d, %s: not cleared", index, call_names[call]); /* S8.5 */
    }
}

/* S8.6, S8.8, S8.10, S8.13, S8.17, S8.18, S8.19, S15.50, S15.51 */
START_TEST(each_call_answers_as_kind_and_method_say_in_the_callers_context)
{
    start_for(_i);
    begin_case(_i);
    check_calls(_i, true);
}
END_TEST

/* S8.18, S8.19: later everything is the same, except for the unsafe calls and the locks. */
START_TEST(each_call_answers_the_same_in_the_queues_callback)
{
    start_for(_i);
    begin_case(_i);
    make_calls(held());
    check_calls(_i, false);
}
END_TEST

/* S8.11, S8.17: buffer, memory and MDL are the same bytes. */
START_TEST(all_calls_show_the_same_bytes)
{
    start_for(_i);
    begin_case(_i);
    for (enum call call = INPUT_MEMORY; call <= OUTPUT_MDL; call++) {
        if (NT_SUCCESS(got.status[call]))
            ck_assert_ptr_eq(got.address[call], got.address[call % 2]);
    }
}
END_TEST

/* S8.13: the client's input is there. */
START_TEST(the_input_is_what_the_client_sent)
{
    start_for(_i);
    begin_case(_i);
    if (NT_SUCCESS(got.status[INPUT_BUFFER]))
        ck_assert_mem_eq(got.address[INPUT_BUFFER], sent, cases[_i].input_length);
}
END_TEST

static unsigned method_of(int index)
{
    return cases[index].kind == CONTROL ? (unsigned)cases[index].way : METHOD_BUFFERED;
}

/* S8.13 to S8.15: one buffer with METHOD_BUFFERED, two otherwise. */
START_TEST(input_and_output_share_a_buffer_only_with_method_buffered)
{
    start_for(_i);
    begin_case(_i);
    if (!NT_SUCCESS(got.status[INPUT_BUFFER]) || !NT_SUCCESS(got.status[OUTPUT_BUFFER]))
        return;
    unsigned char *in = got.address[INPUT_BUFFER], *out = got.address[OUTPUT_BUFFER];
    if (method_of(_i) == METHOD_BUFFERED)
        ck_assert_ptr_eq(in, out);
    else
        ck_assert(out >= in + cases[_i].input_length || in >= out + cases[_i].output_length);
}
END_TEST

/* S8.16, S15.52 */
START_TEST(what_flows_into_the_device_is_read_only)
{
    start_for(_i);
    begin_case(_i);
    unsigned method = method_of(_i);
    bool input_is =
        cases[_i].kind == WRITE || method == METHOD_IN_DIRECT || method == METHOD_OUT_DIRECT;
    if (NT_SUCCESS(got.status[INPUT_MEMORY]))
        ck_assert_int_eq(got.is_read_only[0], input_is);
    if (NT_SUCCESS(got.status[OUTPUT_MEMORY]))
        ck_assert_int_eq(got.is_read_only[1], method == METHOD_IN_DIRECT);
}
END_TEST

/* S8.13, S7.6: what the driver writes reaches the client, except where that buffer is data for the
 * device. */
START_TEST(the_output_reaches_the_client)
{
    start_for(_i);
    WDFUSEIO io = begin_case(_i);
    bool has_output = NT_SUCCESS(got.status[OUTPUT_BUFFER]);
    if (has_output)
        memset(got.address[OUTPUT_BUFFER], 'x', cases[_i].output_length);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, has_output ? 5 : 0);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), has_output ? 5 : 0);
    if (!has_output)
        return;
    const unsigned char *where = cases[_i].kind == NATIVE ? sent : received;
    const char *expected = method_of(_i) == METHOD_IN_DIRECT ? "....." : "xxxxx";
    ck_assert_mem_eq(where, expected, 5);
}
END_TEST

/* ---- particular cases ---- */

static void start_with_type(WDF_DEVICE_IO_TYPE type)
{
    io_type = type;
    prepare_init = describe_device;
    start_queue(WdfIoQueueDispatchParallel);
}

/* S8.13: METHOD_IN_DIRECT carries the output buffer's bytes to the device. */
START_TEST(the_output_buffer_of_in_direct_holds_the_clients_data)
{
    start_with_type(WdfDeviceIoBuffered);
    memcpy(received, "data for the device", 20);
    remember(
        WdfuseInprocBeginIoctl(open_file(), CONTROL_CODE(METHOD_IN_DIRECT), "in", 3, received, 20));
    ck_assert_str_eq(got.address[OUTPUT_BUFFER], "data for the device");
    ck_assert_str_eq(got.address[INPUT_BUFFER], "in");
}
END_TEST

/* S8.15 does not hold here: the driver does not see what the client had in the buffer. */
START_TEST(the_output_buffer_of_out_direct_is_empty)
{
    static const unsigned char zeros[20];
    start_with_type(WdfDeviceIoBuffered);
    memcpy(received, "data for the device", 20);
    remember(WdfuseInprocBeginIoctl(open_file(), CONTROL_CODE(METHOD_OUT_DIRECT), "in", 3, received,
                                    20));
    ck_assert_mem_eq(got.address[OUTPUT_BUFFER], zeros, 20);
}
END_TEST

/* S8.14: one buffer has one content, whichever of its pointers the driver has asked for first. */
START_TEST(an_answer_through_the_input_pointer_reaches_the_client)
{
    PVOID input, output;
    prepare_init = NULL;
    start_queue(WdfIoQueueDispatchParallel);
    memset(sent, 'i', 2);
    WDFUSEIO io = remember(
        WdfuseInprocBeginIoctl(open_file(), CONTROL_CODE(METHOD_BUFFERED), sent, 2, received, 8));
    ck_status_eq(WdfRequestRetrieveInputBuffer(held(), 2, &input, NULL), STATUS_SUCCESS);
    ck_assert_mem_eq((const char *)input + 2, "\0\0\0\0\0\0", 6);
    memcpy(input, "ABCDEFGH", 8);
    if (_i == 1) {
        ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 8, &output, NULL), STATUS_SUCCESS);
        ck_assert_ptr_eq(output, input);
    }
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 8);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 8);
    ck_assert_mem_eq(received, "ABCDEFGH", 8);
}
END_TEST

/* S8.17: "the first call fixes the length". */
START_TEST(a_buffered_control_has_one_mdl)
{
    PMDL first, second;
    prepare_init = NULL;
    start_queue(WdfIoQueueDispatchParallel);
    begin_control(open_file(), CONTROL_CODE(METHOD_BUFFERED), 4, 8);
    ck_status_eq(WdfRequestRetrieveInputWdmMdl(held(), &first), STATUS_SUCCESS);
    ck_status_eq(WdfRequestRetrieveOutputWdmMdl(held(), &second), STATUS_SUCCESS);
    ck_assert_ptr_eq(first, second);
    ck_assert_uint_eq(MmGetMdlByteCount(second), 4);
}
END_TEST

static VOID hold_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    make_calls(Request);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID register_create(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, hold_create, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

/* S8.9, S8.17 */
START_TEST(a_create_has_no_data)
{
    static const NTSTATUS expected[CALLS] = {
        IDR, IDR, IDR, IDR, PAR, PAR, IDR, IDR, STATUS_ACCESS_VIOLATION, STATUS_ACCESS_VIOLATION};
    prepare_init = register_create;
    start_queue(WdfIoQueueDispatchParallel);
    open_file();
    ck_assert_mem_eq(got.status, expected, sizeof(expected));
}
END_TEST

/* S8.12 */
START_TEST(a_completed_request_has_no_data)
{
    PVOID buffer = sent;
    PMDL mdl = (PMDL)sent;
    prepare_init = NULL;
    start_queue(WdfIoQueueDispatchParallel);
    begin_control(open_file(), CONTROL_CODE(METHOD_BUFFERED), 8, 8);
    WDFREQUEST request = take_held();
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    ck_status_eq(WdfRequestRetrieveInputBuffer(request, 0, &buffer, NULL), IDR);
    ck_assert_ptr_null(buffer);
    ck_status_eq(WdfRequestRetrieveOutputWdmMdl(request, &mdl), IDR);
    ck_assert_ptr_null(mdl);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "completed"));
    WdfObjectDereference(request);
}
END_TEST

/* ---- direct I/O ---- */

/* A direct device sees a long write where the transport has it; a short one, and any of a buffered
 * device, as a copy. */
START_TEST(only_a_long_direct_write_is_not_copied)
{
    static const struct {
        WDF_DEVICE_IO_TYPE type;
        size_t length;
        bool is_copied;
    } writes[] = {
        {WdfDeviceIoBuffered, 65536, true},
        {WdfDeviceIoDirect, 8191, true},
        {WdfDeviceIoDirect, 8192, false},
        {WdfDeviceIoDirect, 65536, false},
    };
    start_with_type(writes[_i].type);
    remember(WdfuseInprocBeginWrite(open_file(), sent, writes[_i].length));
    ck_assert_int_eq(got.address[INPUT_BUFFER] != sent, writes[_i].is_copied);
}
END_TEST

/* Completes the next read of the file with all of its bytes; the driver has written only the first
 * ones. */
static void read_all(WDFUSEFILE file, size_t length, unsigned char first)
{
    WDFUSEIO io = remember(WdfuseInprocBeginRead(file, received, length));
    PVOID buffer;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &buffer, NULL), STATUS_SUCCESS);
    *(unsigned char *)buffer = first;
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, length);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), length);
}

static void read_and_leave_a_secret(WDFUSEFILE file, size_t length)
{
    WDFUSEIO io = remember(WdfuseInprocBeginRead(file, received, length));
    PVOID buffer;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &buffer, NULL), STATUS_SUCCESS);
    memset(buffer, 's', length);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, length);
    answer(io, STATUS_SUCCESS);
}

/* Where the driver writes nothing, a direct read shows a client only what it has read before. */
START_TEST(a_direct_read_never_shows_what_another_file_has_read)
{
    static const unsigned char zeros[4096];
    start_with_type(WdfDeviceIoDirect);
    read_and_leave_a_secret(open_file(), 4096);
    read_all(open_file(), 4096, 'a');
    ck_assert_mem_eq(received + 1, zeros, 4095);
}
END_TEST

START_TEST(a_longer_direct_read_shows_no_more_than_the_file_has_read)
{
    static const unsigned char zeros[4096];
    start_with_type(WdfDeviceIoDirect);
    WDFUSEFILE first = open_file(), second = open_file();
    read_and_leave_a_secret(first, 4096);
    read_all(second, 100, 'a');
    read_all(second, 4096, 'b');
    ck_assert_mem_eq(received + 100, zeros, 4096 - 100);
}
END_TEST

START_TEST(a_direct_read_after_a_write_shows_nothing_of_it)
{
    static const unsigned char zeros[4096];
    start_with_type(WdfDeviceIoDirect);
    WDFUSEFILE file = open_file();
    read_all(file, 4096, 'a');
    memset(sent, 's', 4096);
    WDFUSEIO io = remember(WdfuseInprocBeginWrite(open_file(), sent, 4096));
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    read_all(file, 4096, 'b');
    ck_assert_mem_eq(received + 1, zeros, 4095);
}
END_TEST

START_TEST(a_buffered_read_is_cleared_each_time)
{
    static const unsigned char zeros[4096];
    start_with_type(WdfDeviceIoBuffered);
    WDFUSEFILE file = open_file();
    read_and_leave_a_secret(file, 4096);
    read_all(file, 4096, 'a');
    ck_assert_mem_eq(received + 1, zeros, 4095);
}
END_TEST

/* ---- access ---- */

static const struct {
    int flags;
    ULONG access;
    NTSTATUS expected;
} accesses[] = {
    {O_RDONLY, FILE_ANY_ACCESS, STATUS_SUCCESS},
    {O_RDONLY, FILE_READ_ACCESS, STATUS_SUCCESS},
    {O_RDONLY, FILE_WRITE_ACCESS, STATUS_ACCESS_DENIED},
    {O_RDONLY, FILE_READ_ACCESS | FILE_WRITE_ACCESS, STATUS_ACCESS_DENIED},
    {O_WRONLY, FILE_ANY_ACCESS, STATUS_SUCCESS},
    {O_WRONLY, FILE_READ_ACCESS, STATUS_ACCESS_DENIED},
    {O_WRONLY, FILE_WRITE_ACCESS, STATUS_SUCCESS},
    {O_RDWR, FILE_READ_ACCESS | FILE_WRITE_ACCESS, STATUS_SUCCESS},
};

static bool has_native_controls;

static void describe_native_device(PWDFDEVICE_INIT init)
{
    if (has_native_controls)
        WdfuseDeviceInitSetNativeControls(init);
}

/* One number with these access bits on a file with these flags: as a control code, or passed to
 * ioctl(2). */
static void check_access(int row, bool is_native, NTSTATUS expected)
{
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(device, accesses[row].flags, &file), STATUS_SUCCESS);
    ULONG code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, accesses[row].access);
    WDFUSEIO io = is_native ? remember(WdfuseInprocBeginNativeIoctl(file, code, sent))
                            : begin_control(file, code, 8, 8);
    if (NT_SUCCESS(expected))
        complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, NT_SUCCESS(expected));
    answer(io, expected);
    WdfuseInprocClose(file);
}

/* S14.3 */
START_TEST(a_controls_access_is_checked_against_the_open_flags)
{
    start_with_type(WdfDeviceIoBuffered);
    check_access(_i, false, accesses[_i].expected);
}
END_TEST

/* S14.3: the driver cannot tell one from the other. */
START_TEST(a_number_of_linux_is_checked_as_if_it_were_a_control_code)
{
    prepare_init = describe_native_device;
    start_queue(WdfIoQueueDispatchParallel);
    check_access(_i, true, accesses[_i].expected);
}
END_TEST

START_TEST(numbers_that_are_linuxs_own_name_no_access)
{
    has_native_controls = true;
    prepare_init = describe_native_device;
    start_queue(WdfIoQueueDispatchParallel);
    check_access(_i, true, STATUS_SUCCESS);
}
END_TEST

START_TEST(control_codes_name_their_access_also_beside_numbers_of_linux)
{
    has_native_controls = true;
    prepare_init = describe_native_device;
    start_queue(WdfIoQueueDispatchParallel);
    check_access(_i, false, accesses[_i].expected);
}
END_TEST

int main(void)
{
    const int case_count = RTL_NUMBER_OF(cases);
    const int access_count = RTL_NUMBER_OF(accesses);
    Suite *suite = suite_create("bufferaccess");
    TCase *table = tcase_create("table");
    tcase_add_checked_fixture(table, NULL, holding_stop);
    tcase_add_loop_test(table, each_call_answers_as_kind_and_method_say_in_the_callers_context, 0,
                        case_count);
    tcase_add_loop_test(table, each_call_answers_the_same_in_the_queues_callback, 0, case_count);
    tcase_add_loop_test(table, all_calls_show_the_same_bytes, 0, case_count);
    tcase_add_loop_test(table, the_input_is_what_the_client_sent, 0, case_count);
    tcase_add_loop_test(table, input_and_output_share_a_buffer_only_with_method_buffered, 0,
                        case_count);
    tcase_add_loop_test(table, what_flows_into_the_device_is_read_only, 0, case_count);
    tcase_add_loop_test(table, the_output_reaches_the_client, 0, case_count);
    suite_add_tcase(suite, table);

    TCase *particular = tcase_create("particular");
    tcase_add_checked_fixture(particular, NULL, holding_stop);
    tcase_add_test(particular, the_output_buffer_of_in_direct_holds_the_clients_data);
    tcase_add_test(particular, the_output_buffer_of_out_direct_is_empty);
    tcase_add_loop_test(particular, an_answer_through_the_input_pointer_reaches_the_client, 0, 2);
    tcase_add_test(particular, a_buffered_control_has_one_mdl);
    tcase_add_test(particular, a_create_has_no_data);
    tcase_add_test(particular, a_completed_request_has_no_data);
    suite_add_tcase(suite, particular);

    TCase *direct = tcase_create("direct");
    tcase_add_checked_fixture(direct, NULL, holding_stop);
    tcase_add_loop_test(direct, only_a_long_direct_write_is_not_copied, 0, 4);
    tcase_add_test(direct, a_direct_read_never_shows_what_another_file_has_read);
    tcase_add_test(direct, a_longer_direct_read_shows_no_more_than_the_file_has_read);
    tcase_add_test(direct, a_direct_read_after_a_write_shows_nothing_of_it);
    tcase_add_test(direct, a_buffered_read_is_cleared_each_time);
    tcase_add_loop_test(direct, a_controls_access_is_checked_against_the_open_flags, 0,
                        access_count);
    tcase_add_loop_test(direct, a_number_of_linux_is_checked_as_if_it_were_a_control_code, 0,
                        access_count);
    tcase_add_loop_test(direct, numbers_that_are_linuxs_own_name_no_access, 0, access_count);
    tcase_add_loop_test(direct, control_codes_name_their_access_also_beside_numbers_of_linux, 0,
                        access_count);
    suite_add_tcase(suite, direct);
    return unit_run(suite);
}
