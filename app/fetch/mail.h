#ifndef FETCH_MAIL_H
#define FETCH_MAIL_H

/*
 * One plain-text mail, by an SMTP server (libcurl) or the machine's own sendmail program.
 * Blocking, at most 15 s.  Header fields hold no line breaks: they are removed.
 */
#include "base/error.h"

struct mail {
	const char *smtp_url;  /* "smtps://user:password@host:465"; NULL: sendmail */
	const char *sendmail;  /* path of a program that takes -i -t and a mail on its input */
	const char *from, *to; /* addresses, several joined by commas */
	const char *subject;
	const char *text; /* lines end in \n */
};

/* 0 when the server or program took it; -1 and err, which names no address and no secret. */
int mail_send(const struct mail *mail, struct error *err);

#endif
