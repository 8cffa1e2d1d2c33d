/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_sandbox - what the relay process gives up at its start. Each function ends the process when
 * that is not possible.
 */
#ifndef FAULTS_RELAY_SANDBOX_H
#define FAULTS_RELAY_SANDBOX_H

/* Keeps the socket, whose new number is returned, and closes everything else; standard input,
 * output and error lead nowhere, because the relay may outlive whoever reads them. */
int relay_sandbox_descriptors(int socket);

/* Becomes nobody, without capabilities and without a way to get any. */
void relay_sandbox_privileges(void);

#endif
