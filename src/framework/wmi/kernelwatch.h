/* Blocks of other drivers that a driver has opened (IoWMIOpenBlock). */
#ifndef WDFUSE_FRAMEWORK_WMI_KERNELWATCH_H
#define WDFUSE_FRAMEWORK_WMI_KERNELWATCH_H

struct driver;

/* The driver is unloaded: what it has opened of other drivers is closed, and told in the log. */
void wmi_forget_driver(struct driver *driver);

#endif
