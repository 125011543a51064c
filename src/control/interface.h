/* The varlink interfaces that are served, as text. */
#ifndef WDFUSE_CONTROL_INTERFACE_H
#define WDFUSE_CONTROL_INTERFACE_H

extern const char interface_control[]; /* org.wdfuse.control.varlink */
extern const char interface_service[];

#endif
