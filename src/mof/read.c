/* Reading a MOF. See mof.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mof/lexer.h"

/* The part in brackets before a class, an item, a method. */
struct qualifiers {
    char *description, *header_name, *guid, *size_is;
    unsigned data_id, method_id, id, max;
    bool is_in, is_out, is_written;
};

static void free_qualifiers(struct qualifiers *qualifiers)
{
    free(qualifiers->description);
    free(qualifiers->header_name);
    free(qualifiers->guid);
    free(qualifiers->size_is);
}

/* ---- words ---- */

static bool is_mark(const struct mof_lexer *lexer, char mark)
{
    return lexer->kind == MOF_TOKEN_MARK && lexer->text[0] == mark;
}

static bool is_word(const struct mof_lexer *lexer, const char *word)
{
    return lexer->kind == MOF_TOKEN_WORD && strcasecmp(lexer->text, word) == 0;
}

static bool skip_mark(struct mof_lexer *lexer, char mark)
{
    if (!is_mark(lexer, mark))
        return false;
    mof_next(lexer);
    return true;
}

static const char *shown(const struct mof_lexer *lexer)
{
    return lexer->kind == MOF_TOKEN_END ? "the end" : lexer->text;
}

static void expect(struct mof_lexer *lexer, char mark)
{
    if (!skip_mark(lexer, mark))
        mof_fail(lexer, lexer->token_line, "'%c' is missing before '%.64s'", mark, shown(lexer));
}

/* Takes the text of the word or string, or fails. */
static char *take_text(struct mof_lexer *lexer, enum mof_token_kind kind, const char *what)
{
    if (lexer->kind != kind) {
        mof_fail(lexer, lexer->token_line, "%s is missing before '%.64s'", what, shown(lexer));
        return NULL;
    }
    char *text = lexer->text;
    lexer->text = NULL;
    mof_next(lexer);
    return text;
}

static unsigned take_number(struct mof_lexer *lexer)
{
    unsigned line = lexer->token_line;
    char *end, *text = take_text(lexer, MOF_TOKEN_WORD, "a number");
    if (text == NULL)
        return 0;
    unsigned long number = strtoul(text, &end, 0);
    if (*end != '\0' || text[0] == '-' || number > 0x7fffffff)
        mof_fail(lexer, line, "'%.64s' is no number", text);
    free(text);
    return (unsigned)number;
}

/* Reads over what stands up to the closing mark, whose opening one was taken. */
static void skip_to(struct mof_lexer *lexer, char open, char close)
{
    unsigned depth = 1, line = lexer->token_line;
    while (lexer->kind != MOF_TOKEN_END) {
        if (is_mark(lexer, open))
            depth++;
        else if (is_mark(lexer, close) && --depth == 0)
            break;
        mof_next(lexer);
    }
    if (!skip_mark(lexer, close))
        mof_fail(lexer, line, "'%c' is missing", close);
}

/* ---- qualifiers ---- */

static void take_string_value(struct mof_lexer *lexer, char **text)
{
    free(*text);
    *text = take_text(lexer, MOF_TOKEN_STRING, "a string");
    expect(lexer, ')');
}

static void take_number_value(struct mof_lexer *lexer, unsigned *number)
{
    *number = take_number(lexer);
    expect(lexer, ')');
}

/* NAME, NAME(VALUE) or NAME{VALUES}; then flavours, which say how it is inherited. */
static void read_value(struct mof_lexer *lexer, const char *name, struct qualifiers *qualifiers)
{
    if (skip_mark(lexer, '{'))
        skip_to(lexer, '{', '}');
    else if (!skip_mark(lexer, '('))
        return;
    else if (strcasecmp(name, "Description") == 0)
        take_string_value(lexer, &qualifiers->description);
    else if (strcasecmp(name, "HeaderName") == 0)
        take_string_value(lexer, &qualifiers->header_name);
    else if (strcasecmp(name, "guid") == 0)
        take_string_value(lexer, &qualifiers->guid);
    else if (strcasecmp(name, "WmiSizeIs") == 0)
        take_string_value(lexer, &qualifiers->size_is);
    else if (strcasecmp(name, "WmiDataId") == 0)
        take_number_value(lexer, &qualifiers->data_id);
    else if (strcasecmp(name, "WmiMethodId") == 0)
        take_number_value(lexer, &qualifiers->method_id);
    else if (strcasecmp(name, "ID") == 0)
        take_number_value(lexer, &qualifiers->id);
    else if (strcasecmp(name, "max") == 0)
        take_number_value(lexer, &qualifiers->max);
    else
        skip_to(lexer, '(', ')');
}

static void read_qualifier(struct mof_lexer *lexer, struct qualifiers *qualifiers)
{
    char *name = take_text(lexer, MOF_TOKEN_WORD, "a qualifier");
    if (name == NULL)
        return;
    qualifiers->is_in |= strcasecmp(name, "in") == 0;
    qualifiers->is_out |= strcasecmp(name, "out") == 0;
    qualifiers->is_written |= strcasecmp(name, "write") == 0;
    read_value(lexer, name, qualifiers);
    free(name);
    for (bool is_flavour = skip_mark(lexer, ':'); is_flavour && lexer->kind == MOF_TOKEN_WORD;)
        mof_next(lexer);
}

/* In brackets; none is fine. */
static void read_qualifiers(struct mof_lexer *lexer, struct qualifiers *qualifiers)
{
    memset(qualifiers, 0, sizeof(*qualifiers));
    if (!skip_mark(lexer, '['))
        return;
    do {
        read_qualifier(lexer, qualifiers);
    } while (skip_mark(lexer, ','));
    expect(lexer, ']');
}

/* ---- items ---- */

static const struct {
    const char *name;
    enum mof_type type;
} types[] = {
    {"boolean", MOF_BOOLEAN},   {"sint8", MOF_SINT8},   {"uint8", MOF_UINT8},
    {"sint16", MOF_SINT16},     {"uint16", MOF_UINT16}, {"sint32", MOF_SINT32},
    {"uint32", MOF_UINT32},     {"sint64", MOF_SINT64}, {"uint64", MOF_UINT64},
    {"real32", MOF_REAL32},     {"real64", MOF_REAL64}, {"char16", MOF_CHAR16},
    {"datetime", MOF_DATETIME}, {"string", MOF_STRING},
};

/* A simple type, or a class's name, which "object" may stand before. */
static void read_type(struct mof_lexer *lexer, struct mof_item *item)
{
    if (is_word(lexer, "object"))
        mof_next(lexer);
    char *name = take_text(lexer, MOF_TOKEN_WORD, "a type");
    item->type = MOF_CLASS;
    for (size_t i = 0; name != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(types[i].name, name) == 0)
            item->type = types[i].type;
    }
    if (item->type == MOF_CLASS)
        item->class_name = name;
    else
        free(name);
}

static void read_array(struct mof_lexer *lexer, struct mof_item *item, unsigned max)
{
    if (!skip_mark(lexer, '['))
        return;
    item->is_array = true;
    item->count = is_mark(lexer, ']') ? 0 : take_number(lexer);
    if (item->count == 0 && item->size_is == NULL)
        item->count = max;
    expect(lexer, ']');
}

static void *grow(struct mof_lexer *lexer, void *list, unsigned count, size_t size)
{
    char *grown = realloc(list, (count + 1) * size);
    if (grown == NULL)
        mof_fail(lexer, lexer->line, "there is no memory");
    else
        memset(grown + count * size, 0, size);
    return grown;
}

/* One more, zeroed; NULL, after the error, when there is no memory. */
#define ADD(lexer, list, count)                                                                    \
    ({                                                                                             \
        __typeof__(list) grown_ = grow((lexer), (list), (count), sizeof(*(list)));                 \
        if (grown_ != NULL)                                                                        \
            (list) = grown_;                                                                       \
        grown_ != NULL ? &(list)[(count)++] : NULL;                                                \
    })

/* The name, and what is behind it; the type was read. The texts of the qualifiers are the item's
 * then. */
static void finish_item(struct mof_lexer *lexer, struct mof_item *item,
                        struct qualifiers *qualifiers, unsigned id)
{
    item->description = qualifiers->description;
    item->header_name = qualifiers->header_name;
    item->size_is = qualifiers->size_is;
    qualifiers->description = qualifiers->header_name = qualifiers->size_is = NULL;
    item->id = id;
    item->is_in = qualifiers->is_in;
    item->is_out = qualifiers->is_out;
    item->is_written = qualifiers->is_written;
    read_array(lexer, item, qualifiers->max);
}

static int compare_ids(const void *one, const void *other)
{
    unsigned left = ((const struct mof_item *)one)->id,
             right = ((const struct mof_item *)other)->id;
    return (left > right) - (left < right);
}

/* By ID; those without one have no place in a block. */
static void order_items(struct mof_items *items)
{
    if (items->count > 0)
        qsort(items->list, items->count, sizeof(items->list[0]), compare_ids);
}

static void read_parameter(struct mof_lexer *lexer, struct mof_items *parameters)
{
    struct qualifiers qualifiers;
    read_qualifiers(lexer, &qualifiers);
    struct mof_item *item = ADD(lexer, parameters->list, parameters->count);
    if (item != NULL) {
        item->line = lexer->token_line;
        read_type(lexer, item);
        item->name = take_text(lexer, MOF_TOKEN_WORD, "a parameter's name");
        /* In the order that they are written in, but for an ID. */
        finish_item(lexer, item, &qualifiers,
                    qualifiers.id != 0 ? qualifiers.id : parameters->count);
    }
    free_qualifiers(&qualifiers);
}

static void read_method(struct mof_lexer *lexer, struct mof_class *class, char *name,
                        struct qualifiers *qualifiers, unsigned line)
{
    struct mof_method *method = ADD(lexer, class->methods, class->method_count);
    if (method == NULL) {
        free(name);
        return;
    }
    method->name = name;
    method->line = line;
    method->description = qualifiers->description;
    method->header_name = qualifiers->header_name;
    qualifiers->description = qualifiers->header_name = NULL;
    method->id = qualifiers->method_id;
    if (!is_mark(lexer, ')')) {
        do {
            read_parameter(lexer, &method->parameters);
        } while (skip_mark(lexer, ','));
    }
    expect(lexer, ')');
    order_items(&method->parameters);
    if (method->id == 0)
        mof_fail(lexer, line, "the method %.64s has no WmiMethodId", name);
}

/* An item or a method. The return type of a method is ignored: its results are its parameters. */
static void read_member(struct mof_lexer *lexer, struct mof_class *class)
{
    struct qualifiers qualifiers;
    struct mof_item item = {.line = lexer->token_line};
    read_qualifiers(lexer, &qualifiers);
    item.line = lexer->token_line;
    read_type(lexer, &item);
    item.name = take_text(lexer, MOF_TOKEN_WORD, "a member's name");
    if (item.name != NULL && skip_mark(lexer, '(')) {
        read_method(lexer, class, item.name, &qualifiers, item.line);
        free(item.class_name);
    } else {
        finish_item(lexer, &item, &qualifiers, qualifiers.data_id);
        if (skip_mark(lexer, '=')) { /* a value: of no block */
            while (lexer->kind != MOF_TOKEN_END && !is_mark(lexer, ';'))
                mof_next(lexer);
        }
        struct mof_item *place = ADD(lexer, class->items.list, class->items.count);
        if (place != NULL)
            *place = item;
    }
    expect(lexer, ';');
    free_qualifiers(&qualifiers);
}

/* ---- classes ---- */

/* "{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}", or without the braces. */
static bool read_guid(const char *text, unsigned char guid[16])
{
    static const unsigned char places[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    const char *digits = text[0] == '{' ? text + 1 : text;
    unsigned count = 0;
    for (; count < 16; count++, digits += 2) {
        unsigned byte;
        int used = 0;
        if (count == 4 || count == 6 || count == 8 || count == 10) {
            if (*digits++ != '-')
                return false;
        }
        if (sscanf(digits, "%2x%n", &byte, &used) != 1 || used != 2)
            return false;
        guid[places[count]] = (unsigned char)byte;
    }
    return strcmp(digits, text[0] == '{' ? "}" : "") == 0;
}

/* The first members of a block, which are never sent: the key and Active have no ID. */
static void drop_nameless_items(struct mof_class *class)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < class->items.count; i++) {
        struct mof_item *item = &class->items.list[i];
        if (item->id != 0) {
            class->items.list[kept++] = *item;
            continue;
        }
        free(item->name);
        free(item->header_name);
        free(item->description);
        free(item->class_name);
        free(item->size_is);
    }
    class->items.count = kept;
    order_items(&class->items);
}

static void check_ids(struct mof_lexer *lexer, const struct mof_class *class)
{
    for (unsigned i = 0; i < class->items.count; i++) {
        const struct mof_item *item = &class->items.list[i];
        if (item->id != i + 1) {
            mof_fail(lexer, item->line, "%.64s.%.64s: WmiDataId is %u, and not %u", class->name,
                     item->name, item->id, i + 1);
            return;
        }
    }
}

static void read_class(struct mof_lexer *lexer, struct mof *mof, struct qualifiers *qualifiers)
{
    struct mof_class *class = ADD(lexer, mof->classes, mof->count);
    if (class == NULL)
        return;
    class->line = lexer->token_line;
    class->name = take_text(lexer, MOF_TOKEN_WORD, "a class's name");
    if (skip_mark(lexer, ':'))
        class->base = take_text(lexer, MOF_TOKEN_WORD, "a class's name");
    class->description = qualifiers->description;
    class->header_name = qualifiers->header_name;
    qualifiers->description = qualifiers->header_name = NULL;
    class->has_guid = qualifiers->guid != NULL;
    if (class->has_guid && !read_guid(qualifiers->guid, class->guid))
        mof_fail(lexer, class->line, "'%.64s' is no GUID", qualifiers->guid);
    expect(lexer, '{');
    while (lexer->kind != MOF_TOKEN_END && !is_mark(lexer, '}'))
        read_member(lexer, class);
    expect(lexer, '}');
    expect(lexer, ';');
    drop_nameless_items(class);
    check_ids(lexer, class);
}

static void read_statement(struct mof_lexer *lexer, struct mof *mof)
{
    struct qualifiers qualifiers;
    read_qualifiers(lexer, &qualifiers);
    if (is_word(lexer, "class")) {
        mof_next(lexer);
        read_class(lexer, mof, &qualifiers);
    } else if (is_word(lexer, "instance")) {
        while (lexer->kind != MOF_TOKEN_END && !is_mark(lexer, '{'))
            mof_next(lexer);
        expect(lexer, '{');
        skip_to(lexer, '{', '}');
        expect(lexer, ';');
    } else {
        mof_fail(lexer, lexer->token_line, "'class' is missing before '%.64s'", shown(lexer));
    }
    free_qualifiers(&qualifiers);
}

/* ---- what refers to something else ---- */

static bool has_item_before(const struct mof_items *items, unsigned place, const char *name)
{
    for (unsigned i = 0; i < place; i++) {
        if (strcasecmp(items->list[i].name, name) == 0 && !items->list[i].is_array)
            return true;
    }
    return false;
}

static void check_items(struct mof_lexer *lexer, const struct mof *mof, const char *of,
                        const struct mof_items *items)
{
    for (unsigned i = 0; i < items->count && lexer->error[0] == '\0'; i++) {
        const struct mof_item *item = &items->list[i];
        if (item->type == MOF_CLASS && mof_class_named(mof, item->class_name) == NULL)
            mof_fail(lexer, item->line, "%.64s.%.64s: there is no class %.64s", of, item->name,
                     item->class_name);
        else if (item->is_array && item->count == 0 &&
                 (item->size_is == NULL || !has_item_before(items, i, item->size_is)))
            mof_fail(lexer, item->line,
                     "%.64s.%.64s: nothing before it says how long the array is (WmiSizeIs)", of,
                     item->name);
    }
}

static void check_references(struct mof_lexer *lexer, const struct mof *mof)
{
    for (unsigned i = 0; i < mof->count; i++) {
        const struct mof_class *class = &mof->classes[i];
        check_items(lexer, mof, class->name, &class->items);
        for (unsigned j = 0; j < class->method_count; j++)
            check_items(lexer, mof, class->methods[j].name, &class->methods[j].parameters);
    }
}

struct mof *mof_read(const char *text, size_t length, char error[MOF_ERROR_SIZE])
{
    struct mof_lexer lexer;
    struct mof *mof = calloc(1, sizeof(*mof));
    if (mof == NULL) {
        snprintf(error, MOF_ERROR_SIZE, "1: there is no memory");
        return NULL;
    }
    mof_lexer_init(&lexer, text, length, error);
    while (lexer.kind != MOF_TOKEN_END)
        read_statement(&lexer, mof);
    if (error[0] == '\0')
        check_references(&lexer, mof);
    mof_lexer_finish(&lexer);
    if (error[0] == '\0')
        return mof;
    mof_free(mof);
    return NULL;
}
