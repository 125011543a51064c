/* A library that drivers may use, and that belongs to no driver: its calls of the framework return
 * to its own code. It gets the functions as pointers, because it is not linked to any. */
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
