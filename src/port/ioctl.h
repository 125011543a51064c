/*
 * What is known of the numbers of ioctl(2): how large the memory is that the argument leads to, and
 * which way its bytes go. _IOC_SIZE and _IOC_DIR say that of the newer ones; those of terminals and
 * others are older, and known by name alone (ioctl_list(2)).
 */
#ifndef WDFUSE_PORT_IOCTL_H
#define WDFUSE_PORT_IOCTL_H

#include <stdbool.h>
#include <stddef.h>

struct port_ioctl {
    size_t in;            /* bytes that the kernel reads at the argument's address */
    size_t out;           /* bytes that it writes there */
    bool is_value;        /* the argument is no address but a number, or not looked at */
    bool needs_privilege; /* it is for the administrator, who is not the one that asks */
};

/* What the number itself says, of whatever device it is. */
struct port_ioctl port_ioctl_said(unsigned number);

/*
 * False: nothing is known of it, or its structure holds addresses, which only the process that has
 * made the call can have.
 */
bool port_ioctl_find(unsigned number, struct port_ioctl *known);

#endif
