/* The framework: everything a WDF driver uses of it. */
#ifndef WDF_H
#define WDF_H

#include <wdftypes.h>
#include <wdfstatus.h>
#include <wdfcore.h>
#include <wdfobject.h>
#include <wdfsync.h>
#include <wdfstring.h>
#include <wdfdriver.h>
#include <wdfdevice.h>
#include <wdffileobject.h>
#include <wdfrequest.h>
#include <wdfio.h>
#include <wdfmemory.h>
#include <wdftimer.h>
#include <wdfdpc.h>
#include <wdfworkitem.h>

#endif
