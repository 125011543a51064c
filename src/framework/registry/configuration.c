/*
 * The driver's configuration. See configuration.h.
 *
 * A change is made in a copy of the tree, which takes the place of the tree once the store has
 * taken its text: no failure, of memory or of the disk, leaves half of it behind.
 */
#include "framework/registry/configuration.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nt/utf.h"
#include "port/log.h"
#include "port/thread.h"

static const char *const permanent_paths[] = {
    CONFIGURATION_PARAMETERS,
    CONFIGURATION_PERSISTENT_STATE,
    CONFIGURATION_DEVICE_PARAMETERS,
    CONFIGURATION_DRIVER,
};

/* ---- names and paths ---- */

static UNICODE_STRING name_in_utf16(WCHAR buffer[CONFIGURATION_NAME_MAX + 1], const char *name)
{
    utf16_from_utf8(buffer, CONFIGURATION_NAME_MAX + 1, name, strlen(name));
    USHORT size = (USHORT)(utf16_length(buffer, CONFIGURATION_NAME_MAX) * sizeof(WCHAR));
    return (UNICODE_STRING){.Length = size, .MaximumLength = size, .Buffer = buffer};
}

static bool is_ascii(char character)
{
    return (character & 0x80) == 0;
}

static bool names_are_equal(const char *one, const char *other)
{
    /* Most are told apart by their first letter. */
    if (is_ascii(one[0]) && is_ascii(other[0]) && tolower(one[0]) != tolower(other[0]))
        return false;
    WCHAR one_buffer[CONFIGURATION_NAME_MAX + 1];
    WCHAR other_buffer[CONFIGURATION_NAME_MAX + 1];
    UNICODE_STRING one_name = name_in_utf16(one_buffer, one);
    UNICODE_STRING other_name = name_in_utf16(other_buffer, other);
    return RtlEqualUnicodeString(&one_name, &other_name, TRUE);
}

size_t configuration_path_size(const char *path)
{
    const char *end = path;
    while (*end != '\0')
        end += strlen(end) + 1;
    return (size_t)(end - path) + 1;
}

static unsigned path_depth(const char *path)
{
    unsigned depth = 0;
    for (; *path != '\0'; path += strlen(path) + 1)
        depth++;
    return depth;
}

static bool path_is_permanent(const char *path)
{
    if (path_depth(path) == 0)
        return true;
    for (size_t i = 0; i < RTL_NUMBER_OF(permanent_paths); i++) {
        if (path_depth(path) == 1 && names_are_equal(path, permanent_paths[i]))
            return true;
    }
    return false;
}

/* ---- trees ---- */

/* The member of that name, and the name as it is written there. */
static json_t *find_member(json_t *object, const char *name, const char **written)
{
    const char *member_name;
    json_t *member;
    json_object_foreach(object, member_name, member)
    {
        if (!names_are_equal(member_name, name))
            continue;
        if (written != NULL)
            *written = member_name;
        return member;
    }
    return NULL;
}

static json_t *find_subkey(json_t *key, const char *name)
{
    json_t *member = find_member(key, name, NULL);
    return member != NULL && !registry_value_is_value(member) ? member : NULL;
}

static json_t *find_key(json_t *tree, const char *path)
{
    for (; tree != NULL && *path != '\0'; path += strlen(path) + 1)
        tree = find_subkey(tree, path);
    return tree;
}

static json_t *find_value(json_t *key, const char *name, const char **written)
{
    json_t *member = find_member(key, name, written);
    return member != NULL && registry_value_is_value(member) ? member : NULL;
}

static bool has_subkeys(json_t *key)
{
    const char *name;
    json_t *member;
    json_object_foreach(key, name, member)
    {
        if (!registry_value_is_value(member))
            return true;
    }
    return false;
}

/* An empty key there. NULL when there is no memory. */
static json_t *add_key(json_t *parent, const char *name)
{
    json_t *key = json_object();
    return json_object_set_new(parent, name, key) == 0 ? key : NULL;
}

/* As find_key, making what is missing. NULL when there is no memory or a value is in the way. */
static json_t *make_key(json_t *tree, const char *path)
{
    for (; tree != NULL && *path != '\0'; path += strlen(path) + 1) {
        json_t *key = find_subkey(tree, path);
        tree = key == NULL && find_member(tree, path, NULL) == NULL ? add_key(tree, path) : key;
    }
    return tree;
}

static bool add_permanent_keys(json_t *tree)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(permanent_paths); i++) {
        if (make_key(tree, permanent_paths[i]) == NULL)
            return false;
    }
    return true;
}

/* ---- text ---- */

/* Where a fault is, as a path in the registry. */
struct place {
    const struct place *above;
    const char *name;
};

static void write_place(char *text, size_t size, const struct place *place)
{
    if (place->above != NULL && place->above->name != NULL) {
        write_place(text, size, place->above);
        size_t length = strlen(text);
        snprintf(text + length, size - length, "\\");
    }
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%.64s", place->name);
}

static NTSTATUS refuse(char *error, const struct place *place, const char *reason)
{
    char where[256] = "";
    write_place(where, sizeof(where), place);
    snprintf(error, CONFIGURATION_ERROR_SIZE, "%s: %s", where, reason);
    return STATUS_REGISTRY_CORRUPT;
}

static const char *fault_of_name(json_t *key, const char *name, const json_t *member)
{
    const char *written;
    if (utf16_from_utf8(NULL, 0, name, strlen(name)) > CONFIGURATION_NAME_MAX)
        return "a name has at most 255 characters";
    if (registry_value_is_type_name(name))
        return "names that begin with REG_ are types";
    bool is_key = !registry_value_is_value(member);
    if (is_key && (name[0] == '\0' || strchr(name, '\\') != NULL))
        return "the name of a key is not empty and has no backslash";
    /* The first of that name is found; another one has another letter case. */
    find_member(key, name, &written);
    return strcmp(written, name) == 0 ? NULL
                                      : "there are two of that name, if case is not looked at";
}

static NTSTATUS check_key(json_t *key, const struct place *above, unsigned depth, char *error)
{
    const char *name;
    json_t *member;
    json_object_foreach(key, name, member)
    {
        struct place place = {.above = above, .name = name};
        const char *fault = fault_of_name(key, name, member);
        if (fault == NULL && depth == CONFIGURATION_DEPTH_MAX)
            fault = "keys are nested too deeply";
        if (fault != NULL)
            return refuse(error, &place, fault);
        NTSTATUS status;
        if (registry_value_is_value(member)) {
            char reason[REGISTRY_VALUE_ERROR_SIZE];
            struct registry_value value;
            status = registry_value_decode(member, &value, reason);
            if (status == STATUS_REGISTRY_CORRUPT)
                return refuse(error, &place, reason);
            registry_value_clear(&value);
        } else {
            status = check_key(member, &place, depth + 1, error);
        }
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

/* Always a line, whatever the parser reports. */
static NTSTATUS describe_parser_error(const json_error_t *fault, char *error)
{
    /* Without memory the parser mostly says nothing; inside a string it says that the string is
     * none. */
    if (json_error_code(fault) == json_error_out_of_memory || fault->text[0] == '\0')
        return STATUS_INSUFFICIENT_RESOURCES;
    snprintf(error, CONFIGURATION_ERROR_SIZE, "line %d: %s", max(fault->line, 1), fault->text);
    error[strcspn(error, "\n")] = '\0';
    return STATUS_REGISTRY_CORRUPT;
}

static NTSTATUS check_tree(json_t *tree, char *error)
{
    const struct place root = {0};
    if (!json_is_object(tree) || registry_value_is_value(tree)) {
        snprintf(error, CONFIGURATION_ERROR_SIZE, "the whole must be an object of keys");
        return STATUS_REGISTRY_CORRUPT;
    }
    NTSTATUS status = check_key(tree, &root, 0, error);
    for (size_t i = 0; i < RTL_NUMBER_OF(permanent_paths) && NT_SUCCESS(status); i++) {
        const struct place place = {.above = &root, .name = permanent_paths[i]};
        if (find_member(tree, permanent_paths[i], NULL) != NULL &&
            find_key(tree, permanent_paths[i]) == NULL)
            status = refuse(error, &place, "it must be a key: {...}");
    }
    return status;
}

static NTSTATUS parse(const char *text, size_t length, json_t **result, char *error)
{
    json_error_t fault = {0}; /* the parser does not always set all of it */
    error[0] = '\0';
    json_t *tree =
        text != NULL ? json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault) : json_object();
    if (tree == NULL && text != NULL)
        return describe_parser_error(&fault, error);
    NTSTATUS status = tree != NULL ? check_tree(tree, error) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status) && !add_permanent_keys(tree))
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        json_decref(tree);
        return status;
    }
    *result = tree;
    return STATUS_SUCCESS;
}

/* The copy, or NULL: jansson's own leave out what they have no memory for, and say nothing. */
static json_t *keep_if_whole(json_t *copy, json_t *tree)
{
    if (copy != NULL && json_equal(copy, tree))
        return copy;
    json_decref(copy);
    return NULL;
}

/* Not json_dumps, which leaves out a name that its buffer has no memory for, and says nothing. */
static char *print_whole(const json_t *tree)
{
    size_t length = json_dumpb(tree, NULL, 0, JSON_INDENT(4));
    char *text = length > 0 ? malloc(length + 1) : NULL;
    if (text == NULL)
        return NULL;
    if (json_dumpb(tree, text, length, JSON_INDENT(4)) != length) {
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

/* The text of a tree, without the permanent keys that hold nothing. */
static char *print(json_t *tree)
{
    json_t *shown = tree != NULL ? keep_if_whole(json_copy(tree), tree) : json_object();
    if (shown == NULL)
        return NULL;
    for (size_t i = 0; i < RTL_NUMBER_OF(permanent_paths); i++) {
        const char *written;
        json_t *key = find_member(shown, permanent_paths[i], &written);
        char name[sizeof(CONFIGURATION_DEVICE_PARAMETERS)];
        if (key == NULL || json_object_size(key) > 0)
            continue;
        snprintf(name, sizeof(name), "%s", written);
        json_object_del(shown, name);
    }
    char *text = print_whole(shown);
    json_decref(shown);
    return text;
}

/* ---- loading ---- */

static void replace(json_t **tree, json_t *newer)
{
    json_decref(*tree);
    *tree = newer;
}

NTSTATUS configuration_load(struct configuration *configuration, const char *text, size_t length,
                            const struct configuration_store *new_store,
                            char error[CONFIGURATION_ERROR_SIZE])
{
    json_t *tree;
    json_t *empty = json_object();
    NTSTATUS status =
        empty != NULL ? parse(text, length, &tree, error) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        json_decref(empty);
        return status;
    }
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    replace(&configuration->stored_tree, tree);
    replace(&configuration->volatile_tree, empty);
    replace(&configuration->default_tree, NULL);
    configuration->store = new_store != NULL ? *new_store : (struct configuration_store){0};
    return STATUS_SUCCESS;
}

NTSTATUS configuration_set_defaults(struct configuration *configuration, const char *text,
                                    size_t length, char error[CONFIGURATION_ERROR_SIZE])
{
    json_t *tree;
    NTSTATUS status = parse(text, length, &tree, error);
    if (!NT_SUCCESS(status))
        return status;
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    replace(&configuration->default_tree, tree);
    return STATUS_SUCCESS;
}

void configuration_unload(struct configuration *configuration)
{
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    replace(&configuration->stored_tree, NULL);
    replace(&configuration->volatile_tree, NULL);
    replace(&configuration->default_tree, NULL);
    configuration->store = (struct configuration_store){0};
}

char *configuration_text(struct configuration *configuration)
{
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    return print(configuration->stored_tree);
}

/* ---- reading ---- */

/* The tree that has the key, or NULL. */
static json_t **tree_of_locked(struct configuration *configuration, const char *path)
    REQUIRES(configuration_lock)
{
    if (find_key(configuration->stored_tree, path) != NULL)
        return &configuration->stored_tree;
    if (find_key(configuration->volatile_tree, path) != NULL)
        return &configuration->volatile_tree;
    return find_key(configuration->default_tree, path) != NULL ? &configuration->default_tree
                                                               : NULL;
}

/* A process that has loaded nothing has an empty configuration. */
static bool make_trees_locked(struct configuration *configuration) REQUIRES(configuration_lock)
{
    if (configuration->stored_tree != NULL)
        return true;
    json_t *tree = json_object();
    json_t *other_tree = json_object();
    if (tree == NULL || other_tree == NULL || !add_permanent_keys(tree)) {
        json_decref(tree);
        json_decref(other_tree);
        return false;
    }
    configuration->stored_tree = tree;
    configuration->volatile_tree = other_tree;
    return true;
}

NTSTATUS configuration_open(struct configuration *configuration, const char *path)
{
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    if (!make_trees_locked(configuration))
        return STATUS_INSUFFICIENT_RESOURCES;
    return tree_of_locked(configuration, path) != NULL ? STATUS_SUCCESS
                                                       : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS configuration_query(struct configuration *configuration, const char *path,
                             const char *name, struct registry_value *value)
{
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    json_t **tree = tree_of_locked(configuration, path);
    if (tree == NULL)
        return STATUS_KEY_DELETED;
    const json_t *found = find_value(find_key(*tree, path), name, NULL);
    if (found == NULL)
        found = find_value(find_key(configuration->default_tree, path), name, NULL);
    return found != NULL ? registry_value_decode(found, value, NULL) : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* ---- changing ---- */

struct change {
    /* Makes the change in a tree: STATUS_SUCCESS, or another status and a tree that is thrown
     * away. */
    NTSTATUS (*apply)(json_t *tree, const struct change *change);
    const char *path;
    const char *name;
    json_t *value;
    bool makes_key; /* the key is there by default: it is made where it is changed */
};

static NTSTATUS apply_assign(json_t *tree, const struct change *change)
{
    json_t *key = find_key(tree, change->path);
    if (key == NULL && change->makes_key)
        key = make_key(tree, change->path);
    if (key == NULL)
        return change->makes_key ? STATUS_INSUFFICIENT_RESOURCES : STATUS_KEY_DELETED;
    const char *written = change->name;
    json_t *member = find_member(key, change->name, &written);
    if (member != NULL && !registry_value_is_value(member))
        return STATUS_OBJECT_NAME_COLLISION;
    return json_object_set(key, written, change->value) == 0 ? STATUS_SUCCESS
                                                             : STATUS_INSUFFICIENT_RESOURCES;
}

/* The name is copied: the one in the tree goes with the member. */
static void delete_member(json_t *key, const char *written)
{
    char name[CONFIGURATION_NAME_MAX * 4 + 1];
    snprintf(name, sizeof(name), "%s", written);
    json_object_del(key, name);
}

static NTSTATUS apply_remove_value(json_t *tree, const struct change *change)
{
    json_t *key = find_key(tree, change->path);
    const char *written;
    if (key == NULL)
        return STATUS_KEY_DELETED;
    if (find_value(key, change->name, &written) == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    delete_member(key, written);
    return STATUS_SUCCESS;
}

static NTSTATUS apply_create(json_t *tree, const struct change *change)
{
    return make_key(tree, change->path) != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* The key above one that is not the root; *last is the name of the last. */
static json_t *find_parent(json_t *tree, const char *path, const char **last)
{
    json_t *parent = NULL;
    for (*last = path; *path != '\0' && tree != NULL; path += strlen(path) + 1) {
        *last = path;
        parent = tree;
        tree = find_subkey(tree, path);
    }
    return *path == '\0' ? parent : NULL;
}

static NTSTATUS apply_remove_key(json_t *tree, const struct change *change)
{
    const char *last;
    const char *written;
    json_t *parent = find_parent(tree, change->path, &last);
    json_t *key = parent != NULL ? find_subkey(parent, last) : NULL;
    if (key == NULL)
        return STATUS_KEY_DELETED;
    if (has_subkeys(key))
        return STATUS_CANNOT_DELETE;
    find_member(parent, last, &written);
    delete_member(parent, written);
    return STATUS_SUCCESS;
}

static NTSTATUS save_locked(struct configuration *configuration, json_t *tree)
    REQUIRES(configuration_lock)
{
    char *text = print(tree);
    if (text == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = configuration->store.commit(configuration->store.context, text, strlen(text));
    free(text);
    return status;
}

/* Applies a change to a copy, which *tree becomes; a stored one once the store has taken it. */
static NTSTATUS apply_locked(struct configuration *configuration, json_t **tree,
                             const struct change *change) REQUIRES(configuration_lock)
{
    json_t *copy = keep_if_whole(json_deep_copy(*tree), *tree);
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = change->apply(copy, change);
    if (NT_SUCCESS(status) && tree == &configuration->stored_tree &&
        configuration->store.begin != NULL)
        status = save_locked(configuration, copy);
    if (NT_SUCCESS(status))
        replace(tree, copy);
    else
        json_decref(copy);
    return status;
}

/* Somebody else may have changed the text since it was read. */
static NTSTATUS refresh_locked(struct configuration *configuration, const char *text, size_t length)
    REQUIRES(configuration_lock)
{
    char error[CONFIGURATION_ERROR_SIZE];
    json_t *tree;
    NTSTATUS status = parse(text, length, &tree, error);
    if (NT_SUCCESS(status))
        replace(&configuration->stored_tree, tree);
    else if (status == STATUS_REGISTRY_CORRUPT)
        log_error("%s: %s; mend it: until then nothing is written to it", configuration->store.name,
                  error);
    return status;
}

static NTSTATUS change_stored_locked(struct configuration *configuration,
                                     const struct change *change) REQUIRES(configuration_lock)
{
    if (configuration->store.begin == NULL)
        return apply_locked(configuration, &configuration->stored_tree, change);
    char *text = NULL;
    size_t length;
    NTSTATUS status = configuration->store.begin(configuration->store.context, &text, &length);
    if (!NT_SUCCESS(status))
        return status;
    if (text != NULL)
        status = refresh_locked(configuration, text, length);
    if (NT_SUCCESS(status))
        status = apply_locked(configuration, &configuration->stored_tree, change);
    configuration->store.end(configuration->store.context);
    free(text);
    return status;
}

static NTSTATUS change_locked(struct configuration *configuration, const struct change *change)
    REQUIRES(configuration_lock)
{
    json_t **tree = tree_of_locked(configuration, change->path);
    if (tree == NULL)
        return STATUS_KEY_DELETED;
    return tree == &configuration->volatile_tree ? apply_locked(configuration, tree, change)
                                                 : change_stored_locked(configuration, change);
}

NTSTATUS configuration_assign(struct configuration *configuration, const char *path,
                              const char *name, const struct registry_value *value)
{
    json_t *json;
    NTSTATUS status = registry_value_encode(value, &json);
    if (!NT_SUCCESS(status))
        return status;
    struct change change = {.apply = apply_assign, .path = path, .name = name, .value = json};
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    change.makes_key = find_key(configuration->default_tree, path) != NULL;
    status = change_locked(configuration, &change);
    json_decref(json);
    return status;
}

/* After success, or if the key or value was not found: removes the default. Else:
 * the status. */
static NTSTATUS forget_default_locked(struct configuration *configuration,
                                      const struct change *change, NTSTATUS status)
    REQUIRES(configuration_lock)
{
    if (!NT_SUCCESS(status) && status != STATUS_OBJECT_NAME_NOT_FOUND &&
        status != STATUS_KEY_DELETED)
        return status;
    if (configuration->default_tree == NULL)
        return status;
    return NT_SUCCESS(change->apply(configuration->default_tree, change)) ? STATUS_SUCCESS : status;
}

NTSTATUS configuration_remove_value(struct configuration *configuration, const char *path,
                                    const char *name)
{
    const struct change change = {.apply = apply_remove_value, .path = path, .name = name};
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    NTSTATUS status = change_locked(configuration, &change);
    return forget_default_locked(configuration, &change, status);
}

static const char *last_name(const char *path)
{
    const char *last = path;
    for (; *path != '\0'; path += strlen(path) + 1)
        last = path;
    return last;
}

/* A volatile key is a child of one in either tree, a stored one of a stored one only. */
static NTSTATUS check_parent_locked(struct configuration *configuration, const char *path,
                                    bool is_volatile) REQUIRES(configuration_lock)
{
    const char *last = last_name(path), *found;
    json_t *stored = find_parent(configuration->stored_tree, path, &found);
    json_t *fallback = find_parent(configuration->default_tree, path, &found);
    json_t *other = find_parent(configuration->volatile_tree, path, &found);
    bool is_below_stored = stored != NULL || fallback != NULL;
    bool is_below_volatile = other != NULL;
    if (!is_below_stored && !is_below_volatile)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (find_member(stored, last, NULL) != NULL || find_member(fallback, last, NULL) != NULL ||
        (stored == NULL && find_member(other, last, NULL) != NULL))
        return STATUS_OBJECT_NAME_COLLISION;
    if (is_below_volatile && !is_below_stored && !is_volatile)
        return STATUS_CHILD_MUST_BE_VOLATILE;
    return path_depth(path) <= CONFIGURATION_DEPTH_MAX ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS configuration_create(struct configuration *configuration, const char *path,
                              bool is_volatile, bool *existed)
{
    const struct change change = {.apply = apply_create, .path = path};
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    if (!make_trees_locked(configuration))
        return STATUS_INSUFFICIENT_RESOURCES;
    *existed = tree_of_locked(configuration, path) != NULL;
    if (*existed)
        return STATUS_SUCCESS;
    NTSTATUS status = check_parent_locked(configuration, path, is_volatile);
    if (!NT_SUCCESS(status))
        return status;
    return is_volatile ? apply_locked(configuration, &configuration->volatile_tree, &change)
                       : change_stored_locked(configuration, &change);
}

/* Volatile keys below a stored one have made it a place in their own tree. */
NTSTATUS configuration_remove(struct configuration *configuration, const char *path)
{
    const struct change change = {.apply = apply_remove_key, .path = path};
    PORT_LOCK_SCOPE_OF(configuration, configuration_lock);
    json_t *shadow = find_key(configuration->volatile_tree, path);
    json_t *fallback = find_key(configuration->default_tree, path);
    if (path_is_permanent(path) || (shadow != NULL && has_subkeys(shadow)) ||
        (fallback != NULL && has_subkeys(fallback)))
        return STATUS_CANNOT_DELETE;
    NTSTATUS status =
        forget_default_locked(configuration, &change, change_locked(configuration, &change));
    shadow = find_key(configuration->volatile_tree, path);
    return NT_SUCCESS(status) && shadow != NULL
               ? apply_locked(configuration, &configuration->volatile_tree, &change)
               : status;
}
