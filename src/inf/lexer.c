/*
 * Text to fields. See lexer.h.
 *
 * One pass over the characters, so that every item has its place: continued lines are not joined
 * first, and the variables of an INX are replaced when a field is copied.
 */
#include "inf/lexer.h"

#include <string.h>

#include "inf/inx.h"
#include "inf/name.h"

struct lexer {
    struct inf *inf;
    const char *at, *end;
    struct inf_place place; /* of `at` */
    struct inf_section *section;
    bool has_stray_text; /* before the first section */

    /* The field that is being read. */
    char *field;
    size_t length;
    size_t kept;         /* without the blanks that may turn out to be its end */
    unsigned characters; /* of all of it, those that are too many included */
    struct inf_place field_place;
};

/* What ended a field. */
enum ending { AT_COMMA, AT_EQUALS, AT_LINE };

/* ---- characters ---- */

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\f' || character == '\v' ||
           character == 0x1a; /* where an editor of DOS has ended the file */
}

static bool is_line_end(const struct lexer *lexer, const char *at)
{
    return at == lexer->end || *at == '\n' || *at == '\r';
}

static bool is_at_line_end(const struct lexer *lexer)
{
    return is_line_end(lexer, lexer->at);
}

static void advance(struct lexer *lexer)
{
    /* The bytes of one character count once. */
    if ((*lexer->at & 0xc0) != 0x80)
        lexer->place.column++;
    lexer->at++;
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->at < lexer->end && is_blank(*lexer->at))
        advance(lexer);
}

static void skip_line(struct lexer *lexer)
{
    while (!is_at_line_end(lexer))
        advance(lexer);
}

/* CR, LF or both. */
static void next_line(struct lexer *lexer)
{
    if (lexer->at < lexer->end && *lexer->at == '\r')
        lexer->at++;
    if (lexer->at < lexer->end && *lexer->at == '\n')
        lexer->at++;
    lexer->place.line++;
    lexer->place.column = 1;
}

/* ---- one field ---- */

static void begin_field(struct lexer *lexer)
{
    lexer->length = lexer->kept = 0;
    lexer->characters = 0;
    lexer->field_place = lexer->place;
}

/* Too long a field is cut, with one complaint. */
static void put(struct lexer *lexer, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            lexer->characters++;
        if (lexer->characters <= INF_FIELD_MAX)
            lexer->field[lexer->length++] = bytes[i];
    }
}

/* One character, or the variable of an INX that begins here. */
static void take(struct lexer *lexer)
{
    char value[INX_VALUE_SIZE];
    size_t length =
        inx_variable(&lexer->inf->system, lexer->at, (size_t)(lexer->end - lexer->at), value);
    if (length == 0) {
        put(lexer, lexer->at, 1);
        advance(lexer);
        return;
    }
    put(lexer, value, strlen(value));
    for (const char *end = lexer->at + length; lexer->at < end;)
        advance(lexer);
}

/* At the first quote. Two inside are one. */
static void take_quoted(struct lexer *lexer)
{
    struct inf_place start = lexer->place;
    advance(lexer);
    while (!is_at_line_end(lexer)) {
        if (*lexer->at != '"') {
            take(lexer);
            continue;
        }
        advance(lexer);
        if (is_at_line_end(lexer) || *lexer->at != '"')
            return;
        put(lexer, "\"", 1);
        advance(lexer);
    }
    inf_complain(lexer->inf, INF_ERROR, start, "this quote is not closed in its line");
}

/*
 * How long the token "%name%" is that begins here; 0: it is a percent sign. A semicolon may be part
 * of a name (S20.2), but in "50 % ; a tenth of 5 %" there is no name.
 */
static size_t token_length(const struct lexer *lexer)
{
    bool has_semicolon = false, has_blank = false;
    for (const char *at = lexer->at + 1; !is_line_end(lexer, at); at++) {
        if (*at == '%')
            return has_semicolon && has_blank ? 0 : (size_t)(at - lexer->at) + 1;
        if (*at == '"' || *at == ',' || *at == '=')
            return 0;
        has_semicolon = has_semicolon || *at == ';';
        has_blank = has_blank || is_blank(*at);
    }
    return 0;
}

static void take_token(struct lexer *lexer, size_t length)
{
    const char *end = lexer->at + length;
    while (lexer->at < end)
        take(lexer);
}

/* At a backslash: nothing but blanks and a comment follow in this line, or one backslash more,
 * which is dropped (S20.3). */
static bool is_continuation(const struct lexer *lexer)
{
    const char *at = lexer->at + 1;
    if (!is_line_end(lexer, at) && *at == '\\')
        at++;
    while (!is_line_end(lexer, at) && is_blank(*at))
        at++;
    return is_line_end(lexer, at) || *at == ';';
}

/* Leading blanks are not part of the field; others may be. */
static void take_blank(struct lexer *lexer, bool is_begun)
{
    if (is_begun)
        take(lexer);
    else
        advance(lexer);
    if (!is_begun)
        lexer->field_place = lexer->place;
}

static enum ending end_of(struct lexer *lexer, char character)
{
    advance(lexer);
    return character == '=' ? AT_EQUALS : AT_COMMA;
}

/* The whole text of the field, or of what is too long its beginning. */
static enum ending read_field(struct lexer *lexer, bool may_be_key)
{
    bool is_begun = false;
    begin_field(lexer);
    while (!is_at_line_end(lexer)) {
        char character = *lexer->at;
        size_t length = character == '%' ? token_length(lexer) : 0;
        if (character == ',' || (character == '=' && may_be_key))
            return end_of(lexer, character);
        if (character == ';') {
            skip_line(lexer);
            break;
        }
        if (character == '\\' && is_continuation(lexer)) {
            skip_line(lexer);
            next_line(lexer);
            continue;
        }
        if (is_blank(character)) {
            take_blank(lexer, is_begun);
            continue;
        }
        is_begun = true;
        if (character == '"')
            take_quoted(lexer);
        else if (length > 0)
            take_token(lexer, length);
        else
            take(lexer);
        lexer->kept = lexer->length;
    }
    return AT_LINE;
}

static bool keep_field(struct lexer *lexer, struct inf_field *field)
{
    if (lexer->characters > INF_FIELD_MAX)
        inf_complain(lexer->inf, INF_ERROR, lexer->field_place,
                     "a field has at most %d characters; this one has %u", INF_FIELD_MAX,
                     lexer->characters);
    field->place = lexer->field_place;
    field->text = lexer->kept > 0 ? arena_text(&lexer->inf->arena, lexer->field, lexer->kept) : "";
    return field->text != NULL;
}

/* ---- lines ---- */

/* Fields come one at a time; they stand in blocks that double. */
static bool add_field(struct lexer *lexer, struct inf_line *line, unsigned *capacity)
{
    if (line->field_count == *capacity) {
        unsigned larger = *capacity == 0 ? 4 : *capacity * 2;
        struct inf_field *fields =
            arena_allocate(&lexer->inf->arena, larger * sizeof(struct inf_field));
        if (fields == NULL)
            return false;
        if (line->field_count > 0)
            memcpy(fields, line->fields, line->field_count * sizeof(*fields));
        line->fields = fields;
        *capacity = larger;
    }
    return keep_field(lexer, &line->fields[line->field_count++]);
}

static void drop_empty_fields(struct inf_line *line)
{
    while (line->field_count > 0 && line->fields[line->field_count - 1].text[0] == '\0')
        line->field_count--;
}

static void skip_fields(struct lexer *lexer, const struct inf_line *line)
{
    inf_complain(lexer->inf, INF_ERROR, line->place, "a line has at most %d fields",
                 INF_FIELDS_MAX);
    while (read_field(lexer, false) != AT_LINE)
        ;
}

static bool read_fields(struct lexer *lexer, struct inf_line *line)
{
    unsigned capacity = 0;
    enum ending ending = read_field(lexer, true);
    if (ending == AT_EQUALS) {
        line->has_key = true;
        if (!keep_field(lexer, &line->key))
            return false;
        ending = read_field(lexer, false);
    }
    if (!add_field(lexer, line, &capacity))
        return false;
    while (ending != AT_LINE && line->field_count < INF_FIELDS_MAX) {
        ending = read_field(lexer, false);
        if (!add_field(lexer, line, &capacity))
            return false;
    }
    if (ending != AT_LINE)
        skip_fields(lexer, line);
    drop_empty_fields(line);
    return true;
}

static bool read_entry(struct lexer *lexer)
{
    struct inf_line *line = arena_allocate(&lexer->inf->arena, sizeof(*line));
    if (line == NULL)
        return false;
    line->place = lexer->place;
    if (!read_fields(lexer, line))
        return false;
    if (!line->has_key && line->field_count == 0)
        return true;
    *lexer->section->lines_end = line;
    lexer->section->lines_end = &line->next;
    return true;
}

/* ---- sections ---- */

/* The section of that name that is there, to which lines of its second place are added, or a new
 * one. */
static bool enter_section(struct lexer *lexer, const char *name, struct inf_place place)
{
    struct inf *inf = lexer->inf;
    lexer->section = (struct inf_section *)inf_look_for(inf, name);
    if (lexer->section != NULL)
        return true;
    struct inf_section *section = arena_allocate(&inf->arena, sizeof(*section));
    if (section == NULL)
        return false;
    struct inf_section **bucket = &inf->table[name_hash(name) % INF_TABLE_SIZE];
    *section = (struct inf_section){.name = name, .place = place, .same_hash = *bucket};
    section->lines_end = &section->lines;
    *bucket = section;
    *inf->sections_end = section;
    inf->sections_end = &section->next;
    lexer->section = section;
    return true;
}

/* At the bracket. Returns false for a failed allocation. */
static bool read_section(struct lexer *lexer)
{
    struct inf_place place = lexer->place;
    advance(lexer);
    begin_field(lexer);
    bool has_blanks = !is_at_line_end(lexer) && is_blank(*lexer->at);
    skip_blanks(lexer);
    while (!is_at_line_end(lexer) && *lexer->at != ']') {
        bool is_kept = !is_blank(*lexer->at);
        take(lexer);
        if (is_kept)
            lexer->kept = lexer->length;
    }
    if (is_at_line_end(lexer))
        inf_complain(lexer->inf, INF_ERROR, place, "a section's name ends with ]");
    else if (has_blanks || lexer->kept != lexer->length)
        inf_complain(lexer->inf, INF_WARNING, place,
                     "blanks at the ends of a section's name are left out");
    if (lexer->characters > INF_SECTION_MAX)
        inf_complain(lexer->inf, INF_ERROR, place, "a section's name has at most %d characters",
                     INF_SECTION_MAX);
    const char *name = arena_text(&lexer->inf->arena, lexer->field, lexer->kept);
    skip_line(lexer); /* text after the bracket is ignored */
    return name != NULL && enter_section(lexer, name, place);
}

static void note_stray_text(struct lexer *lexer)
{
    if (!lexer->has_stray_text)
        inf_complain(lexer->inf, INF_WARNING, lexer->place,
                     "what stands before the first section is left out");
    lexer->has_stray_text = true;
    skip_line(lexer);
}

static bool read_line(struct lexer *lexer)
{
    bool is_well = true;
    skip_blanks(lexer);
    if (is_at_line_end(lexer) || *lexer->at == ';')
        skip_line(lexer);
    else if (*lexer->at == '[')
        is_well = read_section(lexer);
    else if (lexer->section == NULL)
        note_stray_text(lexer);
    else
        is_well = read_entry(lexer);
    next_line(lexer);
    return is_well;
}

int inf_lex(struct inf *inf, const struct inf_text *text)
{
    struct lexer lexer = {
        .inf = inf,
        .at = text->bytes,
        .end = text->bytes + text->length,
        .place = {.line = 1, .column = 1},
        .field = arena_allocate(&inf->arena, INF_FIELD_MAX * 4 + 1),
    };
    bool is_well = lexer.field != NULL;
    while (is_well && lexer.at < lexer.end)
        is_well = read_line(&lexer);
    return inf->arena.error;
}
