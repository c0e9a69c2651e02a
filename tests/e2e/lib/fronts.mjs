// Web servers in front of the program: their configuration and the commands that start them.
import fs from 'node:fs';
import path from 'node:path';

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

// lighttpd starts the program and speaks FastCGI with it over a unix socket.
export function fastcgi(gateway, program, { processes = 1 } = {}) {
	return { commands: [lighttpd(gateway, ['mod_fastcgi'], `
fastcgi.server = ("/" => ((
	"bin-path" => "${program}",
	"socket" => "${gateway.dir}/fastcgi.sock",
	"check-local" => "disable",
	"fix-root-scriptname" => "enable",
	"min-procs" => ${processes}, "max-procs" => ${processes},
	"bin-environment" => (${environment(gateway)})
)))`)] };
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

// nginx with kept FastCGI connections in front of `sideways serve`.
export function nginx(gateway, program, { workers = 1 } = {}) {
	const socket = path.join(gateway.dir, 'serve.sock');
	const temporary = path.join(gateway.dir, 'nginx');
	fs.mkdirSync(temporary, { recursive: true });
	const config = file(gateway, 'nginx.conf', `
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
	upstream sideways { server unix:${socket}; keepalive 64; }
	server {
		listen 127.0.0.1:${gateway.port} backlog=1024;
		location / {
			fastcgi_pass sideways;
			fastcgi_keep_conn on;
			${PARAMETERS.map((line) => `fastcgi_param ${line};`).join('\n\t\t\t')}
		}
	}
}
`);
	return { commands: [
		['sideways', program, ['serve', '--listen', `unix:${socket}`, '--workers', String(workers)]],
		['nginx', 'nginx', ['-e', path.join(gateway.dir, 'nginx.log'), '-c', config]],
	] };
}
