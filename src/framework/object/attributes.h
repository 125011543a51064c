/* WDF_OBJECT_ATTRIBUTES (S1.25, S1.26). */
#ifndef WDFUSE_FRAMEWORK_OBJECT_ATTRIBUTES_H
#define WDFUSE_FRAMEWORK_OBJECT_ATTRIBUTES_H

#include <wdf.h>

/* What a kind of object accepts in its attributes. */
enum attributes_rules {
    ATTRIBUTES_PARENT_FORBIDDEN = 0x1,
    ATTRIBUTES_PARENT_REQUIRED = 0x2,
    ATTRIBUTES_LEVEL_ALLOWED = 0x4,
    ATTRIBUTES_SCOPE_ALLOWED = 0x8,
};

/* The attributes may be NULL; the rules are of enum attributes_rules. */
NTSTATUS attributes_validate(const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules);

#endif
