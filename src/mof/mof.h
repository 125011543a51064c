/*
 * MOF: the text that describes WMI blocks. The parts that data blocks need are read: classes with
 * their qualifiers, items of simple types, arrays, items of other classes, and methods. The rest
 * (instances, namespaces, values of items) means nothing to a driver: it is skipped, or refused if
 * it does not parse.
 */
#ifndef WDFUSE_MOF_MOF_H
#define WDFUSE_MOF_MOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mof_type {
    MOF_BOOLEAN,
    MOF_SINT8,
    MOF_UINT8,
    MOF_SINT16,
    MOF_UINT16,
    MOF_SINT32,
    MOF_UINT32,
    MOF_SINT64,
    MOF_UINT64,
    MOF_REAL32,
    MOF_REAL64,
    MOF_CHAR16,
    MOF_DATETIME, /* 25 characters of UTF-16 */
    MOF_STRING,   /* two bytes of length, then UTF-16 */
    MOF_CLASS,    /* of another class */
};

/* A member of a class, or a parameter of a method. */
struct mof_item {
    char *name;
    char *header_name; /* what it is called in headers (HeaderName); NULL: as it is named */
    char *description; /* NULL: none */
    enum mof_type type;
    char *class_name; /* of MOF_CLASS */
    unsigned id;      /* WmiDataId, or a parameter's ID; 0: none */
    bool is_array;
    unsigned count; /* of a fixed array; 0: as many as the item `size_is` says */
    char *size_is;
    bool is_in, is_out; /* of a parameter */
    bool is_written;
    unsigned line;
};

struct mof_items {
    struct mof_item *list;
    unsigned count;
};

struct mof_method {
    char *name;
    char *header_name; /* likewise */
    char *description;
    unsigned id;
    struct mof_items parameters; /* in order of their IDs, where they have some */
    unsigned line;
};

struct mof_class {
    char *name;
    char *header_name; /* likewise */
    char *base;        /* NULL: none */
    char *description;
    bool has_guid;
    unsigned char guid[16]; /* as a GUID of Windows stands in memory */
    struct mof_items items; /* those with an ID, in order of it: the block's data */
    struct mof_method *methods;
    unsigned method_count;
    unsigned line;
};

struct mof {
    struct mof_class *classes;
    unsigned count;
};

#define MOF_ERROR_SIZE 256

/*
 * Reads a text of UTF-8. NULL, with a line in `error` that begins with the number of the line: it
 * does not parse, the IDs of a class are not 1, 2, 3 ... once each, an array's size or a class is
 * not there; or there is no memory.
 */
struct mof *mof_read(const char *text, size_t length, char error[MOF_ERROR_SIZE]);
void mof_free(struct mof *mof);

/* By its name, or by its GUID; NULL: there is none. */
const struct mof_class *mof_class_named(const struct mof *mof, const char *name);
const struct mof_class *mof_class_of_guid(const struct mof *mof, const unsigned char guid[16]);

/* The method of that name or, if the text is a number, of that ID; NULL: there is none. */
const struct mof_method *mof_method_named(const struct mof_class *class, const char *text);

/* All items of a class, or the parameters of a method that go in, or come out. */
enum mof_selection { MOF_ALL, MOF_INPUTS, MOF_OUTPUTS };

static inline bool mof_is_selected(const struct mof_item *item, enum mof_selection selection)
{
    return selection == MOF_ALL || (selection == MOF_INPUTS ? item->is_in : item->is_out);
}

/* Bytes of one value; 0: it is of variable size, or a class's. */
size_t mof_type_size(enum mof_type type);

/* Depth of nested objects: a class that contains itself would never end. */
#define MOF_DEPTH_MAX 16

/* What a value, or an element of an array, is aligned to in a block: its size; two bytes for texts;
 * for an object as much as its largest item. */
size_t mof_alignment(const struct mof *mof, const struct mof_item *item);

#endif
