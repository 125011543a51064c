/* The framework: everything a WDF driver uses of it. */
#ifndef WDF_H
#define WDF_H

#include <wdftypes.h>
#include <wdfglobals.h>
#include <wdfstatus.h>
#include <wdfassert.h>
#include <wdfcore.h>
#include <wdfobject.h>
#include <wdfsync.h>
#include <wdfstring.h>
#include <wdfcollection.h>
#include <wdfdriver.h>
#include <wdfqueryinterface.h>
#include <wdfdevice.h>
#include <wdfcontrol.h>
#include <wdfpdo.h>
#include <wdffdo.h>
#include <wdffileobject.h>
#include <wdfrequest.h>
#include <wdfiotarget.h>
#include <wdfio.h>
#include <wdfmemory.h>
#include <wdfregistry.h>
#include <wdftimer.h>
#include <wdfdpc.h>
#include <wdfworkitem.h>
#include <wdfresource.h>
#include <wdfinterrupt.h>
#include <wdfwmi.h>
#include <wdfdmaenabler.h>
#include <wdfdmatransaction.h>
#include <wdfcommonbuffer.h>
#include <wdfbugcodes.h>
#include <wdfroletypes.h>
#include <wdfhwaccess.h>
#include <wdfcompaniontarget.h>
#include <wdfcompanion.h>
#include <wdfverifier.h>

/*
 * The version of the interface between drivers and the framework: structures and the meaning of
 * functions. Each driver that includes this header carries it, so that a host can refuse a driver
 * that was built for a later version. Adding a function does not change it.
 */
#define WDFUSE_DRIVER_ABI 1
WDF_EXTERN_C_START
extern const ULONG wdfuse_driver_abi __attribute__((weak, visibility("default")));
const ULONG wdfuse_driver_abi = WDFUSE_DRIVER_ABI;
WDF_EXTERN_C_END

#endif
