/*
 * Terminals (<wdfuse/tty.h>): answers to the numbers of ioctl_tty(2), from what a driver keeps in
 * its context. The requests that come here are those of devices with native controls, to which the
 * transport has brought the data that a number means (port/ioctl.h).
 */
#include <asm/termbits.h>
#include <assert.h>
#include <linux/serial.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include <wdfuse/tty.h>

#include "framework/io/request.h"
#include "framework/io/ttyinput.h"
#include "framework/io/ttyoutput.h"
#include "framework/object/apiresult.h"

/* The flags that are supported without a line discipline, and those with one. All others stay 0. */
#define INPUT_FLAGS (IGNBRK | BRKINT | IGNPAR | PARMRK | INPCK)
#define LINE_INPUT_FLAGS                                                                           \
    (INPUT_FLAGS | ISTRIP | INLCR | IGNCR | ICRNL | IUCLC | IXON | IXANY | IXOFF | IMAXBEL | IUTF8)
#define LINE_OUTPUT_FLAGS (OPOST | OLCUC | ONLCR | OCRNL | ONOCR | ONLRET)
#define LINE_LOCAL_FLAGS                                                                           \
    (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | NOFLSH | TOSTOP | ECHOCTL | ECHOPRT |         \
     ECHOKE | IEXTEN)
#define CONTROL_FLAGS                                                                              \
    (CBAUD | CSIZE | CSTOPB | CREAD | PARENB | PARODD | HUPCL | CLOCAL | CIBAUD | CMSPAR | CRTSCTS)

#define OUTPUT_LINES ((ULONG)(WdfuseTtyDtr | WdfuseTtyRts))
#define INPUT_LINES  ((ULONG)(WdfuseTtyCts | WdfuseTtyDcd | WdfuseTtyRing | WdfuseTtyDsr))

/* The length of a break of tcsendbreak(3). */
#define BREAK_MS 250

static_assert(sizeof(WDFUSE_TTY_SETTINGS) == sizeof(struct termios2) && NCCS == 19 &&
                  offsetof(WDFUSE_TTY_SETTINGS, InputSpeed) == offsetof(struct termios2, c_ispeed),
              "the settings are those of Linux");
static_assert(WdfuseTtyDtr == TIOCM_DTR && WdfuseTtyRts == TIOCM_RTS && WdfuseTtyCts == TIOCM_CTS &&
                  WdfuseTtyDcd == TIOCM_CAR && WdfuseTtyRing == TIOCM_RNG &&
                  WdfuseTtyDsr == TIOCM_DSR,
              "the lines are those of Linux");

/* ---- data ---- */

/* On a mount the kernel does not bring the data of these numbers: the client is told that the
 * number is not known. */
static NTSTATUS without_data(NTSTATUS status)
{
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_INVALID_DEVICE_REQUEST : status;
}

static NTSTATUS get_input(WDFREQUEST request, void *value, size_t size)
{
    PVOID input;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(request, size, &input, NULL);
    if (NT_SUCCESS(status))
        memcpy(value, input, size);
    return without_data(status);
}

static NTSTATUS put_output(WDFREQUEST request, const void *value, size_t size)
{
    PVOID output;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(request, size, &output, NULL);
    if (!NT_SUCCESS(status))
        return without_data(status);
    memcpy(output, value, size);
    WdfRequestSetInformation(request, size);
    return status;
}

static NTSTATUS put_number(WDFREQUEST request, ULONG number)
{
    return put_output(request, &number, sizeof(number));
}

/* The argument of a number for which it is not an address. */
static ULONG_PTR argument_of(WDFREQUEST request)
{
    const struct io_request *io = &request_from_handle(request)->io;
    return io->is_by_address ? (ULONG_PTR)io->client_input : 0;
}

/* ---- settings ---- */

static const struct speed {
    ULONG code;
    ULONG speed;
} speeds[] = {
    {B0, 0},
    {B50, 50},
    {B75, 75},
    {B110, 110},
    {B134, 134},
    {B150, 150},
    {B200, 200},
    {B300, 300},
    {B600, 600},
    {B1200, 1200},
    {B1800, 1800},
    {B2400, 2400},
    {B4800, 4800},
    {B9600, 9600},
    {B19200, 19200},
    {B38400, 38400},
    {B57600, 57600},
    {B115200, 115200},
    {B230400, 230400},
    {B460800, 460800},
    {B500000, 500000},
    {B576000, 576000},
    {B921600, 921600},
    {B1000000, 1000000},
    {B1152000, 1152000},
    {B1500000, 1500000},
    {B2000000, 2000000},
    {B2500000, 2500000},
    {B3000000, 3000000},
    {B3500000, 3500000},
    {B4000000, 4000000},
};

/* The speed that a code of termios stands for; `beside` for BOTHER, which stands for none. */
static ULONG speed_of(ULONG code, ULONG beside)
{
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        if (speeds[i].code == code)
            return speeds[i].speed;
    }
    return beside;
}

/* As in the kernel: without a code of its own the input speed is the output speed. */
static void set_speeds(WDFUSE_TTY_SETTINGS *settings)
{
    ULONG output = settings->ControlFlags & CBAUD;
    ULONG input = (settings->ControlFlags & CIBAUD) >> IBSHIFT;
    settings->OutputSpeed = speed_of(output, settings->OutputSpeed);
    settings->InputSpeed =
        input == B0 ? settings->OutputSpeed : speed_of(input, settings->InputSpeed);
}

static void keep_supported(const WDFUSE_TTY *tty, WDFUSE_TTY_SETTINGS *settings)
{
    bool has_line = tty->Line != NULL;
    ULONG output = LINE_OUTPUT_FLAGS;
    if ((settings->OutputFlags & TABDLY) == XTABS) /* the other kinds of tabs are delays */
        output |= XTABS;
    settings->InputFlags &= has_line ? LINE_INPUT_FLAGS : INPUT_FLAGS;
    settings->OutputFlags &= has_line ? output : 0;
    settings->ControlFlags &= CONTROL_FLAGS;
    settings->LocalFlags &= has_line ? LINE_LOCAL_FLAGS : 0;
    settings->Line = 0;
}

/* A speed of 0 hangs up, and another one after it takes the line again. */
static ULONG change_outputs(WDFUSE_TTY *tty, ULONG speed_before)
{
    ULONG before = tty->Outputs;
    if (tty->Settings.OutputSpeed == 0)
        tty->Outputs &= ~OUTPUT_LINES;
    else if (speed_before == 0 && tty->OpenFiles > 0)
        tty->Outputs |= OUTPUT_LINES;
    return tty->Outputs != before ? WdfuseTtyApplyLines : 0;
}

static ULONG change_settings(WDFUSE_TTY *tty, WDFUSE_TTY_SETTINGS settings)
{
    WDFUSE_TTY_SETTINGS before = tty->Settings;
    keep_supported(tty, &settings);
    set_speeds(&settings);
    tty->Settings = settings;
    if (tty->Line != NULL)
        tty_line_change(tty, &before);
    return WdfuseTtyApplySettings | change_outputs(tty, before.OutputSpeed);
}

static ULONG flush_input(WDFUSE_TTY *tty)
{
    if (tty->Line != NULL)
        tty_line_flush_input(tty);
    return WdfuseTtyFlushInput;
}

static ULONG flush_output(WDFUSE_TTY *tty)
{
    if (tty->Line != NULL)
        tty_line_flush_output(tty);
    return WdfuseTtyFlushOutput;
}

/* From struct termios, which does not have the speeds, or struct termios2. */
static NTSTATUS set_settings(WDFUSE_TTY *tty, WDFREQUEST request, size_t size, bool flushes,
                             ULONG *actions)
{
    WDFUSE_TTY_SETTINGS settings = tty->Settings;
    NTSTATUS status = get_input(request, &settings, size);
    if (!NT_SUCCESS(status))
        return status;
    if (flushes)
        *actions = flush_input(tty);
    *actions |= change_settings(tty, settings);
    return status;
}

/* ---- lines ---- */

static NTSTATUS set_outputs(WDFUSE_TTY *tty, WDFREQUEST request, ULONG code, ULONG *actions)
{
    ULONG lines;
    NTSTATUS status = get_input(request, &lines, sizeof(lines));
    if (!NT_SUCCESS(status))
        return status;
    lines &= OUTPUT_LINES;
    ULONG outputs = code == TIOCMBIS   ? tty->Outputs | lines
                    : code == TIOCMBIC ? tty->Outputs & ~lines
                                       : lines;
    if (outputs != tty->Outputs)
        *actions = WdfuseTtyApplyLines;
    tty->Outputs = outputs;
    return status;
}

static NTSTATUS wait_for_lines(WDFREQUEST request, ULONG *actions)
{
    if ((argument_of(request) & INPUT_LINES) == 0)
        return STATUS_INVALID_PARAMETER;
    *actions = WdfuseTtyWaitForLines;
    return STATUS_PENDING;
}

static NTSTATUS put_changes(const WDFUSE_TTY *tty, WDFREQUEST request)
{
    struct serial_icounter_struct counts = {
        .cts = (int)tty->Changes[0],
        .dsr = (int)tty->Changes[1],
        .rng = (int)tty->Changes[2],
        .dcd = (int)tty->Changes[3],
    };
    return put_output(request, &counts, sizeof(counts));
}

/* ---- data in transit ---- */

static NTSTATUS flush(WDFUSE_TTY *tty, WDFREQUEST request, ULONG *actions)
{
    switch (argument_of(request)) {
    case TCIFLUSH:
        *actions = flush_input(tty);
        return STATUS_SUCCESS;
    case TCOFLUSH:
        *actions = flush_output(tty);
        return STATUS_SUCCESS;
    case TCIOFLUSH:
        *actions = flush_input(tty) | flush_output(tty);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* TCOOFF and TCOON stop and start the output; the latter only after the former, though VSTOP may
 * have come since. TCIOFF and TCION send VSTOP and VSTART, if there is a line discipline. */
static NTSTATUS stop_output(WDFUSE_TTY *tty, WDFREQUEST request, ULONG *actions)
{
    ULONG_PTR argument = argument_of(request);
    if (argument > TCION)
        return STATUS_INVALID_PARAMETER;
    *actions = WdfuseTtyApplyStop;
    if (argument == TCOON && tty->IsStopped && tty->Line != NULL)
        tty_line_restart(tty);
    if (argument == TCOOFF || argument == TCOON)
        tty->IsStopped = argument == TCOOFF;
    else if (tty->Line != NULL)
        tty_line_send_flow(tty, argument == TCIOFF ? VSTOP : VSTART);
    return STATUS_SUCCESS;
}

/* TCSBRKP counts tenths of a second. TCSBRK with an argument is tcdrain(3), for which
 * must_drain has done everything. */
static NTSTATUS send_break(WDFUSE_TTY *tty, WDFREQUEST request, ULONG code, ULONG *actions)
{
    ULONG_PTR argument = argument_of(request);
    if (code == TCSBRK && argument != 0)
        return STATUS_SUCCESS;
    if (argument > 600)
        return STATUS_INVALID_PARAMETER;
    tty->BreakMilliseconds = argument == 0 ? BREAK_MS : (ULONG)argument * 100;
    *actions = WdfuseTtySendBreak;
    return STATUS_SUCCESS;
}

static NTSTATUS set_break(WDFUSE_TTY *tty, bool is_on, ULONG *actions)
{
    tty->IsBreaking = is_on;
    *actions = WdfuseTtyApplyBreak;
    return STATUS_SUCCESS;
}

/* ---- the port itself ---- */

static NTSTATUS put_port(const WDFUSE_TTY *tty, WDFREQUEST request)
{
    struct serial_struct port;
    memset(&port, 0, sizeof(port));
    port.type = PORT_UNKNOWN;
    port.baud_base = (int)tty->Settings.OutputSpeed;
    return put_output(request, &port, sizeof(port));
}

static NTSTATUS set_exclusive(WDFUSE_TTY *tty, bool is_exclusive)
{
    tty->IsExclusive = is_exclusive;
    return STATUS_SUCCESS;
}

/* ---- dispatch ---- */

static NTSTATUS control_settings(WDFUSE_TTY *tty, WDFREQUEST request, ULONG code, ULONG *actions)
{
    switch (code) {
    case TCGETS:
        return put_output(request, &tty->Settings, sizeof(struct termios));
    case TCGETS2:
        return put_output(request, &tty->Settings, sizeof(struct termios2));
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_settings(tty, request, sizeof(struct termios), code == TCSETSF, actions);
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
        return set_settings(tty, request, sizeof(struct termios2), code == TCSETSF2, actions);
    case TIOCGWINSZ:
        return put_output(request, tty->WindowSize, sizeof(tty->WindowSize));
    case TIOCSWINSZ:
        return get_input(request, tty->WindowSize, sizeof(tty->WindowSize));
    case TIOCGSOFTCAR:
        return put_number(request, (tty->Settings.ControlFlags & CLOCAL) != 0);
    case TIOCGSERIAL:
        return put_port(tty, request);
    case TIOCSSERIAL:
        return STATUS_ACCESS_DENIED;
    case TIOCGETD:
        return put_number(request, 0);
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS control_line(WDFUSE_TTY *tty, WDFREQUEST request, ULONG code, ULONG *actions)
{
    switch (code) {
    case TIOCMGET:
        return put_number(request, WdfuseTtyLines(tty) | tty->Inputs);
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC:
        return set_outputs(tty, request, code, actions);
    case TIOCMIWAIT:
        return wait_for_lines(request, actions);
    case TIOCGICOUNT:
        return put_changes(tty, request);
    case TIOCSBRK:
    case TIOCCBRK:
        return set_break(tty, code == TIOCSBRK, actions);
    case TCSBRK:
    case TCSBRKP:
        return send_break(tty, request, code, actions);
    default:
        return control_settings(tty, request, code, actions);
    }
}

static NTSTATUS control(WDFUSE_TTY *tty, WDFREQUEST request, ULONG code, ULONG *actions)
{
    switch (code) {
    case FIONREAD:
        return put_number(request, tty->Line != NULL ? tty_line_received(tty) : tty->Received);
    case TIOCOUTQ:
        return put_number(request, tty->Unsent);
    case TCFLSH:
        return flush(tty, request, actions);
    case TCXONC:
        return stop_output(tty, request, actions);
    case TIOCEXCL:
    case TIOCNXCL:
        return set_exclusive(tty, code == TIOCEXCL);
    case TIOCGEXCL:
        return put_number(request, tty->IsExclusive);
    default:
        return control_line(tty, request, code, actions);
    }
}

/* What comes after the output that was there before. */
static bool must_drain(ULONG code)
{
    return code == TCSETSW || code == TCSETSF || code == TCSETSW2 || code == TCSETSF2 ||
           code == TCSBRK || code == TCSBRKP || code == TIOCSBRK;
}

static NTSTATUS control_in_turn(WDFUSE_TTY *tty, WDFREQUEST request, ULONG code, ULONG *actions)
{
    if (!must_drain(code) || tty->Line == NULL || tty->Unsent == 0)
        return control(tty, request, code, actions);
    *actions = WdfuseTtyWaitForOutput;
    return STATUS_PENDING;
}

NTSTATUS WdfuseTtyControl(PWDFUSE_TTY Tty, WDFREQUEST Request, ULONG IoControlCode, PULONG Actions)
{
    *Actions = 0;
    return API_RESULT(control_in_turn(Tty, Request, IoControlCode, Actions), "wdfuse/tty.h");
}

VOID WdfuseTtyInitialize(PWDFUSE_TTY Tty)
{
    static const UCHAR characters[NCCS] = {
        [VINTR] = 0x03,    [VQUIT] = 0x1c,    [VERASE] = 0x7f,  [VKILL] = 0x15, [VEOF] = 0x04,
        [VMIN] = 1,        [VSTART] = 0x11,   [VSTOP] = 0x13,   [VSUSP] = 0x1a, [VLNEXT] = 0x16,
        [VREPRINT] = 0x12, [VDISCARD] = 0x0f, [VWERASE] = 0x17,
    };
    memset(Tty, 0, sizeof(*Tty));
    Tty->Settings.ControlFlags = B115200 | CS8 | CREAD | HUPCL | CLOCAL;
    memcpy(Tty->Settings.Characters, characters, sizeof(characters));
    set_speeds(&Tty->Settings);
}

ULONG WdfuseTtySetInputs(PWDFUSE_TTY Tty, ULONG Lines)
{
    static const ULONG order[] = {WdfuseTtyCts, WdfuseTtyDsr, WdfuseTtyRing, WdfuseTtyDcd};
    ULONG changed = (Tty->Inputs ^ Lines) & INPUT_LINES;
    for (size_t i = 0; i < RTL_NUMBER_OF(order); i++)
        Tty->Changes[i] += (changed & order[i]) != 0;
    Tty->Inputs = Lines & INPUT_LINES;
    return changed;
}

BOOLEAN WdfuseTtyIsAwaited(WDFREQUEST Request, ULONG Lines)
{
    return (argument_of(Request) & Lines & INPUT_LINES) != 0;
}

NTSTATUS WdfuseTtyOpen(PWDFUSE_TTY Tty)
{
    if (Tty->IsExclusive && Tty->OpenFiles > 0)
        return API_RESULT(STATUS_DEVICE_BUSY, "wdfuse/tty.h");
    if (Tty->OpenFiles++ == 0 && Tty->Settings.OutputSpeed != 0)
        Tty->Outputs |= OUTPUT_LINES;
    return STATUS_SUCCESS;
}

VOID WdfuseTtyClose(PWDFUSE_TTY Tty)
{
    if (Tty->OpenFiles == 0 || --Tty->OpenFiles > 0)
        return;
    Tty->IsExclusive = FALSE;
    Tty->IsStopped = FALSE;
    if (Tty->Line != NULL)
        tty_line_restart(Tty);
    if ((Tty->Settings.ControlFlags & HUPCL) != 0)
        Tty->Outputs &= ~OUTPUT_LINES;
}
