/* Reading MOFs: what blocks need of them, the header that is generated, and blocks in readable
 * form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mof/header.h"
#include "mof/mof.h"
#include "mof/pack.h"
#include "mof/show.h"
#include "unit.h"

static const char toaster[] =
    "#PRAGMA AUTORECOVER\n"
    "/* a comment */ // another\n"
    "[Dynamic, Provider(\"WMIProv\"), WMI, Description(\"A toaster\") : amended ToSubclass,\n"
    " guid(\"{BBA21300-6DD3-11d2-B844-00C04FAD5171}\"), locale(\"MS\\\\0x409\")]\n"
    "class Toaster : Base\n"
    "{\n"
    "    [key, read] string InstanceName;\n"
    "    [read] boolean Active;\n"
    "    [WmiDataId(2), read, write, Description(\"How \" \"hot\")] uint32 Heat;\n"
    "    [WmiDataId(1), read, WmiEnum{\"0=a\" \"1=b\", \"2=c\"}] uint8 Kind;\n"
    "    [WmiDataId(3), read] sint16 Slots[2];\n"
    "    [WmiDataId(4), read] string Model;\n"
    "    [WmiDataId(5), read, WmiSizeIs(\"Kind\")] uint16 Times[];\n"
    "    [Implemented, WmiMethodId(7)] void Toast([in] uint32 Count, [out] boolean IsBurnt);\n"
    "};\n"
    "instance of Nothing { Name = \"x\"; };\n";

static char error[MOF_ERROR_SIZE];

static struct mof *read_text(const char *text)
{
    return mof_read(text, strlen(text), error);
}

START_TEST(a_class_has_what_its_block_has)
{
    static const unsigned char guid[] = {0x00, 0x13, 0xa2, 0xbb, 0xd3, 0x6d, 0xd2, 0x11,
                                         0xb8, 0x44, 0x00, 0xc0, 0x4f, 0xad, 0x51, 0x71};
    struct mof *mof = read_text(toaster);
    ck_assert_msg(mof != NULL, "%s", error);
    ck_assert_uint_eq(mof->count, 1);
    const struct mof_class *class = mof_class_named(mof, "TOASTER");
    ck_assert_ptr_nonnull(class);
    ck_assert_ptr_eq(mof_class_of_guid(mof, guid), class);
    ck_assert_str_eq(class->base, "Base");
    ck_assert_str_eq(class->description, "A toaster");
    ck_assert_uint_eq(class->items.count, 5); /* the key and Active are of no block */
    ck_assert_str_eq(class->items.list[0].name, "Kind");
    ck_assert_str_eq(class->items.list[1].description, "How hot");
    ck_assert(class->items.list[1].is_written);
    ck_assert_uint_eq(class->items.list[2].count, 2);
    ck_assert_int_eq(class->items.list[3].type, MOF_STRING);
    ck_assert_str_eq(class->items.list[4].size_is, "Kind");
    ck_assert_uint_eq(class->method_count, 1);
    ck_assert_uint_eq(class->methods[0].id, 7);
    ck_assert(class->methods[0].parameters.list[0].is_in);
    ck_assert(class->methods[0].parameters.list[1].is_out);
    mof_free(mof);
}
END_TEST

/* One line, which says where and what. */
START_TEST(what_does_not_parse_is_refused)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"class A { uint32 B }", "1: ';' is missing before '}'"},
        {"\n\nclass A", "3: '{' is missing before 'the end'"},
        {"class A { [WmiDataId(2)] uint32 B; };", "1: A.B: WmiDataId is 2, and not 1"},
        {"class A { [WmiDataId(1)] uint32 B;\n[WmiDataId(1)] uint32 C; };",
         "2: A.C: WmiDataId is 1, and not 2"},
        {"class A { [WmiDataId(x)] uint32 B; };", "1: 'x' is no number"},
        {"class A { [WmiDataId(1)] Other B; };", "1: A.B: there is no class Other"},
        {"class A { [WmiDataId(1)] uint32 B[]; };",
         "1: A.B: nothing before it says how long the array is (WmiSizeIs)"},
        {"class A { [WmiDataId(1), WmiSizeIs(\"B\")] uint32 B[]; };",
         "1: A.B: nothing before it says how long the array is (WmiSizeIs)"},
        {"[guid(\"{12}\")] class A { };", "1: '{12}' is no GUID"},
        {"class A { void B(); };", "1: the method B has no WmiMethodId"},
        {"class A { [Description(\"x", "1: the string does not end"},
        {"/* x", "1: the comment does not end"},
        {"[Values{\"a\", class A", "1: '}' is missing"},
        {"struct A { };", "1: 'class' is missing before 'struct'"},
    };
    struct mof *mof = read_text(rows[_i].text);
    ck_assert_ptr_null(mof);
    ck_assert_str_eq(error, rows[_i].error);
}
END_TEST

/* Each prefix of a text is parsed or rejected, and no byte after it is read. */
START_TEST(a_text_may_end_anywhere)
{
    for (size_t length = 0; length < sizeof(toaster); length++) {
        char *part = malloc(length + 1);
        memcpy(part, toaster, length);
        mof_free(mof_read(part, length, error));
        free(part);
    }
    ck_assert_ptr_null(mof_read("class\0A", 7, error));
    ck_assert_str_eq(error, "1: it is no text in UTF-8");
}
END_TEST

/* ---- the header ---- */

static char *header_of(const char *text)
{
    char *header = NULL;
    size_t size;
    struct mof *mof = read_text(text);
    ck_assert_msg(mof != NULL, "%s", error);
    FILE *out = open_memstream(&header, &size);
    mof_write_header(mof, "_test_", out);
    fclose(out);
    mof_free(mof);
    return header;
}

START_TEST(the_header_is_as_wmimofck_makes_it)
{
    static const char *const lines[] = {
        "#define ToasterGuid \\\n    { 0xbba21300,0x6dd3,0x11d2, { 0xb8,0x44,0x00,0xc0,0x4f,0xad,"
        "0x51,0x71 } }",
        "DEFINE_GUID(Toaster_GUID, \\\n            "
        "0xbba21300,0x6dd3,0x11d2,0xb8,0x44,0x00,0xc0,0x4f,0xad,0x51,0x71);",
        "    // How hot\n    ULONG Heat;\n    #define Toaster_Heat_SIZE sizeof(ULONG)\n"
        "    #define Toaster_Heat_ID 2\n",
        "    SHORT Slots[2];\n    #define Toaster_Slots_SIZE sizeof(SHORT[2])\n",
        "    CHAR VariableData[1];\n    #define Toaster_Model_ID 4\n",
        "//  USHORT Times[1];\n    #define Toaster_Times_ID 5\n",
        "} Toaster, *PToaster;",
        "#define Toast     7\n",
        "typedef struct _Toast_IN\n{\n    // \n    ULONG Count;\n",
        "#define Toast_OUT_SIZE (FIELD_OFFSET(Toast_OUT, IsBurnt) + Toast_OUT_IsBurnt_SIZE)\n",
    };
    char *header = header_of(toaster);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        ck_assert_msg(strstr(header, lines[i]) != NULL, "'%s' is not in\n%s", lines[i], header);
    ck_assert_ptr_null(strstr(header, "Toaster_SIZE")); /* it has none */
    free(header);
}
END_TEST

/* ---- blocks ---- */

static const char shown_class[] =
    "class Inner { [WmiDataId(1)] uint64 Wide; };\n"
    "class Shown { [WmiDataId(1)] uint8 Count; [WmiDataId(2)] sint16 Cold; "
    "[WmiDataId(3)] boolean Is; [WmiDataId(4)] string Name; "
    "[WmiDataId(5), WmiSizeIs(\"Count\")] uint32 Times[]; [WmiDataId(6)] Inner Inside; };";

struct __attribute__((packed)) shown {
    unsigned char count, pad;
    short cold;
    unsigned char is, pad2;
    unsigned short length;
    unsigned short name[3];
    unsigned char pad3[2];
    unsigned times[2];
    unsigned long long wide;
};

static bool show(const void *data, size_t size, char **text)
{
    size_t length;
    struct mof *mof = read_text(shown_class);
    ck_assert_msg(mof != NULL, "%s", error);
    FILE *out = open_memstream(text, &length);
    bool is_whole = mof_show(mof, &mof_class_named(mof, "Shown")->items, MOF_ALL, data, size, out);
    fclose(out);
    mof_free(mof);
    return is_whole;
}

START_TEST(a_block_is_shown_by_names)
{
    const struct shown data = {.count = 2,
                               .cold = -3,
                               .is = 1,
                               .length = 6,
                               .name = {'a', '"', 0xe9},
                               .times = {7, 8},
                               .wide = 1ull << 40};
    char *text;
    ck_assert(show(&data, sizeof(data), &text));
    ck_assert_str_eq(text, "Count = 2\nCold = -3\nIs = true\nName = \"a\\\"\\u00e9\"\n"
                           "Times = {7, 8}\n"
                           "Inside.Wide = 1099511627776\n");
    free(text);
    for (size_t size = 0; size < sizeof(data); size++) {
        void *part = malloc(size + 1);
        memcpy(part, &data, size);
        ck_assert(!show(part, size, &text));
        free(part);
        free(text);
    }
}
END_TEST

/* ---- what people write ---- */

/* Everything that a block may hold; the words are "NAME=VALUE", up to a NULL. */
static const char packed_class[] =
    "class Inner { [WmiDataId(1)] sint8 Small; [WmiDataId(2)] uint64 Wide; };\n"
    "class Packed { [WmiDataId(1)] uint8 Count; [WmiDataId(2)] boolean Is; "
    "[WmiDataId(3)] sint16 Cold; [WmiDataId(4)] real64 Real; [WmiDataId(5)] char16 Sign; "
    "[WmiDataId(6)] string Name; [WmiDataId(7), WmiSizeIs(\"Count\")] string Names[]; "
    "[WmiDataId(8)] uint32 Pair[2]; [WmiDataId(9)] Inner Inside[2]; "
    "[WmiDataId(10)] real32 Half; [WmiDataId(11)] datetime Then; "
    "[WmiMethodId(3)] void Turn([in] uint8 By, [out] uint32 Angle, [in, out] uint16 Speed); };";

#define THEN "20261129120000.000000+000"
#define WORDS                                                                                      \
    "Count=2", "Is=true", "Cold=-0x10", "Real=0.5", "Sign=x", "Name=\"a b\"",                      \
        "Names={c, \"d,\\\"}\\u00e9\"}", "Pair[1]=4294967295", "Pair[0]=7",                        \
        "Inside[0].Small=-128", "inside[0].wide=1", "Inside[1].Small=127",                         \
        "Inside[1].Wide=18446744073709551615", "Half=1e3", "Then=" THEN

static const char packed_as_shown[] =
    "Count = 2\nIs = true\nCold = -16\nReal = 0.5\nSign = \"x\"\nName = \"a b\"\n"
    "Names = {\"c\", \"d,\\\"}\\u00e9\"}\nPair = {7, 4294967295}\nInside[0].Small = -128\n"
    "Inside[0].Wide = 1\nInside[1].Small = 127\nInside[1].Wide = 18446744073709551615\n"
    "Half = 1000\nThen = \"" THEN "\"\n";

static struct mof *packed_mof;
static struct mof_packed packed;

static bool pack(const struct mof_items *items, enum mof_selection selection,
                 const char *const *words, const struct mof_packed *old)
{
    struct mof_assignment assignments[32];
    char names[32][64];
    unsigned count = 0;
    for (; words[count] != NULL; count++) {
        const char *value = strchr(words[count], '=') + 1;
        snprintf(names[count], sizeof(names[count]), "%.*s", (int)(value - words[count] - 1),
                 words[count]);
        assignments[count] = (struct mof_assignment){names[count], value, false};
    }
    return mof_pack(packed_mof, items, selection, assignments, count, old, &packed, error);
}

static const struct mof_class *packed_class_read(void)
{
    packed_mof = read_text(packed_class);
    ck_assert_msg(packed_mof != NULL, "%s", error);
    return mof_class_named(packed_mof, "Packed");
}

static void check_shown(const struct mof_items *items, enum mof_selection selection,
                        const char *expected)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ck_assert(mof_show(packed_mof, items, selection, packed.data, packed.size, out));
    fclose(out);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(what_is_written_by_names_is_shown_so)
{
    static const char *const words[] = {WORDS, NULL};
    const struct mof_class *class = packed_class_read();
    ck_assert_msg(pack(&class->items, MOF_ALL, words, NULL), "%s", error);
    check_shown(&class->items, MOF_ALL, packed_as_shown);
    free(packed.data);
    mof_free(packed_mof);
}
END_TEST

/* Wherever it stands then: a text or an array before it may have another length. */
START_TEST(what_is_not_named_stays)
{
    static const char *const words[] = {WORDS, NULL},
                             *const changes[] = {"Name=a longer one", "Count=1", "Pair[0]=8", NULL},
                             *const longer[] = {"Count=2", "Names[1]=e", NULL},
                             *const none[] = {NULL};
    const struct mof_class *class = packed_class_read();
    ck_assert(pack(&class->items, MOF_ALL, words, NULL));
    struct mof_packed old = packed;
    for (size_t size = 0; size < old.size; size++) {
        struct mof_packed part = {malloc(size + 1), size};
        memcpy(part.data, old.data, size);
        ck_assert(!pack(&class->items, MOF_ALL, none, &part));
        free(part.data);
    }
    ck_assert_msg(pack(&class->items, MOF_ALL, none, &old), "%s", error);
    ck_assert_mem_eq(packed.data, old.data, old.size);
    free(packed.data);
    ck_assert_msg(pack(&class->items, MOF_ALL, changes, &old), "%s", error);
    free(old.data);
    static const char shorter_as_shown[] =
        "Count = 1\nIs = true\nCold = -16\nReal = 0.5\nSign = \"x\"\nName = \"a longer one\"\n"
        "Names = {\"c\"}\nPair = {8, 4294967295}\nInside[0].Small = -128\n";
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    mof_show(packed_mof, &class->items, MOF_ALL, packed.data, packed.size, out);
    fclose(out);
    ck_assert_msg(strncmp(text, shorter_as_shown, strlen(shorter_as_shown)) == 0, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "Then = \"" THEN "\"\n"));
    free(text);
    old = packed;
    ck_assert_msg(pack(&class->items, MOF_ALL, longer, &old), "%s", error);
    free(old.data);
    free(packed.data);
    mof_free(packed_mof);
}
END_TEST

/* S12.8: one buffer, of the inputs first and of the outputs then. */
START_TEST(a_method_has_inputs_and_outputs)
{
    static const char *const words[] = {"By=1", "Speed=515", NULL};
    const struct mof_class *class = packed_class_read();
    const struct mof_method *method = mof_method_named(class, "turn");
    ck_assert_ptr_nonnull(method);
    ck_assert_ptr_eq(mof_method_named(class, "3"), method);
    ck_assert_ptr_null(mof_method_named(class, "4"));
    ck_assert_msg(pack(&method->parameters, MOF_INPUTS, words, NULL), "%s", error);
    ck_assert_uint_eq(packed.size, 4);
    ck_assert_mem_eq(packed.data, "\1\0\3\2", 4);
    check_shown(&method->parameters, MOF_INPUTS, "By = 1\nSpeed = 515\n");
    free(packed.data);
    packed = (struct mof_packed){(unsigned char *)strdup("\1\2\3\4\5\6"), 6};
    check_shown(&method->parameters, MOF_OUTPUTS, "Angle = 67305985\nSpeed = 1541\n");
    free(packed.data);
    mof_free(packed_mof);
}
END_TEST

/* The word takes the place of the one of that name. */
START_TEST(what_makes_no_sense_is_not_packed)
{
    static const struct {
        const char *word, *error;
    } rows[] = {
        {"Cold=32768", "Cold: '32768' is no value of its type"},
        {"Cold=-32769", "Cold: '-32769' is no value of its type"},
        {"Cold=", "Cold: '' is no value of its type"},
        {"Cold=1x", "Cold: '1x' is no value of its type"},
        {"Is=2", "Is: '2' is no value of its type"},
        {"Real=half", "Real: 'half' is no value of its type"},
        {"Sign=xy", "Sign: 'xy' is no value of its type"},
        {"Then=now", "Then: 'now' is no value of its type"},
        {"Name=\"a", "Name: '\"a' is no text of ASCII and \\uXXXX"},
        {"Name=\xc3\xa9", "Name: '\xc3\xa9' is no text of ASCII and \\uXXXX"},
        {"Name=\\u12", "Name: '\\u12' is no text of ASCII and \\uXXXX"},
        {"Name=a\\", "Name: 'a\\' is no text of ASCII and \\uXXXX"},
        {"Names={c}", "Names is an array of 2"},
        {"Names={c, d, e}", "Names is an array of 2"},
        {"Names=c", "Names is an array: its values stand in braces"},
        {"Count=3", "Names is an array of 3"},
        {"Count=-1", "Count: '-1' is no value of its type"},
        {"Pair[0]=-1", "Pair[0]: '-1' is no value of its type"},
        {"Inside[0].Small=128", "Inside[0].Small: '128' is no value of its type"},
        {"Inside[2].Small=1", "there is no Inside[2].Small"},
        {"Inside=1", "there is no Inside"},
        {"=1", "there is no "},
    };
    static const char *const all[] = {WORDS};
    enum { COUNT = sizeof(all) / sizeof(all[0]) };
    const char *words[COUNT + 2];
    size_t name = strcspn(rows[_i].word, "=") + 1;
    bool is_named = false;
    for (size_t i = 0; i < COUNT; i++) {
        bool is_it = strncmp(all[i], rows[_i].word, name) == 0;
        is_named |= is_it;
        words[i] = is_it ? rows[_i].word : all[i];
    }
    words[COUNT] = is_named ? NULL : rows[_i].word;
    words[COUNT + 1] = NULL;
    const struct mof_class *class = packed_class_read();
    ck_assert(!pack(&class->items, MOF_ALL, words, NULL));
    ck_assert_str_eq(error, rows[_i].error);
    ck_assert(!pack(&class->items, MOF_ALL, words + 1, NULL));
    ck_assert_ptr_null(packed.data);
    mof_free(packed_mof);
}
END_TEST

static Suite *mof_suite(void)
{
    Suite *suite = suite_create("mof");
    TCase *tests = tcase_create("mof");
    tcase_add_test(tests, a_class_has_what_its_block_has);
    tcase_add_loop_test(tests, what_does_not_parse_is_refused, 0, 14);
    tcase_add_test(tests, a_text_may_end_anywhere);
    tcase_add_test(tests, the_header_is_as_wmimofck_makes_it);
    tcase_add_test(tests, a_block_is_shown_by_names);
    tcase_add_test(tests, what_is_written_by_names_is_shown_so);
    tcase_add_test(tests, what_is_not_named_stays);
    tcase_add_test(tests, a_method_has_inputs_and_outputs);
    tcase_add_loop_test(tests, what_makes_no_sense_is_not_packed, 0, 22);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(mof_suite());
}
