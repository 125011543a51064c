/* Device controls as ioctl(2) delivers them: what the kernel is asked for, and what is trusted. */
#include "unit.h"

#include <errno.h>

#include <ntddk.h>

#include "transport/ioctl.h"

#define HEAD   (sizeof(struct wdfuse_control))
#define ANSWER (sizeof(struct wdfuse_control_answer))
#define LIMIT  (128 * 1024 - HEAD)

#define CODE(method) CTL_CODE(0x8000, 0x800, (method), FILE_ANY_ACCESS)

static unsigned char bytes[128 * 1024 + 64];
static struct control_call call;
static struct control_demand demand;

static const uint64_t input_address = 0x11110000, output_address = 0x22220000;
static void *const argument = (void *)(uintptr_t)0x33330000;

/* The contents of the client's structure. */
static void client_sends(ULONG method, uint32_t input_length, uint32_t output_length)
{
    struct wdfuse_control control = {
        .size = HEAD,
        .code = CODE(method),
        .input = input_address,
        .output = output_address,
        .input_length = input_length,
        .output_length = output_length,
    };
    memcpy(bytes, &control, sizeof(control));
}

static int read_by_address(size_t input_size, size_t output_size, bool can_demand)
{
    return control_read(NULL, WDFUSE_CONTROL, bytes, input_size, output_size, can_demand, &call);
}

static int read_inline(size_t input_size, size_t output_size)
{
    return control_read(NULL, WDFUSE_CONTROL_INLINE(input_size), bytes, input_size, output_size,
                        false, &call);
}

static void check_memory(const struct iovec *memory, uint64_t address, size_t length)
{
    ck_assert_uint_eq((uintptr_t)memory->iov_base, address);
    ck_assert_uint_eq(memory->iov_len, length);
}

/* ---- by address ---- */

START_TEST(first_the_structure_is_asked_for_and_room_for_the_answer)
{
    ck_assert_int_eq(read_by_address(0, 0, true), EAGAIN);
    control_demand(WDFUSE_CONTROL, argument, &call, &demand);
    ck_assert_uint_eq(demand.input_count, 1);
    check_memory(&demand.input[0], 0x33330000, HEAD);
    ck_assert_uint_eq(demand.output_count, 1);
    check_memory(&demand.output[0], 0x33330000, ANSWER);
}
END_TEST

static const struct {
    ULONG method;
    bool is_output_data;
} methods[] = {
    {METHOD_BUFFERED, false},
    {METHOD_OUT_DIRECT, false},
    {METHOD_IN_DIRECT, true},
};

START_TEST(then_the_data_of_the_method)
{
    bool is_data = methods[_i].is_output_data;
    client_sends(methods[_i].method, 10, 20);
    ck_assert_int_eq(read_by_address(HEAD, ANSWER, true), EAGAIN);
    control_demand(WDFUSE_CONTROL, argument, &call, &demand);
    ck_assert_uint_eq(demand.input_count, is_data ? 3 : 2);
    check_memory(&demand.input[1], input_address, 10);
    if (is_data)
        check_memory(&demand.input[2], output_address, 20);
    ck_assert_uint_eq(demand.output_count, is_data ? 1 : 2);
    if (!is_data)
        check_memory(&demand.output[1], output_address, 20);
}
END_TEST

START_TEST(then_all_is_there)
{
    bool is_data = methods[_i].is_output_data;
    client_sends(methods[_i].method, 10, 20);
    ck_assert_int_eq(
        read_by_address(HEAD + 10 + (is_data ? 20 : 0), ANSWER + (is_data ? 0 : 20), true), 0);
    ck_assert(call.is_by_address);
    ck_assert_uint_eq(call.control.code, CODE(methods[_i].method));
    ck_assert_ptr_eq(call.input, bytes + HEAD);
    ck_assert_ptr_eq(call.output, is_data ? bytes + HEAD + 10 : NULL);
}
END_TEST

/* An output of the length that makes the rounds look alike. */
START_TEST(a_round_is_never_taken_for_another)
{
    client_sends(METHOD_BUFFERED, 0, (uint32_t)_i);
    ck_assert_int_eq(read_by_address(HEAD, ANSWER, true), _i == 0 ? 0 : EAGAIN);
    ck_assert_int_eq(read_by_address(HEAD, ANSWER + (size_t)_i, true), 0);
}
END_TEST

START_TEST(a_control_without_data_and_one_by_method_neither_need_no_more)
{
    client_sends(METHOD_BUFFERED, 0, 0);
    ck_assert_int_eq(read_by_address(HEAD, ANSWER, true), 0);
    client_sends(METHOD_NEITHER, 10, 20);
    ck_assert_int_eq(read_by_address(HEAD, ANSWER, true), 0);
    ck_assert_ptr_null(call.input);
    ck_assert_ptr_null(call.output);
    ck_assert_uint_eq(call.control.input, input_address);
}
END_TEST

/* The client's other thread may write to it between two rounds. */
START_TEST(a_structure_that_has_changed_no_longer_fits)
{
    client_sends(METHOD_BUFFERED, 11, 20);
    ck_assert_int_eq(read_by_address(HEAD + 10, ANSWER + 20, true), EINVAL);
    client_sends(METHOD_BUFFERED, 9, 20);
    ck_assert_int_eq(read_by_address(HEAD + 10, ANSWER + 20, true), EINVAL);
    client_sends(METHOD_BUFFERED, 10, 21);
    ck_assert_int_eq(read_by_address(HEAD + 10, ANSWER + 20, true), EINVAL);
    client_sends(METHOD_NEITHER, 10, 20);
    ck_assert_int_eq(read_by_address(HEAD + 10, ANSWER + 20, true), EINVAL);
    client_sends(METHOD_IN_DIRECT, 10, 20);
    ck_assert_int_eq(read_by_address(HEAD + 10, ANSWER + 20, true), EINVAL);
}
END_TEST

START_TEST(where_nothing_can_be_asked_for_there_are_no_data_by_address)
{
    client_sends(METHOD_NEITHER, 10, 20);
    ck_assert_int_eq(read_by_address(HEAD, HEAD, false), 0);
    client_sends(METHOD_BUFFERED, 0, 0);
    ck_assert_int_eq(read_by_address(HEAD, HEAD, false), 0);
    client_sends(METHOD_BUFFERED, 1, 0);
    ck_assert_int_eq(read_by_address(HEAD, HEAD, false), EOPNOTSUPP);
    client_sends(METHOD_BUFFERED, 0, 1);
    ck_assert_int_eq(read_by_address(HEAD, HEAD, false), EOPNOTSUPP);
    ck_assert_int_eq(read_by_address(0, 0, false), EINVAL);
}
END_TEST

/* ---- inline ---- */

START_TEST(in_line_the_data_follow_the_structure)
{
    bool is_data = methods[_i].is_output_data;
    size_t size = HEAD + 30;
    client_sends(methods[_i].method, 10, 20);
    ck_assert_int_eq(read_inline(size, size), 0);
    ck_assert(!call.is_by_address);
    ck_assert_ptr_eq(call.input, bytes + HEAD);
    ck_assert_ptr_eq(call.output, is_data ? bytes + HEAD + 10 : NULL);
}
END_TEST

START_TEST(in_line_method_neither_brings_its_input)
{
    client_sends(METHOD_NEITHER, 10, 20);
    ck_assert_int_eq(read_inline(HEAD + 20, HEAD + 20), 0);
    ck_assert_ptr_eq(call.input, bytes + HEAD);
}
END_TEST

START_TEST(in_line_a_length_beyond_the_size_is_a_lie)
{
    client_sends(METHOD_BUFFERED, 10, 0);
    ck_assert_int_eq(read_inline(HEAD + 9, HEAD + 9), EINVAL);
    client_sends(METHOD_BUFFERED, 0, 20);
    ck_assert_int_eq(read_inline(HEAD, ANSWER + 19), EINVAL);
    client_sends(METHOD_IN_DIRECT, 10, 20);
    ck_assert_int_eq(read_inline(HEAD + 29, HEAD + 29), EINVAL);
    client_sends(METHOD_BUFFERED, 0, 0);
    ck_assert_int_eq(read_inline(HEAD, 0), EINVAL);
    ck_assert_int_eq(read_inline(HEAD - 1, HEAD - 1), EINVAL);
}
END_TEST

/* ---- lengths ---- */

static const struct {
    ULONG method;
    uint32_t input_length, output_length;
    int error;
} lengths[] = {
    {METHOD_BUFFERED, LIMIT, LIMIT, EAGAIN},
    {METHOD_BUFFERED, LIMIT + 1, 0, EMSGSIZE},
    {METHOD_BUFFERED, 0, LIMIT + 1, EMSGSIZE},
    {METHOD_BUFFERED, UINT32_MAX, UINT32_MAX, EMSGSIZE},
    {METHOD_OUT_DIRECT, UINT32_MAX, 0, EMSGSIZE},
    {METHOD_NEITHER, LIMIT, LIMIT, 0},
    {METHOD_NEITHER, LIMIT + 1, 0, EMSGSIZE},
    {METHOD_NEITHER, 0, UINT32_MAX, EMSGSIZE},
    {METHOD_IN_DIRECT, 1, LIMIT - 1, EAGAIN},
    {METHOD_IN_DIRECT, 1, LIMIT, EMSGSIZE},
    {METHOD_IN_DIRECT, LIMIT, LIMIT, EMSGSIZE},
    {METHOD_IN_DIRECT, UINT32_MAX, 2, EMSGSIZE}, /* whose sum is 1, in 32 bits */
};

START_TEST(lengths_have_a_limit)
{
    client_sends(lengths[_i].method, lengths[_i].input_length, lengths[_i].output_length);
    ck_assert_int_eq(read_by_address(HEAD, ANSWER, true), lengths[_i].error);
}
END_TEST

/* ---- numbers ---- */

START_TEST(two_numbers_of_any_size_are_controls_and_no_others)
{
    ck_assert(control_is_call(WDFUSE_CONTROL));
    ck_assert(control_is_call(WDFUSE_CONTROL_INLINE(1)));
    ck_assert(control_is_call(_IO(WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_NUMBER)));
    ck_assert(!control_is_call(_IO(WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_NUMBER - 1)));
    ck_assert(!control_is_call(_IO(WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_INLINE_NUMBER + 1)));
    ck_assert(!control_is_call(_IO(WDFUSE_CONTROL_TYPE - 1, WDFUSE_CONTROL_NUMBER)));
    ck_assert(!control_is_call(CODE(METHOD_BUFFERED)));
}
END_TEST

START_TEST(another_version_is_refused)
{
    client_sends(METHOD_BUFFERED, 0, 0);
    bytes[offsetof(struct wdfuse_control, size)] = HEAD + 8;
    ck_assert_int_eq(read_by_address(HEAD, ANSWER, true), EINVAL);
    ck_assert_int_eq(read_inline(HEAD, HEAD), EINVAL);
    client_sends(METHOD_BUFFERED, 0, 0);
    unsigned longer =
        _IOC(_IOC_READ | _IOC_WRITE, WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_NUMBER, HEAD + 8);
    ck_assert_int_eq(control_read(NULL, longer, bytes, HEAD + 8, HEAD + 8, true, &call), EINVAL);
}
END_TEST

/* For 32-bit clients as well. */
START_TEST(the_structure_is_laid_out_as_ever)
{
    ck_assert_uint_eq(HEAD, 48);
    ck_assert_uint_eq(ANSWER, 16);
    ck_assert_uint_eq(offsetof(struct wdfuse_control, code), 20);
    ck_assert_uint_eq(offsetof(struct wdfuse_control, input), 24);
    ck_assert_uint_eq(offsetof(struct wdfuse_control, output_length), 44);
    ck_assert_uint_eq(WDFUSE_CONTROL, 0xC030DFF0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control");
    TCase *tests = tcase_create("control");
    tcase_add_test(tests, first_the_structure_is_asked_for_and_room_for_the_answer);
    tcase_add_loop_test(tests, then_the_data_of_the_method, 0, (int)RTL_NUMBER_OF(methods));
    tcase_add_loop_test(tests, then_all_is_there, 0, (int)RTL_NUMBER_OF(methods));
    tcase_add_loop_test(tests, a_round_is_never_taken_for_another, 0, 100);
    tcase_add_test(tests, a_control_without_data_and_one_by_method_neither_need_no_more);
    tcase_add_test(tests, a_structure_that_has_changed_no_longer_fits);
    tcase_add_test(tests, where_nothing_can_be_asked_for_there_are_no_data_by_address);
    tcase_add_loop_test(tests, in_line_the_data_follow_the_structure, 0,
                        (int)RTL_NUMBER_OF(methods));
    tcase_add_test(tests, in_line_method_neither_brings_its_input);
    tcase_add_test(tests, in_line_a_length_beyond_the_size_is_a_lie);
    tcase_add_loop_test(tests, lengths_have_a_limit, 0, (int)RTL_NUMBER_OF(lengths));
    tcase_add_test(tests, two_numbers_of_any_size_are_controls_and_no_others);
    tcase_add_test(tests, another_version_is_refused);
    tcase_add_test(tests, the_structure_is_laid_out_as_ever);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
