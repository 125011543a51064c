/* MOFs. See mofs.h. */
#include "mofs.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mof/mof.h"
#include "mof/pack.h"
#include "mof/show.h"

struct mofs {
    struct mof **list;
    unsigned count;
};

static bool complain(const char *path, const char *what)
{
    fprintf(stderr, "wdfctl: %s: %s\n", path, what);
    return false;
}

/* ---- reading ---- */

static char *read_text(const char *path, size_t *length)
{
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    ssize_t count = getdelim(&text, &room, EOF, file);
    bool has_failed = ferror(file) != 0;
    (void)fclose(file);
    *length = count > 0 ? (size_t)count : 0;
    if (!has_failed)
        return text;
    free(text);
    return NULL;
}

static bool add_file(struct mofs *mofs, const char *path)
{
    char error[MOF_ERROR_SIZE];
    size_t length;
    char *text = read_text(path, &length);
    if (text == NULL)
        return complain(path, strerror(errno));
    struct mof *mof = mof_read(text, length, error);
    free(text);
    if (mof == NULL)
        return complain(path, error);
    struct mof **longer = realloc(mofs->list, (mofs->count + 1) * sizeof(struct mof *));
    if (longer == NULL) {
        mof_free(mof);
        return complain(path, "no memory");
    }
    mofs->list = longer;
    mofs->list[mofs->count++] = mof;
    return true;
}

static bool is_mof(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".mof") == 0;
}

/* One of several that does not parse is said, and left out. */
static void add_folder(struct mofs *mofs, const char *path, DIR *folder)
{
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char file[4096];
        int length = snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (is_mof(entry) && length < (int)sizeof(file))
            (void)add_file(mofs, file);
    }
}

struct mofs *mofs_read(const char *path)
{
    struct mofs *mofs = calloc(1, sizeof(*mofs));
    bool is_asked_for = path != NULL;
    bool is_good = mofs != NULL;
    if (!is_asked_for)
        path = WDFUSE_MOF_FOLDER;
    DIR *folder = opendir(path);
    if (mofs != NULL && folder != NULL)
        add_folder(mofs, path, folder);
    else if (mofs != NULL && is_asked_for)
        is_good = add_file(mofs, path);
    if (folder != NULL)
        (void)closedir(folder);
    if (is_good)
        return mofs;
    mofs_free(mofs);
    return NULL;
}

void mofs_free(struct mofs *mofs)
{
    for (unsigned i = 0; mofs != NULL && i < mofs->count; i++)
        mof_free(mofs->list[i]);
    free(mofs != NULL ? mofs->list : NULL);
    free(mofs);
}

/* ---- asking ---- */

/* How the bytes of a GUID in memory stand in its text. */
static const unsigned char places[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

bool mofs_find_guid(const struct mofs *mofs, const char *class_name, char *guid)
{
    for (unsigned i = 0; i < mofs->count; i++) {
        const struct mof_class *class = mof_class_named(mofs->list[i], class_name);
        if (class == NULL || !class->has_guid)
            continue;
        for (unsigned j = 0; j < 16; j++) {
            bool has_dash = j == 4 || j == 6 || j == 8 || j == 10;
            guid += sprintf(guid, "%s%02x", has_dash ? "-" : "", class->guid[places[j]]);
        }
        return true;
    }
    return false;
}

/* With dashes and braces between them. */
static bool read_digits(const char *text, unsigned char bytes[16])
{
    unsigned count = 0, value;
    for (; *text != '\0'; text++) {
        if (strchr("{}-", *text) != NULL)
            continue;
        if (count == 16 || sscanf(text, "%2x", &value) != 1)
            return false;
        bytes[places[count++]] = (unsigned char)value;
        text++;
        if (*text == '\0')
            return false;
    }
    return count == 16;
}

static size_t bytes_of(const char *digits, unsigned char *bytes)
{
    size_t count = 0;
    unsigned value;
    for (; digits[0] != '\0' && digits[1] != '\0' && sscanf(digits, "%2x", &value) == 1;
         digits += 2)
        bytes[count++] = (unsigned char)value;
    return count;
}

bool mofs_find(const struct mofs *mofs, const char *guid, struct described *found)
{
    unsigned char name[16];
    *found = (struct described){.class = NULL};
    for (unsigned i = 0; read_digits(guid, name) && i < mofs->count; i++) {
        *found = (struct described){mofs->list[i], mof_class_of_guid(mofs->list[i], name)};
        if (found->class != NULL)
            return true;
    }
    return false;
}

void described_show(const struct described *of, const char *name, const struct mof_items *items,
                    enum mof_selection selection, const char *digits)
{
    unsigned char *bytes = malloc(strlen(digits) / 2 + 1);
    if (bytes == NULL)
        return;
    if (!mof_show(of->mof, items, selection, bytes, bytes_of(digits, bytes), stdout))
        printf("(the data end here: %s says that there is more)\n", name);
    free(bytes);
}

bool mofs_show(const struct mofs *mofs, const char *guid, const char *digits)
{
    struct described of;
    if (!mofs_find(mofs, guid, &of))
        return false;
    described_show(&of, of.class->name, &of.class->items, MOF_ALL, digits);
    return true;
}

/* ---- writing ---- */

/* Ends the name in the word; false: it is no "NAME=VALUE". */
static bool read_assignment(char *word, struct mof_assignment *assignment)
{
    char *separator = strchr(word, '=');
    if (separator == NULL)
        return complain(word, "it is no NAME=VALUE");
    *separator = '\0';
    *assignment = (struct mof_assignment){word, separator + 1, false};
    return true;
}

static bool read_assignments(char **words, unsigned count, struct mof_assignment *assignments)
{
    for (unsigned i = 0; i < count; i++) {
        if (!read_assignment(words[i], &assignments[i]))
            return false;
    }
    return true;
}

static char *digits_of(const struct mof_packed *packed)
{
    char *digits = malloc(2 * packed->size + 1);
    for (size_t i = 0; digits != NULL && i < packed->size; i++)
        (void)sprintf(digits + 2 * i, "%02x", packed->data[i]);
    if (digits != NULL)
        digits[2 * packed->size] = '\0';
    return digits;
}

static bool pack(const struct described *of, const struct mof_items *items,
                 enum mof_selection selection, char **words, unsigned count,
                 const struct mof_packed *old, struct mof_packed *packed)
{
    char error[MOF_ERROR_SIZE];
    struct mof_assignment *assignments = calloc(count + 1, sizeof(*assignments));
    if (assignments == NULL)
        return complain(of->class->name, "no memory");
    bool is_packed = read_assignments(words, count, assignments);
    if (is_packed && !mof_pack(of->mof, items, selection, assignments, count, old, packed, error))
        is_packed = complain(of->class->name, error);
    free(assignments);
    return is_packed;
}

char *described_pack(const struct described *of, const struct mof_items *items,
                     enum mof_selection selection, char **words, unsigned count,
                     const char *old_digits)
{
    struct mof_packed packed = {NULL, 0}, old = {NULL, 0};
    char *digits = NULL;
    if (old_digits != NULL && (old.data = malloc(strlen(old_digits) / 2 + 1)) != NULL)
        old.size = bytes_of(old_digits, old.data);
    if (pack(of, items, selection, words, count, old.data != NULL ? &old : NULL, &packed))
        digits = digits_of(&packed);
    free(packed.data);
    free(old.data);
    return digits;
}
