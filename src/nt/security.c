/* The security descriptors of <wdmsec.h>. */
#include <wdmsec.h>

/* The system may do all; administrators, in most of them, read, write and execute. */
#define SYSTEM_ALL         L"D:P(A;;GA;;;SY)"
#define ADMINISTRATORS_RWX L"(A;;GRGWGX;;;BA)"

#define DESCRIPTOR(text)                                                                           \
    {                                                                                              \
        .Length = sizeof(text) - sizeof(WCHAR), .MaximumLength = sizeof(text),                     \
        .Buffer = (PWCH)(text)                                                                     \
    }

const UNICODE_STRING SDDL_DEVOBJ_KERNEL_ONLY = DESCRIPTOR(L"D:P");
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL = DESCRIPTOR(SYSTEM_ALL);
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_ALL = DESCRIPTOR(SYSTEM_ALL L"(A;;GA;;;BA)");
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_RX = DESCRIPTOR(SYSTEM_ALL L"(A;;GRGX;;;BA)");
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R =
    DESCRIPTOR(SYSTEM_ALL ADMINISTRATORS_RWX L"(A;;GR;;;WD)");
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R =
    DESCRIPTOR(SYSTEM_ALL ADMINISTRATORS_RWX L"(A;;GR;;;WD)(A;;GR;;;RC)");
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R =
    DESCRIPTOR(SYSTEM_ALL ADMINISTRATORS_RWX L"(A;;GRGW;;;WD)(A;;GR;;;RC)");
const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX =
    DESCRIPTOR(SYSTEM_ALL ADMINISTRATORS_RWX L"(A;;GRGWGX;;;WD)(A;;GRGWGX;;;RC)");
