/*
 * A test's own service manager: fake-service-manager SOCKET
 *
 * Prints what daemons send it (sd_notify(3)), line by line. Begins with "ready".
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path)) {
        fprintf(stderr, "usage: fake-service-manager SOCKET\n");
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror(argv[1]);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    char text[4096];
    ssize_t length;
    while ((length = recv(descriptor, text, sizeof(text), 0)) >= 0)
        printf("%.*s%s", (int)length, text, length > 0 && text[length - 1] == '\n' ? "" : "\n");
    return 0;
}
