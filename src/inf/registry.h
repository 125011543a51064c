/* What an INF writes into the registry: AddReg and DelReg (S20.23-S20.28). */
#ifndef WDFUSE_INF_REGISTRY_H
#define WDFUSE_INF_REGISTRY_H

#include "inf/inf.h"

/* Which key HKR is (S20.24). */
enum inf_key {
    INF_KEY_DRIVER,    /* of the install section: the software key */
    INF_KEY_DEVICE,    /* of .HW: the hardware key */
    INF_KEY_SERVICE,   /* of a service: its own key */
    INF_KEY_INTERFACE, /* of a device interface */
    INF_KEY_CLASS,     /* of the device's class */
};

enum inf_change_kind {
    INF_SET_VALUE,
    INF_MAKE_KEY,
    INF_DELETE_VALUE,
    INF_DELETE_KEY,
};

/* Of Windows; the types that have a form of their own in an INF. */
enum {
    INF_REG_NONE = 0,
    INF_REG_SZ = 1,
    INF_REG_EXPAND_SZ = 2,
    INF_REG_BINARY = 3,
    INF_REG_DWORD = 4,
    INF_REG_MULTI_SZ = 7,
    INF_REG_LAST = 11, /* REG_QWORD: there are no others */
};

/* One line, in the order in which they are to be carried out. */
struct inf_change {
    struct inf_change *next;
    enum inf_change_kind kind;
    enum inf_key key;
    const char *owner;  /* the service, or the interface's class; else "" */
    const char *subkey; /* "A\B"; "" is the key itself */
    const char *name;   /* "" is the default value */
    bool keeps_old;     /* NOCLOBBER: a value that is there stays */
    bool needs_old;     /* OVERWRITEONLY: only a value that is there is written */
    bool appends;       /* to a REG_MULTI_SZ, what is not in it */
    unsigned type;
    unsigned long number; /* of a DWORD */
    const unsigned char *bytes;
    size_t size; /* of all other types but strings */
    const char **strings;
    unsigned string_count; /* of SZ and EXPAND_SZ: one */
    struct inf_place place;
};

/* Our own limit: lines that are looked at for one device. */
#define INF_REGISTRY_MAX 20000

struct inf_registry {
    struct inf_change *first, **end;
    unsigned line_count;
};

void inf_registry_init(struct inf_registry *registry);

/*
 * What a line `AddReg = SECTION, ...` or `DelReg = ...` of another section asks for; any other line
 * asks for nothing. False: no memory.
 */
bool inf_registry_line(struct inf *inf, const struct inf_line *line, enum inf_key key,
                       const char *owner, struct inf_registry *registry);

/* The last change of that value of that key, below no subkey; NULL: there is none. */
const struct inf_change *inf_registry_value(const struct inf_registry *registry, enum inf_key key,
                                            const char *name);

#endif
