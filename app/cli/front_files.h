#ifndef CLI_FRONT_FILES_H
#define CLI_FRONT_FILES_H

/* config/lighttpd-socket.conf, nginx.conf and Caddyfile, compiled in. */
extern const char front_lighttpd_text[], front_nginx_text[], front_caddy_text[];

#endif
