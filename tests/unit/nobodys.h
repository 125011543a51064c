/* A library that drivers may use, and that is no driver's: the calls that it makes of the framework
 * return to its own code. The functions are handed in, since it is linked to none. */
#ifndef TESTS_UNIT_NOBODYS_H
#define TESTS_UNIT_NOBODYS_H

#include <ntddk.h>
#include <wdf.h>

/* Calls that function, WdfGetDriver. */
WDFDRIVER nobodys_get_driver(WDFDRIVER (*get_driver)(VOID));

/* Calls that function, WdfObjectCreate. */
NTSTATUS nobodys_create(NTSTATUS (*create)(PWDF_OBJECT_ATTRIBUTES Attributes, WDFOBJECT *Object),
                        PWDF_OBJECT_ATTRIBUTES attributes, WDFOBJECT *object);

#endif
