/* A library that belongs to no driver. See nobodys.h. */
#include "nobodys.h"

WDFDRIVER nobodys_get_driver(WDFDRIVER (*get_driver)(VOID))
{
    WDFDRIVER volatile driver = get_driver(); /* no jump: the call returns to here */
    return driver;
}

NTSTATUS nobodys_create(NTSTATUS (*create)(PWDF_OBJECT_ATTRIBUTES Attributes, WDFOBJECT *Object),
                        PWDF_OBJECT_ATTRIBUTES attributes, WDFOBJECT *object)
{
    NTSTATUS volatile status = create(attributes, object);
    return status;
}
