/* The header most drivers begin with. Everything it brings is in <wdm.h>. */
#ifndef NTDDK_H
#define NTDDK_H

#include <wdm.h>

#endif
