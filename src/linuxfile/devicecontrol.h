/*
 * Device control: numbers of Linux whose argument is known go to the file as they are, control
 * codes to another node of ours by <wdfuse/ioctl.h>.
 */
#ifndef WDFUSE_LINUXFILE_DEVICECONTROL_H
#define WDFUSE_LINUXFILE_DEVICECONTROL_H

#include <wdf.h>

EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL device_control;

#endif
