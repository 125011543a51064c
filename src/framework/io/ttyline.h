/*
 * The line discipline of a terminal (<wdfuse/tty.h>): what becomes of bytes between the wire and
 * the clients, by the settings. It behaves as that of Linux (N_TTY) and as chapter 11 of POSIX
 * says; where they differ, as Linux.
 *
 * Received bytes go to `input`, through ttyinput.c; what is echoed goes to `echo`, through
 * ttyoutput.c, which also turns the bytes of writes into those of the wire. There is no buffer for
 * writes: a write waits until its bytes are at the other end.
 *
 * The driver's lock guards all of it.
 */
#ifndef WDFUSE_FRAMEWORK_IO_TTYLINE_H
#define WDFUSE_FRAMEWORK_IO_TTYLINE_H

#include <stdbool.h>

#include <wdfuse/tty.h>

/* As many as N_TTY has: 4095 bytes of a line, and its end. */
#define TTY_LINE_SIZE 4096
/* A tab, at most. */
#define TTY_EXPANSION_MAX 8

/* IUTF8 of termios. */
#define TTY_UTF8 0x4000

enum tty_mark {
    TTY_NO_MARK,
    TTY_END_OF_LINE, /* a reader gets this byte as the last one */
    TTY_END_OF_FILE, /* and this one not */
};

struct tty_line {
    /* Counts of bytes since the beginning, modulo the size places in the rings: those before
     * `read` have been read, those before `ready` belong to complete lines, those before `head`
     * have been received. Only with ICANON there is a difference between the last two. */
    ULONG read;
    ULONG ready;
    ULONG head;
    UCHAR input[TTY_LINE_SIZE];
    UCHAR marks[TTY_LINE_SIZE]; /* of enum tty_mark */

    ULONG echo_sent;
    ULONG echo_end;
    UCHAR echo[TTY_LINE_SIZE];

    /* The rest of a byte that is more than one on the wire. */
    ULONG expansion_count;
    UCHAR expansion[TTY_EXPANSION_MAX];

    /* Of the cursor, as far as can be known; where the line that is edited began. */
    ULONG column;
    ULONG line_column;

    bool is_literal;  /* the next byte is (VLNEXT) */
    bool is_erasing;  /* a backslash of ECHOPRT stands there */
    bool is_stopped;  /* the other end has sent VSTOP */
    bool has_stopped; /* and we have sent it that */
    bool is_throttled;
    bool has_flow_byte; /* to be sent before everything else */
    UCHAR flow_byte;
};

static inline struct tty_line *tty_line(const WDFUSE_TTY *tty)
{
    return tty->Line;
}

static inline bool tty_has_input(const WDFUSE_TTY *tty, ULONG flag)
{
    return (tty->Settings.InputFlags & flag) != 0;
}

static inline bool tty_has_output(const WDFUSE_TTY *tty, ULONG flag)
{
    return (tty->Settings.OutputFlags & flag) != 0;
}

static inline bool tty_has_local(const WDFUSE_TTY *tty, ULONG flag)
{
    return (tty->Settings.LocalFlags & flag) != 0;
}

/* The second byte of a character, or a later one; only with IUTF8 there are such. */
static inline bool tty_is_continuation(const WDFUSE_TTY *tty, UCHAR byte)
{
    return tty_has_input(tty, TTY_UTF8) && (byte & 0xc0) == 0x80;
}

/* Of ASCII, whatever the locale. */
static inline bool tty_is_control(UCHAR byte)
{
    return byte < 0x20 || byte == 0x7f;
}

#endif
