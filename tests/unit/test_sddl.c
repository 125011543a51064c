/* Who may open a device, from a security descriptor to a node's permission bits. */
#include <stdio.h>
#include <wdmsec.h>

#include "nt/sddl.h"
#include "nt/utf.h"
#include "unit.h"

static mode_t mode_of(const char *text)
{
    mode_t mode = 07777;
    ck_assert_msg(sddl_to_mode(text, &mode), "'%s' is refused", text);
    return mode;
}

/* As documented in Microsoft's header. */
START_TEST(the_descriptors_of_wdmsec_have_their_text)
{
    static const struct {
        PCUNICODE_STRING sddl;
        const char *text;
    } rows[] = {
        {&SDDL_DEVOBJ_KERNEL_ONLY, "D:P"},
        {&SDDL_DEVOBJ_INF_SUPPLIED, "D:P"},
        {&SDDL_DEVOBJ_SYS_ALL, "D:P(A;;GA;;;SY)"},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_ALL, "D:P(A;;GA;;;SY)(A;;GA;;;BA)"},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RX, "D:P(A;;GA;;;SY)(A;;GRGX;;;BA)"},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R, "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)"},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R,
         "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)(A;;GR;;;RC)"},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R,
         "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)"},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX,
         "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGWGX;;;WD)(A;;GRGWGX;;;RC)"},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        char *text = utf8_duplicate(rows[i].sddl);
        ck_assert_ptr_nonnull(text);
        ck_assert_str_eq(text, rows[i].text);
        free(text);
    }
}
END_TEST

START_TEST(the_descriptors_of_wdmsec_say_who_may_read_and_write)
{
    static const struct {
        PCUNICODE_STRING sddl;
        mode_t mode;
    } rows[] = {
        {&SDDL_DEVOBJ_KERNEL_ONLY, 0},
        {&SDDL_DEVOBJ_SYS_ALL, 0600},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_ALL, 0600},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RX, 0600},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R, 0644},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R, 0644},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R, 0666},
        {&SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX, 0666},
    };
    char *text = utf8_duplicate(rows[_i].sddl);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(mode_of(text), rows[_i].mode);
    free(text);
}
END_TEST

START_TEST(the_first_entry_about_somebodys_right_decides_it)
{
    ck_assert_uint_eq(mode_of("D:P(D;;GW;;;WD)(A;;GRGW;;;WD)"), 0444);
    ck_assert_uint_eq(mode_of("D:P(A;;GRGW;;;WD)(D;;GW;;;WD)"), 0666);
}
END_TEST

START_TEST(a_right_may_be_a_number)
{
    ck_assert_uint_eq(mode_of("D:(A;;0x12019f;;;SY)"), 0600);
    ck_assert_uint_eq(mode_of("D:(A;;0x80000000;;;BA)"), 0400);
}
END_TEST

START_TEST(a_trustee_that_a_node_does_not_know_gets_nothing)
{
    ck_assert_uint_eq(mode_of("D:P(A;;GA;;;S-1-5-21-1-2-3-500)(A;;GR;;;RC)"), 0);
}
END_TEST

START_TEST(an_entry_that_is_only_inherited_does_not_count)
{
    ck_assert_uint_eq(mode_of("D:P(A;;GA;;;SY)(A;OICIIO;GRGW;;;WD)"), 0600);
    ck_assert_uint_eq(mode_of("D:P(D;IO;GW;;;WD)(A;;GRGW;;;WD)"), 0666);
    ck_assert_uint_eq(mode_of("D:P(A;OICI;GR;;;WD)(A;NPID;GW;;;SY)"), 0644);
}
END_TEST

START_TEST(a_trustee_may_be_given_by_its_sid)
{
    ck_assert_uint_eq(mode_of("D:P(A;;GA;;;S-1-5-18)(A;;GR;;;S-1-1-0)"), 0644);
    ck_assert_uint_eq(mode_of("D:P(D;;GW;;;S-1-1-0)(A;;GRGW;;;WD)"), 0444);
    ck_assert_uint_eq(mode_of("D:P(A;;GR;;;S-1-5-32-544)"), 0400);
}
END_TEST

START_TEST(who_is_nobody_on_linux_gets_nothing_and_takes_nothing)
{
    ck_assert_uint_eq(mode_of("D:P(A;;GA;;;AN)(A;;GA;;;AC)(A;;GA;;;CO)"), 0);
    ck_assert_uint_eq(mode_of("D:P(D;;GA;;;AN)(A;;GRGW;;;WD)"), 0666);
}
END_TEST

START_TEST(flags_of_the_list_change_nothing)
{
    ck_assert_uint_eq(mode_of("D:PAI(A;;GA;;;SY)"), 0600);
    ck_assert_uint_eq(mode_of("D:ARAI(A;;GA;;;SY)"), 0600);
    ck_assert_uint_eq(mode_of("D:"), 0);
}
END_TEST

START_TEST(what_is_no_descriptor_is_refused)
{
    static const char *const texts[] = {
        "",
        "P(A;;GA;;;SY)",
        "D:P(A;;GA;;;SY",
        "D:P(A;;GA;;;SY)x",
        "D:P(A;;GA;;SY)",
        "D:P(A;;ZZ;;;SY)",
        "D:P(A;;G;;;SY)",
        "D:P(X;;GA;;;SY)",
        "D:P(;;GA;;;SY)",
        "D:P(A;;GA;;;)",
        "D:P(A;;0x1g;;;SY)",
        "D:P()",
        "D:P(A;XX;GA;;;WD)",
        "D:P(A;I;GA;;;WD)",
        "D:P(OA;;GA;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)",
        "D:P(A;;GA;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)",
        "D:P(A;;GA;;bf967aba-0de6-11d0-a285-00aa003049e2;WD)",
        "D:P(AU;SA;GA;;;WD)",
        "D:P(A;;0x100000001;;;WD)",
        "D:P(A;;GA;;;W)",
        "D:P(A;;GA;;;everyone)",
        "D:P(A;;GA;;;S-1-1-)",
        "D:R(A;;GA;;;SY)",
        "D:IA(A;;GA;;;SY)",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        mode_t mode;
        ck_assert_msg(!sddl_to_mode(texts[i], &mode), "'%s' is accepted", texts[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sddl");
    TCase *sddl = tcase_create("sddl");
    tcase_add_test(sddl, the_descriptors_of_wdmsec_have_their_text);
    tcase_add_loop_test(sddl, the_descriptors_of_wdmsec_say_who_may_read_and_write, 0, 8);
    tcase_add_test(sddl, the_first_entry_about_somebodys_right_decides_it);
    tcase_add_test(sddl, a_right_may_be_a_number);
    tcase_add_test(sddl, a_trustee_that_a_node_does_not_know_gets_nothing);
    tcase_add_test(sddl, an_entry_that_is_only_inherited_does_not_count);
    tcase_add_test(sddl, a_trustee_may_be_given_by_its_sid);
    tcase_add_test(sddl, who_is_nobody_on_linux_gets_nothing_and_takes_nothing);
    tcase_add_test(sddl, flags_of_the_list_change_nothing);
    tcase_add_test(sddl, what_is_no_descriptor_is_refused);
    suite_add_tcase(suite, sddl);
    return unit_run(suite);
}
