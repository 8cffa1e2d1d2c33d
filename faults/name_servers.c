/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/name_servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reports/mem.h"

#define RESOLV_CONF   "/etc/resolv.conf"
#define NETNS_PREFIX  "/run/netns/"
#define NETNS_PREFIX2 "/var/run/netns/"
/* More is not read: the servers stand at the beginning. */
#define SIZE_MAX_BYTES 16384

/* What a container has put there must neither lead out of it nor make us wait. */
static int open_inside(pid_t pid)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, .resolve = RESOLVE_IN_ROOT};
	cleanup_close int root = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	return (int)syscall(SYS_openat2, root, RESOLV_CONF, &how, sizeof(how));
}

static int open_of_netns(const char *netns_path)
{
	const char *name = NULL;
	char path[512];
	int fd;

	if (strncmp(netns_path, NETNS_PREFIX, strlen(NETNS_PREFIX)) == 0)
		name = netns_path + strlen(NETNS_PREFIX);
	else if (strncmp(netns_path, NETNS_PREFIX2, strlen(NETNS_PREFIX2)) == 0)
		name = netns_path + strlen(NETNS_PREFIX2);
	if (name != NULL && strchr(name, '/') == NULL) {
		snprintf(path, sizeof(path), "/etc/netns/%s/resolv.conf", name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0)
			return fd;
	}
	return open(RESOLV_CONF, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static bool read_server(const char *text, struct dns_address *ret_server)
{
	memset(ret_server, 0, sizeof(*ret_server));
	ret_server->family = AF_INET;
	if (inet_pton(AF_INET, text, ret_server->bytes) == 1)
		return true;
	ret_server->family = AF_INET6;
	/* One with a zone ("fe80::1%eth0") is none that the resolver could ask. */
	return inet_pton(AF_INET6, text, ret_server->bytes) == 1;
}

static bool is_known(const struct dns_address *servers, size_t count, const struct dns_address *one)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(&servers[i], one, sizeof(*one)) == 0)
			return true;
	return false;
}

size_t name_servers_parse(char *text, struct dns_address *ret_servers, size_t maximum)
{
	size_t count = 0;
	char *line;

	while (count < maximum && (line = strsep(&text, "\n")) != NULL) {
		static const char blanks[] = " \t\r";
		char *rest = NULL;
		const char *word = strtok_r(line, blanks, &rest);
		const char *server = word == NULL ? NULL : strtok_r(NULL, blanks, &rest);

		if (server != NULL && strcmp(word, "nameserver") == 0 &&
			read_server(server, &ret_servers[count]) &&
			!is_known(ret_servers, count, &ret_servers[count]))
			count++;
	}
	return count;
}

size_t name_servers_of(
	pid_t pid, const char *netns_path, struct dns_address *ret_servers, size_t maximum)
{
	cleanup_close int fd = pid != 0 ? open_inside(pid) : open_of_netns(netns_path);
	char text[SIZE_MAX_BYTES + 1];
	struct stat status;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return 0;
	length = read(fd, text, SIZE_MAX_BYTES);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	return name_servers_parse(text, ret_servers, maximum);
}
