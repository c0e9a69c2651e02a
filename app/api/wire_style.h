#ifndef API_WIRE_STYLE_H
#define API_WIRE_STYLE_H

/*
 * Which wire format a client speaks, by the path it asked: known before any route or key is, so
 * that each error is told in the client's own shape.
 */
#include "chat/conversation.h"
#include "web/request.h"

enum wire_format_id wire_style_of(const struct web_request *request);

#endif
