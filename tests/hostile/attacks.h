/* What hostile clients do. */
#ifndef HOSTILE_ATTACKS_H
#define HOSTILE_ATTACKS_H

struct target {
    const char *device;
    const char *folder;  /* that it is in */
    const char *control; /* the daemon's control socket; NULL: none */
    int is_mount;
};

/* Each goes on until it is killed, with everything that it has started; or ends with 77 if this
 * machine can't do it. A refusal by the device is no reason to end. */
struct attack {
    const char *name;
    void (*run)(const struct target *target);
};

extern const struct attack attacks[];
extern const unsigned attack_count;

#endif
