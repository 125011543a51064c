/* What was read of a MOF. See mof.h. */
#include "mof/mof.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void free_items(struct mof_items *items)
{
    for (unsigned i = 0; i < items->count; i++) {
        free(items->list[i].name);
        free(items->list[i].header_name);
        free(items->list[i].description);
        free(items->list[i].class_name);
        free(items->list[i].size_is);
    }
    free(items->list);
}

static void free_class(struct mof_class *class)
{
    for (unsigned i = 0; i < class->method_count; i++) {
        free(class->methods[i].name);
        free(class->methods[i].header_name);
        free(class->methods[i].description);
        free_items(&class->methods[i].parameters);
    }
    free(class->methods);
    free_items(&class->items);
    free(class->name);
    free(class->header_name);
    free(class->base);
    free(class->description);
}

void mof_free(struct mof *mof)
{
    for (unsigned i = 0; mof != NULL && i < mof->count; i++)
        free_class(&mof->classes[i]);
    if (mof != NULL)
        free(mof->classes);
    free(mof);
}

const struct mof_class *mof_class_named(const struct mof *mof, const char *name)
{
    for (unsigned i = 0; i < mof->count; i++) {
        if (strcasecmp(mof->classes[i].name, name) == 0)
            return &mof->classes[i];
    }
    return NULL;
}

const struct mof_class *mof_class_of_guid(const struct mof *mof, const unsigned char guid[16])
{
    for (unsigned i = 0; i < mof->count; i++) {
        if (mof->classes[i].has_guid && memcmp(mof->classes[i].guid, guid, 16) == 0)
            return &mof->classes[i];
    }
    return NULL;
}

const struct mof_method *mof_method_named(const struct mof_class *class, const char *text)
{
    char *end;
    unsigned long id = strtoul(text, &end, 0);
    bool is_id = text[0] >= '0' && text[0] <= '9' && *end == '\0';
    for (unsigned i = 0; i < class->method_count; i++) {
        const struct mof_method *method = &class->methods[i];
        if (is_id ? method->id == id : strcasecmp(method->name, text) == 0)
            return method;
    }
    return NULL;
}

size_t mof_type_size(enum mof_type type)
{
    static const unsigned char sizes[] = {
        [MOF_BOOLEAN] = 1,   [MOF_SINT8] = 1,  [MOF_UINT8] = 1,  [MOF_SINT16] = 2,
        [MOF_UINT16] = 2,    [MOF_SINT32] = 4, [MOF_UINT32] = 4, [MOF_SINT64] = 8,
        [MOF_UINT64] = 8,    [MOF_REAL32] = 4, [MOF_REAL64] = 8, [MOF_CHAR16] = 2,
        [MOF_DATETIME] = 50, [MOF_STRING] = 0, [MOF_CLASS] = 0,
    };
    return sizes[type];
}

static size_t alignment_of_class(const struct mof *mof, const struct mof_class *class,
                                 unsigned depth);

static size_t alignment_of(const struct mof *mof, const struct mof_item *item, unsigned depth)
{
    size_t size = mof_type_size(item->type);
    if (item->type == MOF_CLASS)
        return alignment_of_class(mof, mof_class_named(mof, item->class_name), depth + 1);
    if (item->type == MOF_STRING || item->type == MOF_DATETIME)
        return 2;
    return size;
}

static size_t alignment_of_class(const struct mof *mof, const struct mof_class *class,
                                 unsigned depth)
{
    size_t largest = 1;
    for (unsigned i = 0; depth < MOF_DEPTH_MAX && i < class->items.count; i++) {
        size_t alignment = alignment_of(mof, &class->items.list[i], depth);
        if (alignment > largest)
            largest = alignment;
    }
    return largest;
}

size_t mof_alignment(const struct mof *mof, const struct mof_item *item)
{
    return alignment_of(mof, item, 0);
}
