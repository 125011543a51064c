/* Requests that the driver makes (S7.51 to S7.62). */
#ifndef WDFUSE_FRAMEWORK_IO_REQUESTCREATE_H
#define WDFUSE_FRAMEWORK_IO_REQUESTCREATE_H

#include "framework/object/object.h"

extern const struct object_class created_request_class;

#endif
