/*
 * Why libcurl could not make a connection.  See the header.
 */
#include "fetch/unreached.h"

#include <errno.h>

#include "base/banned.h"

static bool is_local(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

enum fetch_end unreached_end(const struct link *link)
{
	switch (link->code) {
	case CURLE_COULDNT_CONNECT:
		return is_local(link->socket_errno) ? FETCH_LOCAL : FETCH_NOT_SENT;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
		return FETCH_LOCAL;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_TIMEOUT_CONNECT;
	default:
		return FETCH_NOT_SENT;
	}
}

/* Why a certificate is not believed: OpenSSL's numbers (x509_vfy.h, X509_V_ERR_...), of which
 * libcurl says all alike. */
static const char *distrust(const struct link *link)
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

	curl_easy_getinfo(link->easy, CURLINFO_SSL_VERIFYRESULT, &number);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].number == number)
			return rows[i].why;
	return number ? curl_easy_strerror(CURLE_PEER_FAILED_VERIFICATION)
		      : "the provider's certificate is for another name";
}

const char *unreached_why(const struct link *link)
{
	if (link->code == CURLE_COULDNT_CONNECT && link->address_refused)
		return "the address is one that is never called (link-local, metadata)";
	if (link->code == CURLE_PEER_FAILED_VERIFICATION)
		return distrust(link);
	return curl_easy_strerror(link->code);
}
