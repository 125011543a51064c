/*
 * usage: uinput make PATH | uinput name PATH
 *
 * `make` creates an input device with one key, which nothing uses, by the uinput node PATH, and
 * prints its folder below /sys/devices/virtual/input. Each line of standard input presses and
 * releases the key; at end of file the device goes. `name` prints the name of the input device
 * PATH.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_device(const char *path)
{
    int device = open(path, O_RDWR);
    if (device < 0)
        err(1, "%s", path);
    return device;
}

static void make(int device)
{
    struct uinput_setup setup = {.id = {.bustype = BUS_VIRTUAL, .vendor = 1, .product = 2},
                                 .name = "wdfuse key"};
    char folder[64] = "";
    if (ioctl(device, UI_SET_EVBIT, EV_KEY) != 0 || ioctl(device, UI_SET_KEYBIT, KEY_F24) != 0 ||
        ioctl(device, UI_DEV_SETUP, &setup) != 0 || ioctl(device, UI_DEV_CREATE) != 0 ||
        ioctl(device, UI_GET_SYSNAME(sizeof(folder)), folder) < 0)
        err(1, "the device is not made");
    puts(folder);
    fflush(stdout);
}

static void emit(int device, unsigned short type, unsigned short code, int value)
{
    const struct input_event event = {.type = type, .code = code, .value = value};
    if (write(device, &event, sizeof(event)) != sizeof(event))
        err(1, "no event");
    if (type != EV_SYN)
        emit(device, EV_SYN, SYN_REPORT, 0);
}

static void say_name(int device)
{
    char name[64] = "";
    if (ioctl(device, EVIOCGNAME(sizeof(name)), name) < 0)
        err(1, "no name");
    puts(name);
}

int main(int argc, char **argv)
{
    char line[64];
    if (argc != 3)
        errx(2, "usage: uinput make PATH | uinput name PATH");
    int device = open_device(argv[2]);
    if (strcmp(argv[1], "name") == 0) {
        say_name(device);
        return 0;
    }
    make(device);
    while (fgets(line, sizeof(line), stdin) != NULL && strcmp(line, "end\n") != 0) {
        emit(device, EV_KEY, KEY_F24, 1);
        emit(device, EV_KEY, KEY_F24, 0);
    }
    if (ioctl(device, UI_DEV_DESTROY) != 0)
        err(1, "the device stays");
    return 0;
}
