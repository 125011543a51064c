/* Pool: what drivers get, and what they must not do with it. Also the IRQLs that the pool
 * checks. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <wdm.h>

#include "nt/irql.h"
#include "nt/pool.h"
#include "unit.h"

#define TAG 'ohcE'

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FREE_IS_CHECKED 1
#elif defined(__has_feature)
#define FREE_IS_CHECKED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define FREE_IS_CHECKED 0
#endif

static bool is_all(const void *memory, UCHAR byte, size_t length)
{
    const UCHAR *bytes = memory;
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != byte)
            return false;
    return true;
}

START_TEST(pool2_memory_is_zeroed)
{
    for (int i = 0; i < 50; i++) {
        PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 200, TAG);
        ck_assert_ptr_nonnull(block);
        ck_assert(is_all(block, 0, 200));
        memset(block, 0xa5, 200);
        ExFreePoolWithTag(block, TAG);
    }
}
END_TEST

START_TEST(blocks_are_aligned_to_16_bytes_a_cache_line_or_a_page)
{
    PVOID small = ExAllocatePool2(POOL_FLAG_PAGED, 1, TAG);
    PVOID line = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_CACHE_ALIGNED, 1, TAG);
    PVOID page = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, TAG);
    ck_assert_uint_eq((uintptr_t)small % 16, 0);
    ck_assert_uint_eq((uintptr_t)line % 64, 0);
    ck_assert_uint_eq((uintptr_t)page % PAGE_SIZE, 0);
    memset(page, 0xff, PAGE_SIZE);
    ExFreePool(small);
    ExFreePool(line);
    ExFreePool(page);
}
END_TEST

START_TEST(flags_must_name_one_kind_of_memory)
{
    ck_assert_ptr_null(ExAllocatePool2(0, 8, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_UNINITIALIZED, 8, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_NON_PAGED, 8, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_PAGED, 8, 0));
}
END_TEST

START_TEST(what_can_not_be_had_is_null)
{
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, SIZE_MAX, TAG));
    ck_assert_ptr_null(ExAllocatePoolWithTag(PagedPool, SIZE_MAX - 16, TAG));
}
END_TEST

START_TEST(usage_counts_what_is_not_freed)
{
    struct pool_usage before = pool_usage();
    PVOID first = ExAllocatePoolZero(NonPagedPoolNx, 100, TAG);
    PVOID second = ExAllocatePool2(POOL_FLAG_PAGED, 28, TAG);
    ck_assert_uint_eq(pool_usage().blocks, before.blocks + 2);
    ck_assert_uint_eq(pool_usage().bytes, before.bytes + 128);
    ExFreePool(first);
    ExFreePoolWithTag(second, TAG);
    ck_assert_uint_eq(pool_usage().blocks, before.blocks);
    ck_assert_uint_eq(pool_usage().bytes, before.bytes);
}
END_TEST

START_TEST(a_wrong_tag_aborts)
{
    ExFreePoolWithTag(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG), 'rehT');
}
END_TEST

START_TEST(what_is_not_a_block_aborts)
{
    DECLSPEC_ALIGN(16) UCHAR memory[128] = {0};
    ExFreePool(memory + 64);
}
END_TEST

START_TEST(freeing_null_aborts)
{
    ExFreePool(NULL);
}
END_TEST

START_TEST(freeing_twice_aborts)
{
    PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG);
    ExFreePool(block);
    ExFreePool(block);
}
END_TEST

START_TEST(raise_on_failure_aborts)
{
    ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE, SIZE_MAX, TAG);
}
END_TEST

START_TEST(paged_memory_at_dispatch_level_aborts)
{
    irql_raise(DISPATCH_LEVEL);
    ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG);
}
END_TEST

START_TEST(paged_memory_freed_at_dispatch_level_aborts)
{
    PVOID block = ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG);
    irql_raise(DISPATCH_LEVEL);
    ExFreePool(block);
}
END_TEST

START_TEST(nonpaged_memory_is_free_to_use_at_dispatch_level)
{
    KIRQL previous = irql_raise(DISPATCH_LEVEL);
    ExFreePool(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG));
    irql_lower(previous);
}
END_TEST

START_TEST(paged_code_is_reached_up_to_apc_level)
{
    PAGED_CODE();
    KIRQL previous = irql_raise(APC_LEVEL);
    PAGED_CODE();
    irql_lower(previous);
}
END_TEST

START_TEST(paged_code_at_dispatch_level_aborts)
{
    irql_raise(DISPATCH_LEVEL);
    PAGED_CODE();
}
END_TEST

START_TEST(raising_returns_the_level_to_go_back_to)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KIRQL outer = irql_raise(DISPATCH_LEVEL);
    KIRQL inner = irql_raise(DISPATCH_LEVEL);
    ck_assert_uint_eq(outer, PASSIVE_LEVEL);
    ck_assert_uint_eq(inner, DISPATCH_LEVEL);
    irql_lower(inner);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    irql_lower(outer);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
END_TEST

START_TEST(lowering_to_a_higher_level_aborts)
{
    irql_lower(DISPATCH_LEVEL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *blocks = tcase_create("blocks");
    tcase_add_test(blocks, pool2_memory_is_zeroed);
    tcase_add_test(blocks, blocks_are_aligned_to_16_bytes_a_cache_line_or_a_page);
    tcase_add_test(blocks, flags_must_name_one_kind_of_memory);
    tcase_add_test(blocks, what_can_not_be_had_is_null);
    tcase_add_test(blocks, usage_counts_what_is_not_freed);
    suite_add_tcase(suite, blocks);

    blocks = unit_ends(tcase_create("wrong blocks"));
    tcase_add_test_raise_signal(blocks, a_wrong_tag_aborts, SIGABRT);
    tcase_add_test_raise_signal(blocks, what_is_not_a_block_aborts, SIGABRT);
    tcase_add_test_raise_signal(blocks, freeing_null_aborts, SIGABRT);
    if (!FREE_IS_CHECKED) /* a sanitizer finds it first, and ends in its own way */
        tcase_add_test_raise_signal(blocks, freeing_twice_aborts, SIGABRT);
    tcase_add_test_raise_signal(blocks, raise_on_failure_aborts, SIGABRT);
    suite_add_tcase(suite, blocks);

    TCase *levels = tcase_create("levels");
    tcase_add_test(levels, nonpaged_memory_is_free_to_use_at_dispatch_level);
    tcase_add_test(levels, paged_code_is_reached_up_to_apc_level);
    tcase_add_test(levels, raising_returns_the_level_to_go_back_to);
    suite_add_tcase(suite, levels);

    levels = unit_ends(tcase_create("wrong levels"));
    tcase_add_test_raise_signal(levels, paged_memory_at_dispatch_level_aborts, SIGABRT);
    tcase_add_test_raise_signal(levels, paged_memory_freed_at_dispatch_level_aborts, SIGABRT);
    tcase_add_test_raise_signal(levels, paged_code_at_dispatch_level_aborts, SIGABRT);
    tcase_add_test_raise_signal(levels, lowering_to_a_higher_level_aborts, SIGABRT);
    suite_add_tcase(suite, levels);
    return unit_run(suite);
}
