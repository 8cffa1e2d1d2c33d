/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_files.h"

#define SIZE_MAX_KIB ((size_t)4096)

static int read_one(const char *path, struct user_file *ret_file, struct err *err)
{
	const size_t size = SIZE_MAX_KIB * 1024;

	if (path == NULL)
		return 0;
	if (user_file_read(path, size + 1, ret_file, err) < 0)
		return err_prefix(err, "%s", path);
	if (ret_file->length > size)
		return err_set(err, ERR_USAGE, 0, "%s: the file is larger than %zu KiB", path,
			SIZE_MAX_KIB);
	return 0;
}

int http_files_read(const struct http_probe *probe, struct http_files *ret_files, struct err *err)
{
	struct http_files files = {0};

	if (read_one(probe->ca_file, &files.ca, err) < 0 ||
		read_one(probe->cert_file, &files.cert, err) < 0 ||
		read_one(probe->key_file, &files.key, err) < 0) {
		http_files_release(&files);
		return -1;
	}
	*ret_files = files;
	return 0;
}

static CURLcode set_one(CURL *easy, CURLoption option, const struct user_file *file)
{
	struct curl_blob blob = {
		.data = file->text, .len = file->length, .flags = CURL_BLOB_NOCOPY};

	return file->text == NULL ? CURLE_OK : curl_easy_setopt(easy, option, &blob);
}

CURLcode http_files_set(const struct http_files *files, CURL *easy)
{
	CURLcode code = set_one(easy, CURLOPT_CAINFO_BLOB, &files->ca);

	if (code == CURLE_OK)
		code = set_one(easy, CURLOPT_SSLCERT_BLOB, &files->cert);
	if (code == CURLE_OK)
		code = set_one(easy, CURLOPT_SSLKEY_BLOB, &files->key);
	return code;
}

void http_files_release(struct http_files *files)
{
	user_file_release(&files->ca);
	user_file_release(&files->cert);
	user_file_release(&files->key);
}
