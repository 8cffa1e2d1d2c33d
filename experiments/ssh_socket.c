/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/ssh_socket.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reports/mem.h"

/* An ssh server has a few. */
#define SOCKETS_MAX 64

/* TCP_ESTABLISHED of the kernel */
#define ESTABLISHED 1

#define ADDRESS_DIGITS_MAX 32

struct sockets {
	unsigned long long inodes[SOCKETS_MAX];
	size_t count;
};

static bool is_ssh_server(pid_t pid)
{
	static const char *const names[] = {"sshd", "sshd-session", "dropbear"};
	cleanup_free char *path = xasprintf("/proc/%d/comm", (int)pid);
	FILE *file = fopen(path, "re");
	char name[32] = "";
	bool found = false;

	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		found = found || strcmp(names[i], name) == 0;
	return found;
}

static void list_sockets(pid_t pid, struct sockets *sockets)
{
	cleanup_free char *path = xasprintf("/proc/%d/fd", (int)pid);
	DIR *directory = opendir(path);
	const struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL && sockets->count < SOCKETS_MAX) {
		char target[64];
		const ssize_t length =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);

		if (length <= 0)
			continue;
		target[length] = '\0';
		if (sscanf(target, "socket:[%20llu]", &sockets->inodes[sockets->count]) == 1)
			sockets->count++;
	}
	closedir(directory);
}

/* Words of 32 bits, each as a number of this host that has the bytes in network order. An IPv4
 * address in an IPv6 one is an IPv4 address. */
static bool read_address(const char *digits, struct aim_network *ret_network)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const size_t words = strlen(digits) / 8;

	memset(ret_network, 0, sizeof(*ret_network));
	if (strlen(digits) % 8 != 0 || (words != 1 && words != 4))
		return false;
	for (size_t i = 0; i < words; i++) {
		char text[9];
		uint32_t word;

		memcpy(text, digits + 8 * i, 8);
		text[8] = '\0';
		word = (uint32_t)strtoul(text, NULL, 16);
		memcpy(ret_network->address + 4 * i, &word, sizeof(word));
	}
	ret_network->family = words == 1 ? AF_INET : AF_INET6;
	ret_network->prefix = words == 1 ? 32 : 128;
	if (words == 4 && memcmp(ret_network->address, mapped, sizeof(mapped)) == 0) {
		memmove(ret_network->address, ret_network->address + 12, 4);
		memset(ret_network->address + 4, 0, 12);
		ret_network->family = AF_INET;
		ret_network->prefix = 32;
	}
	return true;
}

bool ssh_socket_parse(
	const char *line, struct ssh_session *ret_session, unsigned long long *ret_inode)
{
	char server[ADDRESS_DIGITS_MAX + 1];
	char client[ADDRESS_DIGITS_MAX + 1];
	unsigned int server_port;
	unsigned int client_port;
	unsigned int state;

	if (sscanf(line, "%*d: %32[0-9A-F]:%4x %32[0-9A-F]:%4x %2x %*s %*s %*s %*d %*d %20llu",
		    server, &server_port, client, &client_port, &state, ret_inode) != 6 ||
		state != ESTABLISHED || !read_address(server, &ret_session->server) ||
		!read_address(client, &ret_session->client))
		return false;
	ret_session->server_port = (uint16_t)server_port;
	ret_session->client_port = (uint16_t)client_port;
	return true;
}

static bool find_connection(pid_t pid, const char *table, const struct sockets *sockets,
	struct ssh_session *ret_session)
{
	cleanup_free char *path = xasprintf("/proc/%d/net/%s", (int)pid, table);
	FILE *file = fopen(path, "re");
	unsigned long long inode;
	bool found = false;
	char line[512];

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		if (!ssh_socket_parse(line, ret_session, &inode))
			continue;
		for (size_t i = 0; i < sockets->count; i++)
			found = found || sockets->inodes[i] == inode;
	}
	fclose(file);
	return found;
}

bool ssh_socket_find(pid_t pid, struct ssh_session *ret_session)
{
	struct sockets sockets = {.count = 0};
	struct ssh_session session;

	if (!is_ssh_server(pid))
		return false;
	list_sockets(pid, &sockets);
	if (!find_connection(pid, "tcp", &sockets, &session) &&
		!find_connection(pid, "tcp6", &sockets, &session))
		return false;
	*ret_session = session;
	return true;
}
