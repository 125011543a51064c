/* The header of a MOF. See header.h. */
#include "mof/header.h"

#include <string.h>

static const char *const names[] = {
    [MOF_BOOLEAN] = "BOOLEAN", [MOF_SINT8] = "CHAR",      [MOF_UINT8] = "UCHAR",
    [MOF_SINT16] = "SHORT",    [MOF_UINT16] = "USHORT",   [MOF_SINT32] = "LONG",
    [MOF_UINT32] = "ULONG",    [MOF_SINT64] = "LONGLONG", [MOF_UINT64] = "ULONGLONG",
    [MOF_REAL32] = "float",    [MOF_REAL64] = "double",   [MOF_CHAR16] = "WCHAR",
    [MOF_DATETIME] = "WCHAR",  [MOF_STRING] = "CHAR",
};

/* What anything is called in the header. */
#define SHOWN(named) ((named)->header_name != NULL ? (named)->header_name : (named)->name)

static const char *type_of(const struct mof *mof, const struct mof_item *item)
{
    return item->type == MOF_CLASS ? SHOWN(mof_class_named(mof, item->class_name))
                                   : names[item->type];
}

/* A line of comment for each line of the text. */
static void write_comment(FILE *out, const char *indent, const char *text)
{
    fprintf(out, "%s// ", indent);
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '\n')
            fprintf(out, "\n%s// ", indent);
        else if (*text != '\r')
            fputc(*text, out);
    }
    fputc('\n', out);
}

/* A class that holds a string or an array of unknown length is as long as what it holds. */
static bool is_fixed_class(const struct mof *mof, const struct mof_class *class, unsigned depth);

static bool is_fixed(const struct mof *mof, const struct mof_item *item, unsigned depth)
{
    if (item->type == MOF_STRING || (item->is_array && item->count == 0))
        return false;
    return item->type != MOF_CLASS ||
           (depth < 16 && is_fixed_class(mof, mof_class_named(mof, item->class_name), depth + 1));
}

static bool is_fixed_class(const struct mof *mof, const struct mof_class *class, unsigned depth)
{
    for (unsigned i = 0; i < class->items.count; i++) {
        if (!is_fixed(mof, &class->items.list[i], depth))
            return false;
    }
    return true;
}

static unsigned elements_of(const struct mof_item *item)
{
    unsigned count = item->is_array ? item->count : 1;
    return item->type == MOF_DATETIME ? count * 25 : count;
}

static void write_fixed_item(FILE *out, const struct mof *mof, const char *of,
                             const struct mof_item *item)
{
    unsigned elements = elements_of(item);
    if (elements == 1 && !item->is_array) {
        fprintf(out, "    %s %s;\n", type_of(mof, item), SHOWN(item));
        fprintf(out, "    #define %s_%s_SIZE sizeof(%s)\n", of, SHOWN(item), type_of(mof, item));
    } else {
        fprintf(out, "    %s %s[%u];\n", type_of(mof, item), SHOWN(item), elements);
        fprintf(out, "    #define %s_%s_SIZE sizeof(%s[%u])\n", of, SHOWN(item), type_of(mof, item),
                elements);
    }
}

/* The first item of variable size ends the structure: what follows has no place of its own. */
static void write_variable_item(FILE *out, const struct mof *mof, const struct mof_item *item,
                                bool is_first)
{
    if (item->type == MOF_STRING || item->type == MOF_CLASS)
        fprintf(out, is_first ? "    CHAR VariableData[1];\n" : "//  %s %s;\n",
                item->type == MOF_STRING ? "CHAR" : type_of(mof, item), SHOWN(item));
    else
        fprintf(out, is_first ? "    %s %s[1];\n" : "//  %s %s[1];\n", type_of(mof, item),
                SHOWN(item));
}

static void write_id(FILE *out, const char *of, const struct mof_item *item)
{
    fprintf(out, "    #define %s_%s_ID %u\n\n", of, SHOWN(item), item->id);
}

/* How large it is at least, if all of it is fixed. */
static void write_size(FILE *out, const char *of, const struct mof_item *last)
{
    if (last != NULL)
        fprintf(out, "#define %s_SIZE (FIELD_OFFSET(%s, %s) + %s_%s_SIZE)\n\n", of, of, SHOWN(last),
                of, SHOWN(last));
}

static void write_structure(FILE *out, const struct mof *mof, const char *name,
                            const struct mof_items *items, enum mof_selection selection)
{
    const struct mof_item *last = NULL;
    bool is_variable = false;
    unsigned count = 0;
    fprintf(out, "typedef struct _%s\n{\n", name);
    for (unsigned i = 0; i < items->count; i++) {
        const struct mof_item *item = &items->list[i];
        if (!mof_is_selected(item, selection))
            continue;
        count++;
        write_comment(out, "    ", item->description);
        if (!is_variable && is_fixed(mof, item, 0)) {
            write_fixed_item(out, mof, name, item);
            last = item;
        } else {
            write_variable_item(out, mof, item, !is_variable);
            is_variable = true;
        }
        write_id(out, name, item);
    }
    if (count == 0)
        fprintf(out, "    CHAR VariableData[1];\n\n");
    fprintf(out, "} %s, *P%s;\n\n", name, name);
    write_size(out, name, is_variable ? NULL : last);
}

static bool has(const struct mof_items *items, enum mof_selection selection)
{
    for (unsigned i = 0; i < items->count; i++) {
        if (mof_is_selected(&items->list[i], selection))
            return true;
    }
    return false;
}

static void write_method(FILE *out, const struct mof *mof, const struct mof_method *method)
{
    char name[256];
    if (has(&method->parameters, MOF_INPUTS)) {
        snprintf(name, sizeof(name), "%s_IN", SHOWN(method));
        write_structure(out, mof, name, &method->parameters, MOF_INPUTS);
    }
    if (has(&method->parameters, MOF_OUTPUTS)) {
        snprintf(name, sizeof(name), "%s_OUT", SHOWN(method));
        write_structure(out, mof, name, &method->parameters, MOF_OUTPUTS);
    }
}

static void write_methods(FILE *out, const struct mof *mof, const struct mof_class *class)
{
    if (class->method_count == 0)
        return;
    fprintf(out, "// Method ids of %s\n", SHOWN(class));
    for (unsigned i = 0; i < class->method_count; i++)
        fprintf(out, "#define %s     %u\n", SHOWN(&class->methods[i]), class->methods[i].id);
    fputc('\n', out);
    for (unsigned i = 0; i < class->method_count; i++)
        write_method(out, mof, &class->methods[i]);
}

static void write_guid(FILE *out, const struct mof_class *class)
{
    const unsigned char *g = class->guid;
    unsigned data1 = g[0] | (unsigned)g[1] << 8 | (unsigned)g[2] << 16 | (unsigned)g[3] << 24;
    unsigned data2 = g[4] | (unsigned)g[5] << 8, data3 = g[6] | (unsigned)g[7] << 8;
    if (!class->has_guid)
        return;
    fprintf(out,
            "#define %sGuid \\\n    { 0x%08x,0x%04x,0x%04x, { 0x%02x,0x%02x,0x%02x,0x%02x,0x%02x,"
            "0x%02x,0x%02x,0x%02x } }\n\n",
            SHOWN(class), data1, data2, data3, g[8], g[9], g[10], g[11], g[12], g[13], g[14],
            g[15]);
    fprintf(out,
            "#if ! (defined(MIDL_PASS))\nDEFINE_GUID(%s_GUID, \\\n            "
            "0x%08x,0x%04x,0x%04x,0x%02x,0x%02x,0x%02x,0x%02x,0x%02x,0x%02x,0x%02x,0x%02x);\n"
            "#endif\n\n",
            SHOWN(class), data1, data2, data3, g[8], g[9], g[10], g[11], g[12], g[13], g[14],
            g[15]);
}

/* A class that another one has is written before it. */
static void write_class(FILE *out, const struct mof *mof, const struct mof_class *class)
{
    fprintf(out, "// %s - %s\n", class->name, SHOWN(class));
    write_comment(out, "", class->description);
    write_guid(out, class);
    if (class->items.count > 0)
        write_structure(out, mof, SHOWN(class), &class->items, MOF_ALL);
    write_methods(out, mof, class);
}

void mof_write_header(const struct mof *mof, const char *guard, FILE *out)
{
    fprintf(out, "#ifndef %s\n#define %s\n\n", guard, guard);
    for (unsigned i = 0; i < mof->count; i++)
        write_class(out, mof, &mof->classes[i]);
    fprintf(out, "#endif\n");
}
