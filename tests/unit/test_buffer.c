/* The buffers of a request (S8.5-S8.16). */
#include <string.h>

#include "holding.h"
#include "unit.h"

static void setup(void)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.AllowZeroLengthRequests = TRUE;
    start_device();
}

static char received[64];

static WDFUSEIO begin_read_into_received(size_t length)
{
    memset(received, '.', sizeof(received));
    return remember(WdfuseInprocBeginRead(open_file(), received, length));
}

static WDFUSEIO begin_text_control(const char *input, size_t output_length)
{
    memset(received, '.', sizeof(received));
    return remember(
        WdfuseInprocBeginIoctl(open_file(), 0x1234, input, strlen(input), received, output_length));
}

static NTSTATUS input(size_t required, PVOID *buffer, size_t *length)
{
    return WdfRequestRetrieveInputBuffer(held(), required, buffer, length);
}

static NTSTATUS output(size_t required, PVOID *buffer, size_t *length)
{
    return WdfRequestRetrieveOutputBuffer(held(), required, buffer, length);
}

/* Both forms of a call, for tables. */
static NTSTATUS input_memory(size_t required, PVOID *buffer, size_t *length)
{
    UNREFERENCED_PARAMETER(required);
    WDFMEMORY memory = NULL;
    NTSTATUS status = WdfRequestRetrieveInputMemory(held(), &memory);
    if (NT_SUCCESS(status))
        *buffer = WdfMemoryGetBuffer(memory, length);
    return status;
}

static NTSTATUS output_memory(size_t required, PVOID *buffer, size_t *length)
{
    UNREFERENCED_PARAMETER(required);
    WDFMEMORY memory = NULL;
    NTSTATUS status = WdfRequestRetrieveOutputMemory(held(), &memory);
    if (NT_SUCCESS(status))
        *buffer = WdfMemoryGetBuffer(memory, length);
    return status;
}

/* ---- the table of S8.13 ---- */

#define IDR STATUS_INVALID_DEVICE_REQUEST
#define BTS STATUS_BUFFER_TOO_SMALL
#define OK  STATUS_SUCCESS

static const struct {
    WDF_REQUEST_TYPE type;
    size_t input_length, output_length;
    NTSTATUS input, output; /* with a required length of 0 */
} retrievals[] = {
    {WdfRequestTypeRead, 0, 8, IDR, OK},
    {WdfRequestTypeRead, 0, 0, IDR, BTS}, /* S8.8, S15.50 */
    {WdfRequestTypeWrite, 8, 0, OK, IDR},
    {WdfRequestTypeWrite, 0, 0, BTS, IDR},
    {WdfRequestTypeDeviceControl, 8, 4, OK, OK},
    {WdfRequestTypeDeviceControl, 4, 8, OK, OK},
    {WdfRequestTypeDeviceControl, 8, 0, OK, BTS},
    {WdfRequestTypeDeviceControl, 0, 8, BTS, OK},
    {WdfRequestTypeDeviceControl, 0, 0, BTS, BTS}, /* S8.6, S15.47 */
};

static void begin_retrieval(int index)
{
    WDFUSEFILE file = open_file();
    if (retrievals[index].type == WdfRequestTypeRead)
        begin_read(file, retrievals[index].output_length);
    else if (retrievals[index].type == WdfRequestTypeWrite)
        begin_write(file, retrievals[index].input_length);
    else
        begin_control(file, 0x1234, retrievals[index].input_length,
                      retrievals[index].output_length);
}

/* S8.6, S8.8, S8.13, S15.50 */
START_TEST(the_input_calls_answer_as_type_and_length_say)
{
    PVOID buffer;
    size_t length;
    begin_retrieval(_i);
    ck_status_eq(input(0, &buffer, &length), retrievals[_i].input);
    ck_status_eq(input_memory(0, &buffer, &length), retrievals[_i].input);
}
END_TEST

/* S8.6, S8.8, S8.13, S15.50 */
START_TEST(the_output_calls_answer_as_type_and_length_say)
{
    PVOID buffer;
    size_t length;
    begin_retrieval(_i);
    ck_status_eq(output(0, &buffer, &length), retrievals[_i].output);
    ck_status_eq(output_memory(0, &buffer, &length), retrievals[_i].output);
}
END_TEST

/* S8.5 */
START_TEST(a_failed_call_gives_no_buffer_and_no_length)
{
    PVOID buffer = received;
    size_t length = 99;
    begin_read(open_file(), 8);
    input(0, &buffer, &length);
    ck_assert(buffer == NULL && length == 0);
}
END_TEST

/* S8.5 */
START_TEST(a_failed_memory_call_leaves_the_handle_alone)
{
    WDFMEMORY memory = (WDFMEMORY)received;
    begin_read(open_file(), 8);
    WdfRequestRetrieveInputMemory(held(), &memory);
    ck_assert_ptr_eq(memory, (WDFMEMORY)received);
}
END_TEST

typedef NTSTATUS retrieve_call(size_t required, PVOID *buffer, size_t *length);
static retrieve_call *const calls[] = {input, output};
static retrieve_call *const all_calls[] = {input, output, input_memory, output_memory};

/* Requests for which the input (0, 2) or the output call (1, 3) works. */
static void begin_for_call(int index, size_t length)
{
    if (index % 2 == 0)
        begin_write(open_file(), length);
    else
        begin_read(open_file(), length);
}

/* S8.7 */
START_TEST(a_buffer_that_is_smaller_than_required_is_too_small)
{
    PVOID buffer = received;
    size_t length = 99;
    begin_for_call(_i, 8);
    ck_status_eq(calls[_i](9, &buffer, &length), STATUS_BUFFER_TOO_SMALL);
    ck_assert(buffer == NULL && length == 0); /* S8.5 */
}
END_TEST

/* S8.7, S15.48 */
START_TEST(the_length_is_the_buffers_not_the_required_one)
{
    PVOID buffer;
    size_t length;
    begin_for_call(_i, 8);
    ck_status_eq(all_calls[_i](3, &buffer, &length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 8);
}
END_TEST

/* S8.5 */
START_TEST(the_length_may_be_left_out)
{
    PVOID buffer;
    begin_for_call(_i, 8);
    ck_status_eq(all_calls[_i](3, &buffer, NULL), STATUS_SUCCESS);
}
END_TEST

/* S8.11 */
START_TEST(a_call_gives_the_same_buffer_again)
{
    PVOID first, again;
    begin_for_call(_i, 8);
    ck_status_eq(all_calls[_i](1, &first, NULL), STATUS_SUCCESS);
    ck_status_eq(all_calls[_i](1, &again, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(first, again);
}
END_TEST

/* S8.11 */
START_TEST(a_memory_call_gives_the_same_memory_again)
{
    WDFMEMORY first, again;
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &first), STATUS_SUCCESS);
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &again), STATUS_SUCCESS);
    ck_assert_ptr_eq(first, again);
}
END_TEST

/* S8.11 */
START_TEST(a_memory_is_the_requests_buffer)
{
    PVOID buffer, of_memory;
    begin_for_call(_i, 8);
    ck_status_eq(all_calls[_i](1, &buffer, NULL), STATUS_SUCCESS);
    ck_status_eq(all_calls[_i + 2](1, &of_memory, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(buffer, of_memory);
}
END_TEST

/* S8.11, S1.35 */
START_TEST(a_memory_of_a_request_cannot_be_deleted)
{
    WDFMEMORY memory;
    begin_read(open_file(), 8);
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &memory), STATUS_SUCCESS);
    WdfObjectDelete(memory);
    ck_assert_ptr_nonnull(WdfMemoryGetBuffer(memory, NULL));
}
END_TEST

/* ---- I/O type ---- */

static WDF_DEVICE_IO_TYPE io_type;

static VOID set_io_type(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoType(DeviceInit, io_type);
}

static void start_with_io_type(WDF_DEVICE_IO_TYPE type)
{
    holding_stop();
    io_type = type;
    prepare_init = set_io_type;
    start_queue(WdfIoQueueDispatchParallel);
}

/* S8.13 */
START_TEST(a_device_with_direct_io_has_buffers)
{
    start_with_io_type(WdfDeviceIoDirect);
    PVOID buffer;
    begin_for_call(_i, 8);
    ck_status_eq(calls[_i](8, &buffer, NULL), STATUS_SUCCESS);
}
END_TEST

/* S8.13 */
START_TEST(a_device_with_neither_io_has_no_buffers_for_reads_and_writes)
{
    start_with_io_type(WdfDeviceIoNeither);
    PVOID buffer;
    begin_for_call(_i, 8);
    ck_status_eq(calls[_i](8, &buffer, NULL), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S8.4 */
START_TEST(a_device_with_neither_io_has_buffers_for_controls)
{
    start_with_io_type(WdfDeviceIoNeither);
    PVOID buffer;
    begin_control(open_file(), 0x1234, 8, 8);
    ck_status_eq(input(8, &buffer, NULL), STATUS_SUCCESS);
}
END_TEST

/* ---- contents ---- */

/* S8.13 */
START_TEST(a_writes_data_reach_the_driver)
{
    PVOID buffer;
    remember(WdfuseInprocBeginWrite(open_file(), "message", 8));
    ck_status_eq(input(8, &buffer, NULL), STATUS_SUCCESS);
    ck_assert_str_eq(buffer, "message");
}
END_TEST

/* S8.13 */
START_TEST(a_controls_input_reaches_the_driver)
{
    PVOID buffer;
    size_t length;
    begin_text_control("input", 32);
    ck_status_eq(input(1, &buffer, &length), STATUS_SUCCESS);
    ck_assert(length == 5 && memcmp(buffer, "input", 5) == 0);
}
END_TEST

/* S8.14, S15.49 */
START_TEST(a_controls_input_and_output_are_one_buffer)
{
    PVOID in, out;
    begin_text_control("input", 32);
    ck_status_eq(input(1, &in, NULL), STATUS_SUCCESS);
    ck_status_eq(output(1, &out, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(in, out);
}
END_TEST

/* S8.14: a pointer that the driver already has must not move when it asks for the longer
 * direction. */
START_TEST(a_controls_input_stays_where_it_is_when_its_output_is_longer)
{
    PVOID in, out;
    remember(WdfuseInprocBeginIoctl(open_file(), 0x1234, "x", 1, received, sizeof(received)));
    ck_status_eq(input(1, &in, NULL), STATUS_SUCCESS);
    ck_status_eq(output(1, &out, NULL), STATUS_SUCCESS);
    ck_assert(in == out && *(char *)in == 'x');
}
END_TEST

/* S8.13, S7.6 */
START_TEST(a_controls_output_reaches_the_client)
{
    PVOID out;
    WDFUSEIO io = begin_text_control("input", 8);
    ck_status_eq(output(8, &out, NULL), STATUS_SUCCESS);
    memcpy(out, "OUT", 3);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 3);
    answer(io, STATUS_SUCCESS);
    ck_assert_mem_eq(received, "OUT.....", 8);
}
END_TEST

/* S8.16 */
START_TEST(a_memory_of_a_write_is_read_only)
{
    WDFMEMORY memory;
    begin_write(open_file(), 8);
    ck_status_eq(WdfRequestRetrieveInputMemory(held(), &memory), STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCopyFromBuffer(memory, 0, received, 8), STATUS_ACCESS_VIOLATION);
}
END_TEST

/* S8.16, S8.25 */
START_TEST(a_memory_of_a_write_can_be_read)
{
    WDFMEMORY memory;
    char copy[8] = "";
    remember(WdfuseInprocBeginWrite(open_file(), "message", 8));
    ck_status_eq(WdfRequestRetrieveInputMemory(held(), &memory), STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCopyToBuffer(memory, 0, copy, 8), STATUS_SUCCESS);
    ck_assert_str_eq(copy, "message");
}
END_TEST

/* S8.16 */
START_TEST(a_memory_of_a_controls_input_can_be_written)
{
    WDFMEMORY memory;
    begin_control(open_file(), 0x1234, 8, 8);
    ck_status_eq(WdfRequestRetrieveInputMemory(held(), &memory), STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCopyFromBuffer(memory, 0, received, 8), STATUS_SUCCESS);
}
END_TEST

/* S8.16 */
START_TEST(what_is_copied_into_a_reads_memory_reaches_the_client)
{
    WDFMEMORY memory;
    WDFUSEIO io = begin_read_into_received(8);
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &memory), STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCopyFromBuffer(memory, 2, "abc", 3), STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 5);
    answer(io, STATUS_SUCCESS);
    ck_assert_mem_eq(received, "\0\0abc...", 8);
}
END_TEST

/* ---- what another request has left ---- */

static const char secret[] = "another client's secret, not to be seen by anybody else";

/* A request that leaves a secret in the memory that the next one gets. */
static void leave_a_secret(void)
{
    PVOID buffer;
    WDFUSEIO io = remember(WdfuseInprocBeginWrite(open_file(), secret, sizeof(secret)));
    ck_status_eq(input(1, &buffer, NULL), STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}

static bool has_received(const char *text, size_t length)
{
    for (size_t i = 0; i + length <= sizeof(received); i++) {
        if (memcmp(received + i, text, length) == 0)
            return true;
    }
    return false;
}

/* What a driver does with its output before it claims all of it. */
static void touch_nothing(void)
{
}

static void touch_the_buffer(void)
{
    PVOID buffer;
    ck_status_eq(output(1, &buffer, NULL), STATUS_SUCCESS);
}

static void touch_the_memory(void)
{
    WDFMEMORY memory;
    ck_status_eq(WdfRequestRetrieveOutputMemory(held(), &memory), STATUS_SUCCESS);
}

static void (*const touches[])(void) = {touch_nothing, touch_the_buffer, touch_the_memory};

/* S8.14: a driver that claims more than it wrote must not reveal what is not the client's. */
START_TEST(a_read_never_gets_the_bytes_of_another_request)
{
    leave_a_secret();
    WDFUSEIO io = begin_read_into_received(sizeof(received));
    touches[_i]();
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, sizeof(received));
    answer(io, STATUS_SUCCESS);
    ck_assert(!has_received("secret", 6));
}
END_TEST

/* S8.14 */
START_TEST(a_control_never_gets_the_bytes_of_another_request)
{
    leave_a_secret();
    WDFUSEIO io = begin_text_control("in", sizeof(received));
    touches[_i]();
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, sizeof(received));
    answer(io, STATUS_SUCCESS);
    ck_assert(!has_received("secret", 6));
}
END_TEST

/* S7.6: as many bytes as the driver says, from its buffer, whether or not it has asked for the
 * buffer. */
START_TEST(a_client_gets_as_many_bytes_as_it_is_told)
{
    leave_a_secret();
    WDFUSEIO io = begin_read_into_received(8);
    touches[_i]();
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 8);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 8);
    ck_assert_mem_eq(received, "\0\0\0\0\0\0\0\0", 8);
}
END_TEST

/* S8.14: untouched, METHOD_BUFFERED output is the copy of the input. */
START_TEST(a_controls_untouched_output_is_its_input)
{
    WDFUSEIO io = begin_text_control("input", 8);
    touches[_i]();
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 8);
    answer(io, STATUS_SUCCESS);
    ck_assert_mem_eq(received, "input\0\0\0", 8);
}
END_TEST

static TCase *buffer_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, holding_stop);
    return tests;
}

static TCase *retrieval_tests(void)
{
    TCase *tests = buffer_case("retrieval");
    tcase_add_loop_test(tests, the_input_calls_answer_as_type_and_length_say, 0,
                        RTL_NUMBER_OF(retrievals));
    tcase_add_loop_test(tests, the_output_calls_answer_as_type_and_length_say, 0,
                        RTL_NUMBER_OF(retrievals));
    tcase_add_test(tests, a_failed_call_gives_no_buffer_and_no_length);
    tcase_add_test(tests, a_failed_memory_call_leaves_the_handle_alone);
    tcase_add_loop_test(tests, a_buffer_that_is_smaller_than_required_is_too_small, 0, 2);
    tcase_add_loop_test(tests, the_length_is_the_buffers_not_the_required_one, 0, 4);
    tcase_add_loop_test(tests, the_length_may_be_left_out, 0, 4);
    tcase_add_loop_test(tests, a_call_gives_the_same_buffer_again, 0, 4);
    tcase_add_test(tests, a_memory_call_gives_the_same_memory_again);
    tcase_add_loop_test(tests, a_memory_is_the_requests_buffer, 0, 2);
    tcase_add_test(tests, a_memory_of_a_request_cannot_be_deleted);
    tcase_add_loop_test(tests, a_device_with_direct_io_has_buffers, 0, 2);
    tcase_add_loop_test(tests, a_device_with_neither_io_has_no_buffers_for_reads_and_writes, 0, 2);
    tcase_add_test(tests, a_device_with_neither_io_has_buffers_for_controls);
    return tests;
}

static TCase *content_tests(void)
{
    TCase *tests = buffer_case("contents");
    tcase_add_test(tests, a_writes_data_reach_the_driver);
    tcase_add_test(tests, a_controls_input_reaches_the_driver);
    tcase_add_test(tests, a_controls_input_and_output_are_one_buffer);
    tcase_add_test(tests, a_controls_input_stays_where_it_is_when_its_output_is_longer);
    tcase_add_test(tests, a_controls_output_reaches_the_client);
    tcase_add_test(tests, a_memory_of_a_write_is_read_only);
    tcase_add_test(tests, a_memory_of_a_write_can_be_read);
    tcase_add_test(tests, a_memory_of_a_controls_input_can_be_written);
    tcase_add_test(tests, what_is_copied_into_a_reads_memory_reaches_the_client);
    tcase_add_loop_test(tests, a_read_never_gets_the_bytes_of_another_request, 0,
                        RTL_NUMBER_OF(touches));
    tcase_add_loop_test(tests, a_control_never_gets_the_bytes_of_another_request, 0,
                        RTL_NUMBER_OF(touches));
    tcase_add_loop_test(tests, a_client_gets_as_many_bytes_as_it_is_told, 0,
                        RTL_NUMBER_OF(touches));
    tcase_add_loop_test(tests, a_controls_untouched_output_is_its_input, 0, RTL_NUMBER_OF(touches));
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("buffer");
    suite_add_tcase(suite, retrieval_tests());
    suite_add_tcase(suite, content_tests());
    return unit_run(suite);
}
