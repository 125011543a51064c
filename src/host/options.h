/*
 * The command line of every host program.
 *
 * Parsing touches nothing but its arguments (and the user database, for names): it can be tested
 * apart from a process.
 */
#ifndef WDFUSE_HOST_OPTIONS_H
#define WDFUSE_HOST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <wdfuse/host.h>

#include "framework/io.h"
#include "host/sandbox.h"
#include "port/log.h"
#include "transport/transport.h"

/* Space that is enough for any line that says what is wrong. */
#define HOST_ERROR_SIZE 512

/* The number of devices of a driver that may be named. */
#define HOST_NAMES_MAX 32

/* The number of --trace options. */
#define HOST_TRACES_MAX 32

/* The number of drivers. */
#define HOST_DRIVERS_MAX 128

/* The number of filters of a stack. */
#define HOST_FILTERS_MAX 32

/* The number of --driver-path options, and of --inf-path options. */
#define HOST_DRIVER_PATHS_MAX 16

/* Space for a child's ID: MAX_DEVICE_ID_LEN characters. */
#define HOST_ID_SIZE 200

/* Space for a driver's name. */
#define HOST_DRIVER_NAME_SIZE 128

/* A filter's file, and the options that follow it. */
struct host_filter_options {
    const char *path; /* as given */
    bool is_upper;
    const char *config; /* as given; NULL: none */
    /* Of an INF (infinstall.h); NULL: the name is that of the file, there are none. */
    const char *service;
    const char *defaults;
};

struct host_installation;

/* The options of one driver: on the command line they follow the driver's file, or are anywhere if
 * there is only one file. */
struct host_driver_options {
    const char *operand;                      /* as given; NULL: the host takes none */
    char operand_name[HOST_DRIVER_NAME_SIZE]; /* the driver's name made from it */
    char file_name[HOST_DRIVER_NAME_SIZE];    /* the file's, which an INF may not share */
    const char *default_name;                 /* of the one device, when there is no --name */
    const char *names[HOST_NAMES_MAX];
    unsigned name_count;
    const char *on; /* a device of Linux that the stack is on; NULL: none */
    bool passes_all_controls;
    const char *config;      /* as given; NULL: none */
    const char *behind_name; /* what clients open after its devices; NULL: nothing */
    struct host_filter_options filters[HOST_FILTERS_MAX]; /* in the order of the command line */
    unsigned filter_count;
    /* It is for children with that ID; empty: for devices of its own. */
    char child_id[HOST_ID_SIZE];
    char *found_inf; /* found by its hardware ID, malloc'ed (infstore.h); NULL: not given by ID */
    const char *hardware_id; /* which device of an INF; NULL: the first */
    const char *defaults;    /* what the INF puts into the registry (infregistry.h) */
    const struct host_installation *installation; /* NULL: not from an INF */
    bool mode_is_given;
    mode_t mode;
};

enum host_action { HOST_RUN, HOST_SHOW_HELP, HOST_SHOW_VERSION, HOST_CHECK_INF };

struct host_options {
    enum host_action action;
    const char *checked_inf; /* of HOST_CHECK_INF */
    bool foreground;
    bool debug;
    bool shows_wire; /* and the messages between the kernel and the daemon */
    enum log_level log_level;
    struct host_driver_options drivers[HOST_DRIVERS_MAX];
    unsigned driver_count;               /* of a host that takes no operand: 1 */
    bool has_early_options;              /* of the first driver stand before its file */
    const char *traces[HOST_TRACES_MAX]; /* as given */
    unsigned trace_count;
    const char *driver_paths[HOST_DRIVER_PATHS_MAX]; /* as given */
    unsigned driver_path_count;
    const char *inf_paths[HOST_DRIVER_PATHS_MAX];
    unsigned inf_path_count;
    const char *mount;       /* as given; NULL: CUSE */
    const char *pidfile;     /* as given; NULL: none */
    const char *wake_source; /* as given; NULL: none */
    const char *state_dir;   /* as given; NULL: the default */
    unsigned workers;
    unsigned spin_us;
    bool spin_is_given;
    enum transport_uring uring;
    unsigned stop_timeout_s; /* 0: no limit */
    bool has_control;        /* a control socket */
    struct io_quota process_quota;
    struct io_quota user_quota;
    uint32_t recorder_records; /* of each thread; 0: no recorder */
    enum sandbox_mode sandbox;

    bool has_user;
    uid_t user;
    char user_name[64]; /* empty when the user has no entry in the user database */
    gid_t user_group;   /* the group the daemon runs with: --group, or the user's own */
    bool has_group;
    gid_t group;
};

/*
 * Fills in `options`. Returns 0, or -1 with one line in `error`. The strings point into argv. With
 * an action other than HOST_RUN the rest of the command line has not been looked at. Not for two
 * threads at a time: getopt has globals.
 */
int host_options_parse(int argc, char **argv, const WDFUSE_HOST *host, struct host_options *options,
                       char *error, size_t size);

/* The name of the driver whose file that is: drivers/toaster.so.1 is the driver toaster, and so is
 * toaster.inf. */
void host_driver_name(const char *path, char name[HOST_DRIVER_NAME_SIZE]);

/* True: some --name is that. */
bool host_options_have_name(const struct host_options *options, const char *name);

void host_options_print_help(const WDFUSE_HOST *host, FILE *stream);

#endif
