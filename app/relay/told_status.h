#ifndef RELAY_TOLD_STATUS_H
#define RELAY_TOLD_STATUS_H

/*
 * The HTTP status that a client is told, by one table: the answer, the log, the metrics and the
 * dry run all ask here, so they cannot disagree.  Where a stream's head has gone before the failure
 * (keep-alive comments), it is the status that the error event names.
 *
 * Mostly it is the kind's own (base/error.h).  A client's mistake that the provider found and a
 * failure of the provider keep the provider's status, and each wire format may have a status of its
 * own for a kind.
 */
#include "base/error.h"
#include "chat/conversation.h"

/* upstream_status: what the provider answered, or what is wanted for money that is gone
 * (relay_outcome.upstream_status); 0: nothing. */
int told_status(enum wire_format_id format, enum error_kind kind, int upstream_status);

#endif
