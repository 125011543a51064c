/* Lists and interlocked operations, which are inline in <wdm.h>. */
#include <signal.h>

#include <wdm.h>

#include "unit.h"

struct item {
    int number;
    LIST_ENTRY link;
};

static LIST_ENTRY head;
static struct item items[3];

static void prepare(void)
{
    InitializeListHead(&head);
    for (int i = 0; i < 3; i++)
        items[i].number = i;
}

static int number_of(PLIST_ENTRY entry)
{
    return CONTAINING_RECORD(entry, struct item, link)->number;
}

START_TEST(a_new_list_is_empty)
{
    ck_assert(IsListEmpty(&head));
    InsertTailList(&head, &items[0].link);
    ck_assert(!IsListEmpty(&head));
}
END_TEST

START_TEST(tail_insertion_keeps_the_order)
{
    for (int i = 0; i < 3; i++)
        InsertTailList(&head, &items[i].link);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(RemoveHeadList(&head)), i);
    ck_assert(IsListEmpty(&head));
}
END_TEST

START_TEST(head_insertion_turns_the_order_round)
{
    for (int i = 0; i < 3; i++)
        InsertHeadList(&head, &items[i].link);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(RemoveTailList(&head)), i);
    ck_assert(IsListEmpty(&head));
}
END_TEST

START_TEST(removal_says_whether_the_list_is_empty_now)
{
    InsertTailList(&head, &items[0].link);
    InsertTailList(&head, &items[1].link);
    ck_assert_int_eq(RemoveEntryList(&items[0].link), FALSE);
    ck_assert_int_eq(RemoveEntryList(&items[1].link), TRUE);
}
END_TEST

START_TEST(removing_from_an_empty_list_gives_the_head)
{
    ck_assert_ptr_eq(RemoveHeadList(&head), &head);
    ck_assert_ptr_eq(RemoveTailList(&head), &head);
    ck_assert(IsListEmpty(&head));
}
END_TEST

START_TEST(removing_an_entry_twice_aborts)
{
    for (int i = 0; i < 3; i++)
        InsertTailList(&head, &items[i].link);
    RemoveEntryList(&items[1].link);
    RemoveEntryList(&items[1].link);
}
END_TEST

START_TEST(inserting_into_a_corrupt_list_aborts)
{
    InsertTailList(&head, &items[0].link);
    items[0].link.Flink = NULL;
    InsertTailList(&head, &items[1].link);
}
END_TEST

START_TEST(arithmetic_returns_the_new_value)
{
    LONG value = 5;
    LONG64 wide = 0x100000000;
    ck_assert_int_eq(InterlockedIncrement(&value), 6);
    ck_assert_int_eq(InterlockedDecrement(&value), 5);
    ck_assert_int_eq(InterlockedAdd(&value, 10), 15);
    ck_assert_int_eq(InterlockedIncrement64(&wide), 0x100000001);
    ck_assert_int_eq(InterlockedDecrement64(&wide), 0x100000000);
}
END_TEST

START_TEST(exchange_and_bits_return_the_value_from_before)
{
    LONG value = 0x0f;
    LONG64 wide = 1;
    ck_assert_int_eq(InterlockedExchange(&value, 0x3c), 0x0f);
    ck_assert_int_eq(InterlockedExchangeAdd(&value, 1), 0x3c);
    ck_assert_int_eq(InterlockedAnd(&value, 0x0f), 0x3d);
    ck_assert_int_eq(InterlockedOr(&value, 0xf0), 0x0d);
    ck_assert_int_eq(InterlockedXor(&value, 0xff), 0xfd);
    ck_assert_int_eq(value, 0x02);
    ck_assert_int_eq(InterlockedExchange64(&wide, 2), 1);
    ck_assert_int_eq(wide, 2);
}
END_TEST

START_TEST(compare_exchange_stores_only_over_the_expected_value)
{
    LONG value = 1;
    PVOID pointer = &value;
    ck_assert_int_eq(InterlockedCompareExchange(&value, 9, 2), 1);
    ck_assert_int_eq(value, 1);
    ck_assert_int_eq(InterlockedCompareExchange(&value, 9, 1), 1);
    ck_assert_int_eq(value, 9);
    ck_assert_ptr_eq(InterlockedCompareExchangePointer(&pointer, NULL, &value), &value);
    ck_assert_ptr_null(pointer);
    ck_assert_ptr_null(InterlockedExchangePointer(&pointer, &value));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("list");
    TCase *lists = tcase_create("lists");
    tcase_add_checked_fixture(lists, prepare, NULL);
    tcase_add_test(lists, a_new_list_is_empty);
    tcase_add_test(lists, tail_insertion_keeps_the_order);
    tcase_add_test(lists, head_insertion_turns_the_order_round);
    tcase_add_test(lists, removal_says_whether_the_list_is_empty_now);
    tcase_add_test(lists, removing_from_an_empty_list_gives_the_head);
    suite_add_tcase(suite, lists);

    lists = unit_ends(tcase_create("corrupt lists"));
    tcase_add_checked_fixture(lists, prepare, NULL);
    tcase_add_test_raise_signal(lists, removing_an_entry_twice_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, inserting_into_a_corrupt_list_aborts, SIGABRT);
    suite_add_tcase(suite, lists);

    TCase *interlocked = tcase_create("interlocked");
    tcase_add_test(interlocked, arithmetic_returns_the_new_value);
    tcase_add_test(interlocked, exchange_and_bits_return_the_value_from_before);
    tcase_add_test(interlocked, compare_exchange_stores_only_over_the_expected_value);
    suite_add_tcase(suite, interlocked);
    return unit_run(suite);
}
