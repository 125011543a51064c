/* Callbacks by the kind of object that they belong to: <wdfobject.h> declares them. */
#ifndef WDFROLETYPES_H
#define WDFROLETYPES_H

#include <wdfobject.h>

#endif
