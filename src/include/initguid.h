/*
 * From here on DEFINE_GUID defines what it otherwise only declares. Include it before the header of
 * your GUIDs.
 */
#ifndef INITGUID
#define INITGUID
#endif
#include <guiddef.h>
