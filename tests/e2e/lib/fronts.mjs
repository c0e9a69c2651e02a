// Web servers in front of the program: their configuration and the commands that start them.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// The fronts of servers.test.mjs, by the files in config/.
export * from './servers.mjs';

const SHIPPED_CONFIG = fileURLToPath(new URL('../../../config/lighttpd.conf', import.meta.url));

function file(gateway, name, text) {
	const at = path.join(gateway.dir, name);
	fs.writeFileSync(at, text, { mode: 0o600 });
	return at;
}

function lighttpd(gateway, modules, more) {
	const root = path.join(gateway.dir, 'www');
	fs.mkdirSync(root, { recursive: true });
	const config = file(gateway, 'lighttpd.conf', `
server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = ${gateway.port}
server.modules = (${modules.map((name) => `"${name}"`).join(', ')})
server.errorlog = "${gateway.dir}/lighttpd.log"
server.upload-dirs = ("${gateway.dir}")
server.max-keep-alive-requests = 100000
server.stream-response-body = 1
${more}
`);
	return ['lighttpd', 'lighttpd', ['-D', '-f', config]];
}

function environment(gateway) {
	return Object.entries(gateway.env).map(([name, value]) => `"${name}" => "${value}"`).join(', ');
}

// lighttpd starts the program and speaks FastCGI with it, by the configuration that the project ships.
export function fastcgi(gateway, program) {
	fs.mkdirSync(path.join(gateway.dir, 'www'), { recursive: true });
	const env = { ...gateway.env, SIDEWAYS_PROGRAM: program, SIDEWAYS_RUN: gateway.dir, SIDEWAYS_PORT: String(gateway.port) };
	return { commands: [['lighttpd', 'lighttpd', ['-D', '-f', SHIPPED_CONFIG], { env }]] };
}

// lighttpd runs the program once for each request.
export function cgi(gateway, program) {
	const root = path.join(gateway.dir, 'www');
	fs.mkdirSync(root, { recursive: true });
	fs.symlinkSync(program, path.join(root, 'sideways.cgi'));
	return {
		basePath: '/sideways.cgi',
		commands: [lighttpd(gateway, ['mod_setenv', 'mod_cgi'], `
setenv.set-environment = (${environment(gateway)})
cgi.assign = (".cgi" => "")`)],
	};
}

const PARAMETERS = ['QUERY_STRING $query_string', 'REQUEST_METHOD $request_method', 'CONTENT_TYPE $content_type',
	'CONTENT_LENGTH $content_length', 'REQUEST_URI $request_uri', 'SCRIPT_NAME ""', 'SERVER_PROTOCOL $server_protocol',
	'GATEWAY_INTERFACE CGI/1.1', 'REMOTE_ADDR $remote_addr', 'SERVER_NAME $server_name'];

// nginx with kept FastCGI connections in front of `sideways serve`; with `slots`, of that many gateways of one
// process each, on sockets of their own, which a test may kill and start again one by one.
export function nginx(gateway, program, { workers = 1, slots = 0 } = {}) {
	const sockets = slots ? Array.from({ length: slots }, (_, i) => path.join(gateway.dir, `slot-${i}.sock`)) : [path.join(gateway.dir, 'serve.sock')];
	const config = file(gateway, 'nginx.conf', nginxConfig(gateway, sockets));
	const names = sockets.map((_, i) => (slots ? `slot-${i}` : 'sideways'));
	return { commands: [
		...sockets.map((socket, i) => [names[i], program, ['serve', '--listen', `unix:${socket}`, '--workers', String(workers)]]),
		['nginx', 'nginx', ['-e', path.join(gateway.dir, 'nginx.log'), '-c', config]],
	] };
}

function nginxConfig(gateway, sockets) {
	const temporary = path.join(gateway.dir, 'nginx');
	fs.mkdirSync(temporary, { recursive: true });
	return `
daemon off;
user root;
worker_processes 1;
pid ${gateway.dir}/nginx.pid;
error_log ${gateway.dir}/nginx.log;
events { worker_connections 2048; }
http {
	access_log off;
	client_body_temp_path ${temporary}/body;
	fastcgi_temp_path ${temporary}/fastcgi;
	proxy_temp_path ${temporary}/proxy;
	uwsgi_temp_path ${temporary}/uwsgi;
	scgi_temp_path ${temporary}/scgi;
	client_max_body_size 64m;
	client_body_buffer_size 2m;
	upstream sideways { ${sockets.map((socket) => `server unix:${socket} max_fails=0;`).join(' ')} keepalive 64; }
	server {
		listen 127.0.0.1:${gateway.port} backlog=1024;
		location / {
			fastcgi_pass sideways;
			fastcgi_keep_conn on;
			fastcgi_next_upstream off;
			${PARAMETERS.map((line) => `fastcgi_param ${line};`).join('\n\t\t\t')}
		}
	}
}
`;
}
