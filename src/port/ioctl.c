/* The numbers of ioctl(2) that are known. See ioctl.h. */
#include "port/ioctl.h"

#include <asm/termbits.h>
#include <linux/hidraw.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <linux/input.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/serial.h>
#include <linux/uinput.h>
#include <stdint.h>
#include <sys/ioctl.h>

struct number {
    unsigned number;
    struct port_ioctl known;
};

/* clang-format off */
#define VALUE(number)     {number, {.is_value = true}}
#define IN(number, type)  {number, {.in = sizeof(type)}}
#define OUT(number, type) {number, {.out = sizeof(type)}}
#define ADMIN_VALUE(number)     {number, {.is_value = true, .needs_privilege = true}}
#define ADMIN_IN(number, type)  {number, {.in = sizeof(type), .needs_privilege = true}}

/* What does not say its size itself, or says that of the argument. struct termio is of
 * <asm/termios.h>, which can't be read beside <sys/ioctl.h>. */
#define TERMIO_SIZE unsigned char[18]

static const struct number numbers[] = {
    /* Terminals: ioctl_tty(2). */
    OUT(TCGETS, struct termios), IN(TCSETS, struct termios), IN(TCSETSW, struct termios),
    IN(TCSETSF, struct termios),
    OUT(TCGETA, TERMIO_SIZE), IN(TCSETA, TERMIO_SIZE), IN(TCSETAW, TERMIO_SIZE),
    IN(TCSETAF, TERMIO_SIZE),
    OUT(TIOCGLCKTRMIOS, struct termios), ADMIN_IN(TIOCSLCKTRMIOS, struct termios),
    OUT(TIOCGWINSZ, struct winsize), IN(TIOCSWINSZ, struct winsize),
    VALUE(TCSBRK), VALUE(TCSBRKP), VALUE(TIOCSBRK), VALUE(TIOCCBRK), VALUE(TCXONC),
    VALUE(TCFLSH),
    OUT(FIONREAD, int), OUT(TIOCOUTQ, int),
    OUT(TIOCMGET, int), IN(TIOCMSET, int), IN(TIOCMBIC, int), IN(TIOCMBIS, int),
    VALUE(TIOCMIWAIT), OUT(TIOCGICOUNT, struct serial_icounter_struct),
    OUT(TIOCGSOFTCAR, int), IN(TIOCSSOFTCAR, int),
    OUT(TIOCGSERIAL, struct serial_struct), ADMIN_IN(TIOCSSERIAL, struct serial_struct),
    OUT(TIOCGRS485, struct serial_rs485),
    {TIOCSRS485, {.in = sizeof(struct serial_rs485), .out = sizeof(struct serial_rs485)}},
    OUT(TIOCSERGETLSR, unsigned),
    VALUE(TIOCEXCL), VALUE(TIOCNXCL), ADMIN_VALUE(TIOCVHANGUP),
    OUT(TIOCGETD, int), ADMIN_IN(TIOCSETD, int), IN(TIOCPKT, int),
    /* Random numbers, clocks, I2C. */
    ADMIN_VALUE(RNDZAPENTCNT), ADMIN_VALUE(RNDCLEARPOOL), ADMIN_VALUE(RNDRESEEDCRNG),
    ADMIN_IN(RNDADDTOENTCNT, int), ADMIN_IN(RTC_SET_TIME, struct rtc_time),
    VALUE(RTC_AIE_ON), VALUE(RTC_AIE_OFF), VALUE(RTC_UIE_ON), VALUE(RTC_UIE_OFF),
    VALUE(RTC_PIE_ON), VALUE(RTC_PIE_OFF), VALUE(RTC_WIE_ON), VALUE(RTC_WIE_OFF),
    VALUE(RTC_IRQP_SET), ADMIN_VALUE(RTC_EPOCH_SET), VALUE(RTC_VL_CLR),
    VALUE(I2C_RETRIES), VALUE(I2C_TIMEOUT), VALUE(I2C_SLAVE), VALUE(I2C_SLAVE_FORCE),
    VALUE(I2C_TENBIT), VALUE(I2C_PEC), OUT(I2C_FUNCS, unsigned long),
    /* Input. */
    OUT(HIDIOCGRAWINFO, struct hidraw_devinfo),
    VALUE(EVIOCGRAB), VALUE(EVIOCREVOKE), VALUE(EVIOCRMFF),
    VALUE(UI_DEV_CREATE), VALUE(UI_DEV_DESTROY),
    VALUE(UI_SET_EVBIT), VALUE(UI_SET_KEYBIT), VALUE(UI_SET_RELBIT), VALUE(UI_SET_ABSBIT),
    VALUE(UI_SET_MSCBIT), VALUE(UI_SET_LEDBIT), VALUE(UI_SET_SNDBIT), VALUE(UI_SET_FFBIT),
    VALUE(UI_SET_SWBIT), VALUE(UI_SET_PROPBIT),
};

/* Numbers that do say it, and whose structures hold no addresses. */
static const struct range {
    unsigned char type, first, last;
} ranges[] = {
    {'T', 0x2a, 0x35}, /* TCGETS2 to TIOCGDEV; behind it TIOCSIG, whose argument is a number */
    {'T', 0x37, 0x40}, /* to TIOCGEXCL; behind it TIOCGPTPEER opens a file */
    {'T', 0x42, 0x43}, /* ISO 7816 */
    {'E', 0x01, 0x7f}, /* evdev; behind it effects, which may hold samples */
    {'E', 0x84, 0x84},
    {'E', 0xa0, 0xa0},
    {'E', 0xc0, 0xff}, /* EVIOCSABS */
    {'U', 0x03, 0x04}, /* UI_DEV_SETUP, UI_ABS_SETUP */
    {'U', 0x2c, 0x2d}, /* UI_GET_SYSNAME, UI_GET_VERSION */
    {'U', 0xca, 0xcb}, /* effects that are erased */
    {'p', 0x03, 0x13}, /* clocks, without RTC_PARAM_GET and RTC_PARAM_SET */
    {'H', 0x01, 0x02}, /* hidraw, hiddev; between them one of sound that holds an address */
    {'H', 0x04, 0x0c},
    {'R', 0x00, 0x00}, /* RNDGETENTCNT; RNDADDENTROPY is longer than it says */
    {'W', 0x00, 0x0a}, /* watchdogs */
    {'k', 0x01, 0x05}, /* spidev, without its messages */
};
/* clang-format on */

static bool is_in_range(unsigned number)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (_IOC_TYPE(number) == ranges[i].type && _IOC_NR(number) >= ranges[i].first &&
            _IOC_NR(number) <= ranges[i].last)
            return true;
    }
    return false;
}

struct port_ioctl port_ioctl_said(unsigned number)
{
    return (struct port_ioctl){
        .in = (_IOC_DIR(number) & _IOC_WRITE) != 0 ? _IOC_SIZE(number) : 0,
        .out = (_IOC_DIR(number) & _IOC_READ) != 0 ? _IOC_SIZE(number) : 0,
        .is_value = _IOC_SIZE(number) == 0,
    };
}

bool port_ioctl_find(unsigned number, struct port_ioctl *known)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i].number == number) {
            *known = numbers[i].known;
            return true;
        }
    }
    if (_IOC_SIZE(number) == 0 || _IOC_DIR(number) == _IOC_NONE || !is_in_range(number))
        return false;
    *known = port_ioctl_said(number);
    return true;
}
