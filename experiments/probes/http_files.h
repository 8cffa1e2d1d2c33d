/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_files - the certificates and the key that a probe names. They are read once, with the rights
 * of the user (identity.h), not by libcurl with those of the process.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_FILES_H
#define EXPERIMENTS_PROBES_HTTP_FILES_H

#include <curl/curl.h>

#include "experiments/probes/http_probe.h"
#include "experiments/user_file.h"

/* Zero-initialise; release with http_files_release. */
struct http_files {
	struct user_file ca;
	struct user_file cert;
	struct user_file key;
};

/* Reads those that the probe names. ERR_USAGE when one cannot be read. */
int http_files_read(const struct http_probe *probe, struct http_files *ret_files, struct err *err);

/* Gives them to libcurl, which borrows them. */
CURLcode http_files_set(const struct http_files *files, CURL *easy);

void http_files_release(struct http_files *files);

#endif
