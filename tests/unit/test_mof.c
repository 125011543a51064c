/* Reading MOFs: what of them blocks need, the header that is made of it, and blocks as people read
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mof/header.h"
#include "mof/mof.h"
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

/* Each beginning of a text parses or is refused, and no byte behind it is read. */
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

static Suite *mof_suite(void)
{
    Suite *suite = suite_create("mof");
    TCase *tests = tcase_create("mof");
    tcase_add_test(tests, a_class_has_what_its_block_has);
    tcase_add_loop_test(tests, what_does_not_parse_is_refused, 0, 14);
    tcase_add_test(tests, a_text_may_end_anywhere);
    tcase_add_test(tests, the_header_is_as_wmimofck_makes_it);
    tcase_add_test(tests, a_block_is_shown_by_names);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(mof_suite());
}
