/* Which devices an INF is for: versions, decorations, models, ranks (S20.11 to S20.22). */
#include "infs.h"
#include "unit.h"

#include <stdio.h>

#define VERSION                                                                                    \
    "[Version]\nSignature = \"$Windows NT$\"\nClassGuid = {78A1C341-4539-11d3-B88D-00C04FAD5171}\n"

static struct inf_models models;

static const struct inf_model *read_models(const char *text)
{
    ck_assert_int_eq(inf_models_read(infs_read(text), &models), 0);
    return models.first;
}

/* Asserts that `Maker = M, DECORATIONS` selects that section of models; NULL: none. */
static void expect_choice(const char *decorations, const char *section)
{
    static const char *const sections[] = {"NTamd64",
                                           "NT",
                                           "NTarm64",
                                           "NTamd64.10.0",
                                           "NTamd64.10.0...17763",
                                           "NTamd64.10.0...22000",
                                           "NTamd64.10.0...100000",
                                           "NTamd64.6.3",
                                           "NTamd64.11.0",
                                           "NTamd64.10.0.1",
                                           "NTamd64.10.0.3",
                                           "NTamd64.10.0.1..17763",
                                           "NTamd64.10.0..0x80",
                                           "NT.10.0",
                                           "NTamd64.6.4"};
    char text[4096];
    int used = snprintf(text, sizeof(text), "[Manufacturer]\nMaker = M, %s\n", decorations);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "[M.%s]\n%s = I, id\n",
                         sections[i], sections[i]);
    const struct inf_model *model = read_models(text);
    if (section == NULL)
        ck_assert_ptr_null(model);
    else
        ck_assert_str_eq(model->description, section);
}

/* S20.11 */
START_TEST(a_signature_makes_an_inf)
{
    struct inf_version version;
    inf_version_read(infs_read("[Version]\nSIGNATURE=\"$WINDOWS NT$\"\nClass=X\nProvider=%p%\n"
                               "ClassGuid={1}\nDriverVer=03/20/2003,5.0.3788.65535\n"
                               "[Strings]\np=\"me\"\n"),
                     &version);
    ck_assert_str_eq(version.class_name, "X");
    ck_assert_str_eq(version.class_guid, "{1}");
    ck_assert_str_eq(version.provider, "me");
    ck_assert_uint_eq(version.date, 20030320);
    ck_assert_uint_eq(version.version, 5ull << 48 | 3788ull << 16 | 65535);
    ck_assert(!version.is_extension);
    struct inf *inf = infs_read("[Version]\nSignature=$Chicago$\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "");
}
END_TEST

/* S20.11, S20.50 */
START_TEST(without_a_signature_it_is_none)
{
    struct inf_version version;
    struct inf *inf = infs_read("[a]\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "0:0: error: there is no section [Version]: this is no INF\n");
    inf = infs_read("[Version]\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "1:1: error: [Version] has no Signature: it wants \"$Windows NT$\"\n");
    inf = infs_read("[Version]\nSignature=\"$Linux$\"\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "2:11: error: the signature $Linux$ is none: it is \"$Windows NT$\"\n");
}
END_TEST

/* S20.11 */
START_TEST(an_extension_is_known_by_its_class)
{
    struct inf_version version;
    inf_version_read(infs_read("[Version]\nSignature=$Chicago$\nClass=extension\n"), &version);
    ck_assert(version.is_extension);
}
END_TEST

/* S20.51, S20.45: an empty one is for a tool to fill in. */
START_TEST(a_date_that_is_none_or_to_come_is_warned_of)
{
    struct inf_version version;
    struct inf *inf = infs_read(VERSION "DriverVer=\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "");
    inf = infs_read(VERSION "DriverVer=11/30/2026,1\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "4:11: warning: the date 11/30/2026 lies in the future\n");
    inf = infs_read(VERSION "DriverVer=2026-11-29,1.x\n");
    inf_version_read(inf, &version);
    infs_expect(inf, "4:11: warning: 2026-11-29 is no date: it is mm/dd/yyyy\n"
                     "4:22: warning: 1.x is no version: it is w.x.y.z\n");
}
END_TEST

/* S20.13, S20.16 */
START_TEST(a_model_has_a_description_an_install_section_and_ids)
{
    const struct inf_model *model = read_models("[Manufacturer]\n"
                                                "%Maker% = M, NTamd64\n"
                                                "Other\n"
                                                "[M.NTamd64]\n"
                                                "\"A, B\" = One, root\\one, compatible\\1, c\\2\n"
                                                "Two = Two,, only\\compatible\n"
                                                "[Other]\n"
                                                "Three = Three, 3\n"
                                                "[Strings]\nMaker = \"the maker\"\n");
    ck_assert_uint_eq(models.count, 3);
    ck_assert_str_eq(model->manufacturer, "the maker");
    ck_assert_str_eq(model->description, "A, B");
    ck_assert_str_eq(model->install, "One");
    ck_assert_uint_eq(model->id_count, 3);
    ck_assert_str_eq(model->ids[0].text, "root\\one");
    ck_assert_str_eq(model->next->ids[0].text, "");
    ck_assert_str_eq(model->next->ids[1].text, "only\\compatible");
    ck_assert_str_eq(model->next->next->manufacturer, "Other");
}
END_TEST

/* S20.16 */
START_TEST(a_model_without_an_id_is_an_error)
{
    struct inf *inf;
    read_models("[Manufacturer]\nM = M, NTamd64\n[M.NTamd64]\nOne = One\nx\nTwo = Two, 2\n");
    ck_assert_uint_eq(models.count, 1);
    inf = infs_read("[Manufacturer]\nM = M, NTamd64\n[M.NTamd64]\nOne = One\n");
    inf_models_read(inf, &models);
    infs_expect_one(inf, "4:1: error: a model is DESCRIPTION = INSTALL-SECTION, HARDWARE-ID");
}
END_TEST

/* S20.14, S20.15 */
START_TEST(of_the_decorations_that_fit_the_closest_is_chosen)
{
    expect_choice("NTamd64", "NTamd64");
    expect_choice("NTAMD64", "NTamd64");
    expect_choice("NTarm64, NTamd64", "NTamd64");
    expect_choice("NTamd64, NTamd64.10.0", "NTamd64.10.0");
    expect_choice("NTamd64.10.0, NTamd64.6.3", "NTamd64.10.0");
    expect_choice("NTamd64.10.0...22000, NTamd64.10.0...17763", "NTamd64.10.0...22000");
    expect_choice("NTamd64.10.0...100000, NTamd64.10.0...17763", "NTamd64.10.0...17763");
    expect_choice("NTamd64.11.0, NTamd64.6.4", "NTamd64.6.4");
    expect_choice("NTamd64.10.0, NTamd64.10.0.1", "NTamd64.10.0.1");
    expect_choice("NTamd64.10.0.3, NTamd64.10.0.1..17763", "NTamd64.10.0.1..17763");
    expect_choice("NTamd64.10.0.3", NULL);
    expect_choice("NTamd64.10.0..0x80, NTamd64", "NTamd64");
    expect_choice("NTarm64", NULL);
    expect_choice("NTamd64, NT.10.0", "NT.10.0");
}
END_TEST

/* S20.14 */
START_TEST(without_decoration_the_models_are_taken_with_a_note)
{
    struct inf *inf =
        infs_read("[Manufacturer]\nA = A\nB = B, NT\n[A]\nx = I, 1\n[B.NT]\ny = I, 2\n");
    ck_assert_int_eq(inf_models_read(inf, &models), 0);
    ck_assert_uint_eq(models.count, 2);
    infs_expect(inf, "4:1: note: [A] has no decoration: Windows takes that for x86; write "
                     "[A.NTamd64]\n"
                     "6:1: note: [B.NT] names no architecture: Windows takes that for x86\n");
}
END_TEST

/* S20.14 */
START_TEST(an_empty_section_keeps_this_system_out)
{
    struct inf *inf = infs_read("[Manufacturer]\nM = M, NTamd64, NTamd64.10.0\n"
                                "[M.NTamd64]\nx = I, 1\n[M.NTamd64.10.0]\n");
    ck_assert_int_eq(inf_models_read(inf, &models), 0);
    ck_assert_uint_eq(models.count, 0);
    infs_expect(inf, "1:1: error: there are no models for this system (NTamd64.10.0, build "
                     "99999)\n");
}
END_TEST

/* S20.50, S20.51 */
START_TEST(decorations_without_a_section_and_bad_ones_are_complained_of)
{
    struct inf *inf = infs_read("[Manufacturer]\nM = M, NTamd64, NTamd64.10.0, Linux, NTvax, "
                                "NTamd64.1.2.3.4.5.6\n[M.NTamd64]\nx = I, 1\n");
    ck_assert_int_eq(inf_models_read(inf, &models), 0);
    infs_expect(inf,
                "2:17: warning: there is no section [M.NTamd64.10.0] for this decoration\n"
                "2:31: warning: Linux is no decoration: it is NT, an architecture and a version\n"
                "2:38: warning: NTvax is no decoration: it is NT, an architecture and a version\n"
                "2:45: warning: NTamd64.1.2.3.4.5.6 is no decoration: it is NT, an architecture "
                "and a version\n");
    inf = infs_read("[Manufacturer]\nM = M, NTarm64\n[M.NTarm64]\nx = I, 1\n");
    ck_assert_int_eq(inf_models_read(inf, &models), 0);
    infs_expect(inf, "1:1: error: there are no models for this system (NTamd64.10.0, build "
                     "99999)\n");
}
END_TEST

static unsigned score(const char *line, const char *const *hardware, unsigned hardware_count,
                      const char *const *compatible, unsigned compatible_count)
{
    char text[256];
    snprintf(text, sizeof(text), "[Manufacturer]\nM = M, NTamd64\n[M.NTamd64]\nx = I, %s\n", line);
    const struct inf_device_ids ids = {hardware, hardware_count, compatible, compatible_count};
    return inf_model_score(read_models(text), &ids);
}

/* S20.20 */
START_TEST(hardware_ids_fit_better_than_compatible_ones)
{
    const char *const hardware[] = {"H0", "H1"};
    const char *const compatible[] = {"C0", "C1"};
#define SCORE(line) score(line, hardware, 2, compatible, 2)
    ck_assert_uint_eq(SCORE("h0"), 0);
    ck_assert_uint_eq(SCORE("H1"), 1);
    ck_assert_uint_eq(SCORE("x, H0"), 0x1000);
    ck_assert_uint_eq(SCORE("x, y, H1"), 0x1001);
    ck_assert_uint_eq(SCORE("C0"), 0x2000);
    ck_assert_uint_eq(SCORE("c1"), 0x2001);
    ck_assert_uint_eq(SCORE("x, C0"), 0x3000);
    ck_assert_uint_eq(SCORE("x, y, C1"), 0x3101);
    ck_assert_uint_eq(SCORE("H1, C0, H0"), 1); /* S20.21: the best of a line counts */
    ck_assert_uint_eq(SCORE("H"), INF_NO_MATCH);
    ck_assert_uint_eq(SCORE("H0 x"), INF_NO_MATCH);
    ck_assert_uint_eq(SCORE(", C1"), 0x3001);
#undef SCORE
}
END_TEST

/* S20.21, S20.22 */
START_TEST(of_several_lines_the_best_then_the_first_counts)
{
    read_models("[Manufacturer]\nM = M, NTamd64\n[M.NTamd64]\n"
                "one = I, other\\x, root\\ECHO\ntwo = I, root\\echo\nthree = I, ROOT\\echo\n");
    const char *const hardware[] = {"root\\ECHO"};
    const struct inf_device_ids ids = {.hardware = hardware, .hardware_count = 1};
    unsigned best;
    ck_assert_str_eq(inf_models_match(&models, &ids, &best)->description, "two");
    ck_assert_uint_eq(best, 0);
}
END_TEST

/* S20.21 */
START_TEST(ranks_are_feature_then_score_then_date_then_version)
{
    const struct inf_rank base = {.feature = 0xff, .score = 5, .date = 20200101, .version = 7};
    struct inf_rank other = base;
    ck_assert_int_eq(inf_rank_compare(&base, &other), 0);
    other.version = 8;
    ck_assert_int_gt(inf_rank_compare(&base, &other), 0);
    other.date = 20190101;
    ck_assert_int_lt(inf_rank_compare(&base, &other), 0);
    other.score = 4;
    ck_assert_int_gt(inf_rank_compare(&base, &other), 0);
    other.feature = 0x100;
    ck_assert_int_lt(inf_rank_compare(&base, &other), 0);
}
END_TEST

/* S20.21: of one file, with its FeatureScore. */
START_TEST(a_package_knows_its_rank)
{
    struct inf_package *package =
        infs_package(INFS_START "FeatureScore = 80\n" INFS_SERVICE "[DefaultInstall]\n");
    const char *const hardware[] = {"nothing", "ROOT\\TOASTER"};
    const struct inf_device_ids ids = {.hardware = hardware, .hardware_count = 2};
    struct inf_rank rank;
    const struct inf_install *install = inf_package_match(package, &ids, &rank);
    ck_assert_str_eq(install->section, "Toaster.NT");
    ck_assert_uint_eq(rank.feature, 0x80);
    ck_assert_uint_eq(rank.score, 1);
    const struct inf_device_ids others = {.hardware = hardware, .hardware_count = 1};
    ck_assert_ptr_null(inf_package_match(package, &others, &rank));
    package = infs_package(INFS_START "FeatureScore = x\n" INFS_SERVICE);
    infs_expect(package->inf, "10:16: warning: the FeatureScore x is no number from 00 to FF\n");
}
END_TEST

static void end(void)
{
    infs_end();
}

static Suite *models_suite(void)
{
    Suite *suite = suite_create("infmodels");
    TCase *tests = tcase_create("infmodels");
    tcase_add_checked_fixture(tests, NULL, end);
    tcase_add_test(tests, a_signature_makes_an_inf);
    tcase_add_test(tests, without_a_signature_it_is_none);
    tcase_add_test(tests, an_extension_is_known_by_its_class);
    tcase_add_test(tests, a_date_that_is_none_or_to_come_is_warned_of);
    tcase_add_test(tests, a_model_has_a_description_an_install_section_and_ids);
    tcase_add_test(tests, a_model_without_an_id_is_an_error);
    tcase_add_test(tests, of_the_decorations_that_fit_the_closest_is_chosen);
    tcase_add_test(tests, without_decoration_the_models_are_taken_with_a_note);
    tcase_add_test(tests, an_empty_section_keeps_this_system_out);
    tcase_add_test(tests, decorations_without_a_section_and_bad_ones_are_complained_of);
    tcase_add_test(tests, hardware_ids_fit_better_than_compatible_ones);
    tcase_add_test(tests, of_several_lines_the_best_then_the_first_counts);
    tcase_add_test(tests, ranks_are_feature_then_score_then_date_then_version);
    tcase_add_test(tests, a_package_knows_its_rank);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(models_suite());
}
