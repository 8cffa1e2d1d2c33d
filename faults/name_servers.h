/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_servers - whom the programs of a container ask for names, by its resolv.conf(5).
 */
#ifndef FAULTS_NAME_SERVERS_H
#define FAULTS_NAME_SERVERS_H

#include <stddef.h>
#include <sys/types.h>

#include "faults/dns.h"

/* Reads the process's /etc/resolv.conf; or, when pid is 0, that of the namespace with that path
 * (/etc/netns/NAME/resolv.conf, ip-netns(8)), or else our own. Fills at most maximum servers and
 * returns how many; 0 also when there is no such file. */
size_t name_servers_of(
	pid_t pid, const char *netns_path, struct dns_address *ret_servers, size_t maximum);

/* Takes the text of such a file apart; changes it. */
size_t name_servers_parse(char *text, struct dns_address *ret_servers, size_t maximum);

#endif
