/* The messages of echoapp --async: which are intact, and what is derived from them. */
#include "unit.h"

#include "message.h"

#define SIZE 600

static const struct message_set set = {.run = 0xc0ffee11, .count = 100, .size = SIZE};
static unsigned char bytes[SIZE + 1];
static uint32_t number;

static enum message_verdict examine(size_t length)
{
    number = 0;
    return message_examine(&set, bytes, length, &number);
}

START_TEST(every_message_of_the_set_is_whole_and_has_its_number)
{
    static const size_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 512, SIZE};
    struct message_set sized = {.run = 7, .count = 200, .size = sizes[_i]};

    for (uint32_t i = 1; i <= sized.count; i++) {
        message_fill(&sized, i, bytes);
        ck_assert_int_eq(message_examine(&sized, bytes, sized.size, &number), MESSAGE_WHOLE);
        ck_assert_uint_eq(number, i);
    }
}
END_TEST

START_TEST(a_short_message_is_whole_when_its_number_does_not_fit)
{
    struct message_set tiny = {.run = 7, .count = 600, .size = 1};

    message_fill(&tiny, 256, bytes);
    ck_assert_int_eq(message_examine(&tiny, bytes, 1, &number), MESSAGE_WHOLE);
    ck_assert_uint_eq(number, 256);
    message_fill(&tiny, 513, bytes);
    ck_assert_int_eq(message_examine(&tiny, bytes, 1, &number), MESSAGE_WHOLE);
    ck_assert_uint_eq(number, 1);
}
END_TEST

START_TEST(a_cut_or_longer_message_is_broken)
{
    message_fill(&set, 3, bytes);
    ck_assert_int_eq(examine(SIZE - 1), MESSAGE_BROKEN);
    ck_assert_int_eq(examine(8), MESSAGE_BROKEN);
    ck_assert_int_eq(examine(SIZE + 1), MESSAGE_BROKEN);
}
END_TEST

START_TEST(one_wrong_byte_breaks_a_message)
{
    message_fill(&set, 3, bytes);
    bytes[_i] ^= 0x10;
    ck_assert_int_eq(examine(SIZE), MESSAGE_BROKEN);
}
END_TEST

START_TEST(a_mixture_of_two_messages_is_broken)
{
    static unsigned char other[SIZE];

    message_fill(&set, 3, bytes);
    message_fill(&set, 4, other);
    memcpy(bytes + _i, other + _i, (size_t)(SIZE - _i));
    ck_assert_int_eq(examine(SIZE), MESSAGE_BROKEN);
}
END_TEST

START_TEST(a_message_that_has_moved_is_broken)
{
    message_fill(&set, 3, bytes);
    memmove(bytes + 8, bytes, SIZE - 8);
    ck_assert_int_eq(examine(SIZE), MESSAGE_BROKEN);
}
END_TEST

START_TEST(what_holds_nothing_of_the_run_is_foreign)
{
    struct message_set other = set;

    memset(bytes, 'x', sizeof(bytes));
    ck_assert_int_eq(examine(SIZE), MESSAGE_FOREIGN);
    ck_assert_int_eq(examine(SIZE + 1), MESSAGE_FOREIGN);
    ck_assert_int_eq(examine(0), MESSAGE_FOREIGN);
    memset(bytes, 0, sizeof(bytes));
    ck_assert_int_eq(examine(SIZE), MESSAGE_FOREIGN);
    other.run++;
    message_fill(&other, 3, bytes);
    ck_assert_int_eq(examine(SIZE), MESSAGE_FOREIGN);
}
END_TEST

START_TEST(a_number_beyond_the_set_is_not_whole)
{
    message_fill(&set, 101, bytes);
    ck_assert_int_eq(examine(SIZE), MESSAGE_BROKEN);
    message_fill(&set, 0, bytes);
    ck_assert_int_eq(examine(SIZE), MESSAGE_BROKEN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("message");
    TCase *test = tcase_create("message");
    tcase_add_loop_test(test, every_message_of_the_set_is_whole_and_has_its_number, 0, 9);
    tcase_add_test(test, a_short_message_is_whole_when_its_number_does_not_fit);
    tcase_add_test(test, a_cut_or_longer_message_is_broken);
    tcase_add_loop_test(test, one_wrong_byte_breaks_a_message, 8, 24);
    tcase_add_loop_test(test, a_mixture_of_two_messages_is_broken, 1, SIZE - 8);
    tcase_add_test(test, a_message_that_has_moved_is_broken);
    tcase_add_test(test, what_holds_nothing_of_the_run_is_foreign);
    tcase_add_test(test, a_number_beyond_the_set_is_not_whole);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
