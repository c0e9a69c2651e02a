/*
 * libcurl's results, time limits and callbacks to one of fetch_end.  See the header.
 */
#include "fetch/transfer.h"

#include <errno.h>
#include <stdio.h>

#include "base/banned.h"

static bool is_local(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* libcurl's code to ours when nothing of an answer came. */
static enum fetch_end end_without_answer(CURLcode code, const struct transfer *t)
{
	if (t->head_bytes > 0)
		return FETCH_BROKEN; /* a status came, and the head's end did not */
	if (t->begun && code != CURLE_OPERATION_TIMEDOUT &&
	    (code != CURLE_SEND_ERROR || t->out->sent))
		return FETCH_NO_ANSWER; /* also when a fresh connection was tried and refused */
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return FETCH_NOT_SENT;
	case CURLE_COULDNT_CONNECT:
		return is_local(t->handle->socket_errno) ? FETCH_LOCAL : FETCH_NOT_SENT;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
		return FETCH_LOCAL;
	case CURLE_OPERATION_TIMEDOUT:
		return t->out->sent ? FETCH_TIMEOUT_FIRST_BYTE : FETCH_TIMEOUT_CONNECT;
	default:
		return t->out->sent ? FETCH_NO_ANSWER : FETCH_NOT_SENT;
	}
}

/* What the loop decided, seen with what had been sent: before that a time limit is the
 * connection's, and after it our own trouble does not mean that nothing was billed. */
static enum fetch_end end_by_loop(const struct transfer *t)
{
	bool sent = t->out->sent;

	switch (t->ended) {
	case FETCH_TIMEOUT_FIRST_BYTE:
	case FETCH_TIMEOUT_TOTAL:
		return sent ? t->ended : FETCH_TIMEOUT_CONNECT;
	case FETCH_LOCAL:
		if (t->head_done)
			return FETCH_BROKEN;
		return sent ? FETCH_NO_ANSWER : FETCH_LOCAL;
	default:
		return t->ended;
	}
}

static enum fetch_end fetch_end_of(CURLcode code, const struct transfer *t)
{
	if (t->is_ended)
		return end_by_loop(t);
	if (t->stopped)
		return FETCH_STOPPED;
	if (t->encoded || t->too_large)
		return FETCH_BROKEN;
	if (code == CURLE_OK)
		return t->head_done ? FETCH_DONE : FETCH_NO_ANSWER;
	/* What is not HTTP has the code of a URL whose protocol is not allowed. */
	if (t->head_done || (code == CURLE_UNSUPPORTED_PROTOCOL && t->out->sent))
		return FETCH_BROKEN;
	return end_without_answer(code, t);
}

/* Why a certificate is not believed: OpenSSL's numbers (x509_vfy.h, X509_V_ERR_...), of which
 * libcurl says all alike. */
static const char *distrust(const struct transfer *t)
{
	static const struct {
		long number;
		const char *why;
	} rows[] = {
		{ 9,
		    "the provider's certificate is not valid yet: is this machine's clock right?" },
		{ 10, "the provider's certificate has expired" },
		{ 18, "the provider's certificate is signed by nobody but itself" },
		{ 19, "the provider's certificate comes from nobody that this machine trusts" },
		{ 20, "the provider's certificate comes from nobody that this machine trusts" },
		{ 23, "the provider's certificate is revoked" },
	};
	long number = 0;

	curl_easy_getinfo(t->handle->easy, CURLINFO_SSL_VERIFYRESULT, &number);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].number == number)
			return rows[i].why;
	return number ? curl_easy_strerror(CURLE_PEER_FAILED_VERIFICATION)
		      : "the provider's certificate is for another name";
}

static const char *detail_of(CURLcode code, const struct transfer *t)
{
	if (t->encoded)
		return "the answer is compressed, which was not asked for";
	if (t->too_large)
		return "the answer is too large";
	if (code == CURLE_COULDNT_CONNECT && t->handle->address_refused)
		return "the address is one that is never called (link-local, metadata)";
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return distrust(t);
	return code == CURLE_OK ? "" : curl_easy_strerror(code);
}

void transfer_conclude(struct transfer *t, CURLcode code)
{
	long request_size = 0;
	curl_off_t uploaded = 0;
	const char *detail;

	curl_easy_getinfo(t->handle->easy, CURLINFO_REQUEST_SIZE, &request_size);
	curl_easy_getinfo(t->handle->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
	t->out->sent = request_size > 0 || uploaded > 0;
	t->out->end = fetch_end_of(code, t);
	detail = detail_of(code, t);
	if (*detail)
		snprintf(t->out->detail, sizeof t->out->detail, "%s", detail);
}
