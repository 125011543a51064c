/* The line of messages that wait: a process waits for other processes, not for their messages. */
#include <linux/fuse.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/line.h"
#include "unit.h"

/* Times of the monotonic clock. */
#define BEGIN      UINT64_C(5000000000)
#define SOON       100000u
#define MUCH_LATER UINT64_C(2000000000)

static struct line line;
static uint64_t last_unique;

static void setup(void)
{
    line_init(&line);
    last_unique = 0;
}

static void teardown(void)
{
    for (struct message *message; (message = line_take(&line)) != NULL;)
        free(message);
    ck_assert_uint_eq(line.count, 0);
    ck_assert_uint_eq(line.bytes, 0);
}

/* Returns the number that the kernel has given it. */
static uint64_t append(pid_t process)
{
    struct fuse_in_header header = {.len = sizeof(header), .unique = ++last_unique};
    struct wire_buffer buffer = {.memory = &header, .size = sizeof(header)};
    struct message *message = message_create(&buffer);
    ck_assert_ptr_nonnull(message);
    line_append(&line, message, process);
    return last_unique;
}

/* Takes one, and returns its number; 0: none. */
static uint64_t number_of(struct message *message)
{
    if (message == NULL)
        return 0;
    const struct fuse_in_header *header = message->buffer.memory;
    uint64_t unique = header->unique;
    free(message);
    return unique;
}

static uint64_t take(void)
{
    return number_of(line_take(&line));
}

static uint64_t take_fairly(uint64_t now)
{
    return number_of(line_take_fairly(&line, now));
}

START_TEST(a_process_has_its_turn_whatever_others_send)
{
    for (int i = 0; i < 500; i++)
        append(1000);
    uint64_t only = append(2000);
    uint64_t first = take();
    uint64_t second = take();
    ck_assert(first == only || second == only);
}
END_TEST

START_TEST(messages_of_a_process_keep_their_order)
{
    for (int i = 0; i < 3; i++) {
        append(1000);
        append(1000 + LINE_LANES); /* the same lane, if it is free */
    }
    uint64_t last[2] = {0, 0};
    for (int i = 0; i < 6; i++) {
        uint64_t unique = take();
        ck_assert_uint_gt(unique, last[unique % 2]);
        last[unique % 2] = unique;
    }
    ck_assert_uint_eq(take(), 0);
}
END_TEST

START_TEST(more_processes_than_lanes_wait_in_others)
{
    for (pid_t process = 1; process <= 3 * LINE_LANES; process++)
        append(process);
    for (int i = 0; i < 3 * LINE_LANES; i++)
        ck_assert_uint_ne(take(), 0);
    ck_assert_uint_eq(take(), 0);
}
END_TEST

START_TEST(a_message_is_found_by_its_number)
{
    append(1000);
    uint64_t wanted = append(2000);
    append(2000);
    ck_assert_uint_eq(number_of(line_take_unique(&line, wanted)), wanted);
    ck_assert_ptr_null(line_take_unique(&line, wanted));
    ck_assert_uint_eq(line.count, 2);
}
END_TEST

START_TEST(a_process_alone_has_no_bound)
{
    for (int i = 0; i < 100; i++)
        append(1000);
    for (int i = 0; i < 100; i++)
        ck_assert_uint_ne(take_fairly(BEGIN), 0);
}
END_TEST

/* Both have had a turn, and the check of who is active is due. */
static void begin_with_two(void)
{
    append(1000);
    append(2000);
    ck_assert_uint_ne(take_fairly(BEGIN), 0);
    ck_assert_uint_ne(take_fairly(BEGIN), 0);
    for (int i = 0; i < 100; i++)
        append(1000);
}

static unsigned count_taken(uint64_t now)
{
    unsigned count = 0;
    while (take_fairly(now) != 0)
        count++;
    return count;
}

START_TEST(beside_another_few_of_a_process_go_ahead_of_those_that_come_back)
{
    uint64_t now = BEGIN + 10 * SOON;
    begin_with_two();
    unsigned ahead = count_taken(now);
    ck_assert_uint_ge(ahead, 1);
    ck_assert_uint_le(ahead, 8);
    append(1000); /* one has come back */
    ck_assert_uint_eq(count_taken(now + SOON), 1);
    append(2000); /* the other process waits for nobody */
    ck_assert_uint_eq(count_taken(now + SOON), 1);
    ck_assert_uint_eq(count_taken(now + 20 * SOON), ahead); /* they may be doing something else */
}
END_TEST

START_TEST(who_has_gone_is_no_longer_waited_for)
{
    begin_with_two();
    ck_assert_uint_eq(count_taken(BEGIN + MUCH_LATER), 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line");
    TCase *tests = tcase_create("line");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_process_has_its_turn_whatever_others_send);
    tcase_add_test(tests, messages_of_a_process_keep_their_order);
    tcase_add_test(tests, more_processes_than_lanes_wait_in_others);
    tcase_add_test(tests, a_message_is_found_by_its_number);
    tcase_add_test(tests, a_process_alone_has_no_bound);
    tcase_add_test(tests, beside_another_few_of_a_process_go_ahead_of_those_that_come_back);
    tcase_add_test(tests, who_has_gone_is_no_longer_waited_for);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
