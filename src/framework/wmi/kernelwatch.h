/* Blocks of other drivers, opened by a driver (IoWMIOpenBlock). */
#ifndef WDFUSE_FRAMEWORK_WMI_KERNELWATCH_H
#define WDFUSE_FRAMEWORK_WMI_KERNELWATCH_H

struct driver;

/* The driver is unloaded: closes the blocks it has left open, with a line in the log. */
void wmi_forget_driver(struct driver *driver);

#endif
