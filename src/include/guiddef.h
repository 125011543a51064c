/*
 * GUIDs. DEFINE_GUID declares a GUID, or defines it where INITGUID is set (see initguid.h); this
 * part is read again at each inclusion, so that <initguid.h> works after <ntddk.h> as well as
 * before it.
 */
#ifndef GUIDDEF_H
#define GUIDDEF_H

#include <stdint.h>
#include <string.h>

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID;
typedef GUID CLSID;

/* C hands GUIDs on by their addresses, C++ by reference. */
#ifdef __cplusplus
#define REFGUID   const GUID &
#define REFIID    const IID &
#define REFCLSID  const CLSID &
#define GUID_NULL (GUID())

extern "C++" {
inline bool IsEqualGUID(REFGUID a, REFGUID b)
{
    return memcmp(&a, &b, sizeof(GUID)) == 0;
}

inline bool operator==(REFGUID a, REFGUID b)
{
    return IsEqualGUID(a, b);
}

inline bool operator!=(REFGUID a, REFGUID b)
{
    return !IsEqualGUID(a, b);
}
}
#else
#define REFGUID   const GUID *
#define REFIID    const IID *
#define REFCLSID  const CLSID *
#define GUID_NULL ((GUID){0})

#define IsEqualGUID(a, b) (memcmp((a), (b), sizeof(GUID)) == 0)
#endif
#define InlineIsEqualGUID IsEqualGUID
#define IsEqualIID        IsEqualGUID
#define IsEqualCLSID      IsEqualGUID

#endif

/* The first word of a GUID's declaration: C and C++ units of a driver share it. */
#ifndef GUID_EXTERN
#ifdef __cplusplus
#define GUID_EXTERN extern "C"
#else
#define GUID_EXTERN extern
#endif
#endif

#undef DEFINE_GUID
#ifdef INITGUID
/* Weak, which the first declaration has to say: several units of a driver may define the same
 * GUID. */
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
    GUID_EXTERN const GUID name __attribute__((weak));                                             \
    const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) GUID_EXTERN const GUID name
#endif
