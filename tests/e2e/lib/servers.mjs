// The web servers of the files in config/: each front takes the shipped file, puts the test's own paths where the file
// has those of an installation, and starts the real server with it.  Apache does not serve as root, so that its front (and
// Caddy's, for company) runs as www-data when the test runs as root: the program is copied to where that user can read it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';

const at = (name) => fileURLToPath(new URL(`../../../config/${name}`, import.meta.url));

// A shipped file with other words; each must be there, so that a test never runs without what it means to change.
function shipped(name, ...changes) {
	let text = fs.readFileSync(at(name), 'utf8');
	for (const [from, to] of changes) {
		const after = text.replaceAll(from, to);
		if (after === text && from !== to) throw new Error(`config/${name} has no ${from}`);
		text = after;
	}
	return text;
}

function put(gateway, name, text) {
	const file = path.join(gateway.dir, name);
	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, text, { mode: 0o644 });
	return file;
}

const socketOf = (gateway) => path.join(gateway.dir, 'sideways.sock');
const SOCKET = '/run/sideways/sideways.sock';
const SETTINGS = '/etc/sideways/sideways.yaml';
// What a test changes on purpose; DIR is the gateway's folder.
const spoiled = (server, gateway) => (server.spoil ?? []).map(([from, to]) => [from, to.replaceAll('DIR', gateway.dir)]);

// `sideways serve` on a socket that the test holds, as systemd would: it stays open while the gateway restarts.  net.Server
// would accept connections itself, so the socket is only bound here; perl, which Debian always has, makes it listen and
// hands it over with the process id that the program expects.
const HAND_OVER = 'BEGIN { $^F = 9 } use Socket; open(my $s, "+<&=", 3) or die; listen($s, 1024) or die; $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @ARGV';

function serve(gateway, program) {
	const { Pipe, constants } = process.binding('pipe_wrap');
	const listener = new Pipe(constants.SERVER);
	if (listener.bind(socketOf(gateway)) !== 0) throw new Error(`${socketOf(gateway)} cannot be bound`);
	fs.chmodSync(socketOf(gateway), 0o666);
	gateway.listener = listener;
	return ['sideways', 'perl', ['-e', HAND_OVER, program, 'serve'], { handle: listener.fd }];
}

// ---- lighttpd

function lighttpdBase(gateway, server, more) {
	fs.mkdirSync(path.join(gateway.dir, 'www'), { recursive: true });
	return put(gateway, 'lighttpd.conf', `
server.modules = (${server.deflate ? '"mod_deflate"' : ''})
server.document-root = "${gateway.dir}/www"
server.bind = "127.0.0.1"
server.port = ${gateway.port}
server.errorlog = "${gateway.dir}/lighttpd.log"
server.upload-dirs = ("${gateway.dir}")
${server.deflate ? 'deflate.mimetypes = ("text/", "application/json")\ndeflate.allowed-encodings = ("gzip", "deflate")' : ''}
${more}
`);
}

// lighttpd starts the program; the whole file is shipped.
export function lighttpdSpawned(gateway, program, server) {
	fs.mkdirSync(path.join(gateway.dir, 'www'), { recursive: true });
	const mount = server.mount ? [['fastcgi.server = ("/" =>', `fastcgi.server = ("${server.mount}" =>`], ['"fix-root-scriptname" => "enable",', '']] : [];
	const config = put(gateway, 'lighttpd.conf', shipped('lighttpd.conf', ...mount, ...spoiled(server, gateway)));
	const env = { ...gateway.env, SIDEWAYS_PROGRAM: program, SIDEWAYS_RUN: gateway.dir, SIDEWAYS_PORT: String(gateway.port) };
	return { basePath: server.mount ?? '', commands: [['lighttpd', 'lighttpd', ['-D', '-f', config], { env }]] };
}

export function lighttpdSocket(gateway, program, server) {
	const mount = server.mount ? [['fastcgi.server = ("/" =>', `fastcgi.server = ("${server.mount}" =>`], ['"fix-root-scriptname" => "enable",', '']] : [];
	const config = lighttpdBase(gateway, server, shipped('lighttpd-socket.conf', [SOCKET, socketOf(gateway)], ...mount, ...spoiled(server, gateway)));
	return { basePath: server.mount ?? '', commands: [serve(gateway, program), ['lighttpd', 'lighttpd', ['-D', '-f', config]]] };
}

export function lighttpdCgi(gateway, program, server) {
	const script = path.join(gateway.dir, 'lib', 'sideways.cgi');
	fs.mkdirSync(path.dirname(script));
	fs.symlinkSync(program, script);
	const config = lighttpdBase(gateway, server, shipped('lighttpd-cgi.conf', ['/usr/lib/sideways/sideways.cgi', script],
		[`"SIDEWAYS_CONFIG" => "${SETTINGS}"`, `"SIDEWAYS_CONFIG" => "${gateway.config}", "SIDEWAYS_DB" => "${gateway.db}"`], ...spoiled(server, gateway)));
	return { basePath: '/sideways.cgi', commands: [['lighttpd', 'lighttpd', ['-D', '-f', config]]] };
}

// ---- Apache

// www-data, when there is somebody to change from.
export function otherUser() {
	if (process.getuid() !== 0) return null;
	return { uid: Number(execFileSync('id', ['-u', 'www-data'])), gid: Number(execFileSync('id', ['-g', 'www-data'])) };
}

const MODULES = { base: ['mpm_event', 'authz_core', 'authz_host', 'env', 'setenvif', 'mime', 'filter', 'deflate', 'alias', 'dir', 'rewrite', 'headers'],
	proxy: ['proxy', 'proxy_fcgi'], fcgid: ['fcgid'], cgi: ['cgid'] };

function apache(gateway, kind, server, site) {
	const modules = [...MODULES.base, ...MODULES[kind]];
	fs.mkdirSync(path.join(gateway.dir, 'www'), { recursive: true });
	fs.mkdirSync(path.join(gateway.dir, 'apache'), { recursive: true });
	const config = put(gateway, 'apache.conf', `
ServerRoot "${gateway.dir}/apache"
ServerName localhost
Listen 127.0.0.1:${gateway.port}
PidFile "${gateway.dir}/apache/pid"
DefaultRuntimeDir "${gateway.dir}/apache"
ErrorLog "${gateway.dir}/apache.log"
LogLevel warn
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
TypesConfig /etc/mime.types
StartServers 1
ThreadsPerChild 64
ThreadLimit 64
MinSpareThreads 1
MaxSpareThreads 64
MaxRequestWorkers 64
MaxMemFree 1024
${kind === 'cgi' ? `ScriptSock "${gateway.dir}/apache/cgisock"` : ''}
${kind === 'fcgid' ? `FcgidIPCDir "${gateway.dir}/apache/fcgid"\nFcgidProcessTableFile "${gateway.dir}/apache/fcgid_shm"` : ''}
DocumentRoot "${gateway.dir}/www"
<Directory />
	AllowOverride None
	Require all denied
</Directory>
# Debian's defaults for compression, and event streams besides.
AddOutputFilterByType DEFLATE text/html text/plain text/css text/event-stream application/json
${server.global ?? ''}
${site}
`);
	return ['apache', 'apache2', ['-X', '-D', 'FOREGROUND', '-f', config].filter((word) => word !== '-X')];
}

const mounted = (server) => (server.mount ? [['<Location "/">', `<Location "${server.mount}/">`]] : []);
const aliased = (server) => (server.mount ? [['Alias "/" ', `Alias "${server.mount}/" `]] : []);

export function apacheProxy(gateway, program, server) {
	const mount = server.mount ? [['ProxyPass "/" ', `ProxyPass "${server.mount}/" `], ...mounted(server)] : [];
	const site = shipped('apache-proxy.conf', [SOCKET, socketOf(gateway)], ...mount, ...spoiled(server, gateway));
	return { basePath: server.mount ?? '', user: otherUser(), commands: [serve(gateway, program), apache(gateway, 'proxy', server, site)] };
}

function script(gateway, program, name) {
	const file = path.join(gateway.dir, 'lib', name);
	fs.mkdirSync(path.dirname(file));
	fs.symlinkSync(program, file);
	return file;
}

export function apacheFcgid(gateway, program, server) {
	const site = shipped('apache-fcgid.conf', ['/usr/lib/sideways/sideways.fcgi', script(gateway, program, 'sideways.fcgi')],
		[`FcgidInitialEnv SIDEWAYS_CONFIG "${SETTINGS}"`, `FcgidInitialEnv SIDEWAYS_CONFIG "${gateway.config}"\nFcgidInitialEnv SIDEWAYS_DB "${gateway.db}"`],
		...mounted(server), ...aliased(server), ...spoiled(server, gateway));
	return { basePath: server.mount ?? '', user: otherUser(), commands: [apache(gateway, 'fcgid', server, site)] };
}

export function apacheCgi(gateway, program, server) {
	const site = shipped('apache-cgi.conf', ['/usr/lib/sideways/sideways.cgi', script(gateway, program, 'sideways.cgi')],
		[`SetEnv SIDEWAYS_CONFIG "${SETTINGS}"`, `SetEnv SIDEWAYS_CONFIG "${gateway.config}"\nSetEnv SIDEWAYS_DB "${gateway.db}"`],
		...mounted(server), ...aliased(server), ...spoiled(server, gateway));
	return { basePath: server.mount ?? '', user: otherUser(), commands: [apache(gateway, 'cgi', server, site)] };
}

// Shared hosting: the host's configuration allows .htaccess and CGI, and nothing of ours stands in it.
export function apacheHtaccess(gateway, program, server) {
	const folder = path.join(gateway.dir, 'www', 'gw');
	fs.mkdirSync(folder, { recursive: true });
	fs.copyFileSync(program, path.join(folder, 'sideways.cgi'));
	fs.chmodSync(path.join(folder, 'sideways.cgi'), 0o755);
	put(gateway, 'www/gw/.htaccess', shipped('htaccess',
		['SetEnv SIDEWAYS_CONFIG "/home/me/sideways/sideways.yaml"', `SetEnv SIDEWAYS_CONFIG "${gateway.config}"\nSetEnv SIDEWAYS_DB "${gateway.db}"`], ...spoiled(server, gateway)));
	return { basePath: '/gw', user: otherUser(), commands: [apache(gateway, 'cgi', server, hosting(gateway, server.override))] };
}

// What a host allows its customers: to run programs, and not to change Options.
const hosting = (gateway, options = '') => `
<Directory "${gateway.dir}/www">
	AllowOverride FileInfo AuthConfig Limit Indexes ${options}
	Options FollowSymLinks ${options ? '' : 'ExecCGI'}
	Require all granted
</Directory>`;

export const makeBundle = (top, tarball) => execFileSync(path.join(top, 'packaging/make-bundle'), [process.env.SIDEWAYS, top, 'test', tarball]);

// The bundle, which is made once a file: that takes 20 seconds of a processor.
let made;
export function bundle(top) {
	if (made) return made;
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-bundle-'));
	process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
	makeBundle(top, path.join(folder, 'bundle.tar.gz'));
	return (made = path.join(folder, 'bundle.tar.gz'));
}

// The bundle as its owner installs it: unpacked beside the document root, then its own install script; or, with server.byHand, without a shell:
// the folder "public" is copied, and the rest is done in a browser. server.unpacked: where else it was unpacked.
export function bundleHtaccess(gateway, program, server) {
	const beside = path.join(gateway.dir, server.unpacked ?? '');
	fs.mkdirSync(beside, { recursive: true });
	execFileSync('tar', ['-C', beside, '-xzf', bundle(server.top)]);
	const home = path.join(beside, 'sideways');
	if (server.byHand) {
		fs.cpSync(path.join(home, 'public'), path.join(gateway.dir, 'www', 'gw'), { recursive: true });
		return { basePath: '/gw', user: otherUser(), commands: [apache(gateway, 'cgi', server, hosting(gateway))] };
	}
	fs.copyFileSync(gateway.config, path.join(home, 'sideways.yaml'));
	fs.mkdirSync(path.join(gateway.dir, 'www'), { recursive: true });
	execFileSync(path.join(home, 'install'), [path.join(gateway.dir, 'www', 'gw')], { env: { PATH: gateway.env.PATH } });
	return { basePath: '/gw', user: otherUser(), commands: [apache(gateway, 'cgi', server, hosting(gateway))] };
}

// ---- nginx and Caddy

export function nginxSocket(gateway, program, server) {
	const temporary = path.join(gateway.dir, 'nginx');
	fs.mkdirSync(temporary, { recursive: true });
	const mount = server.mount ? [['location / {', `location ${server.mount}/ {\n\t\tfastcgi_param SIDEWAYS_BASE_PATH ${server.mount};`]] : [];
	const site = shipped('nginx.conf', [`server unix:${SOCKET}`, `server unix:${socketOf(gateway)}`], ['127.0.0.1:4000', `127.0.0.1:${gateway.port}`], ...mount, ...spoiled(server, gateway));
	const config = put(gateway, 'nginx.conf', `
daemon off;
user root;
worker_processes 1;
pid ${gateway.dir}/nginx.pid;
error_log ${gateway.dir}/nginx.log;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
	access_log off;
	gzip on;
	gzip_types text/event-stream application/json;
	${['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${temporary}/${name};`).join('\n\t')}
${site}
}
`);
	return { basePath: server.mount ?? '', commands: [serve(gateway, program), ['nginx', 'nginx', ['-e', path.join(gateway.dir, 'nginx.log'), '-c', config]]] };
}

export function caddy(gateway, program, server) {
	const mount = server.mount ? [['SIDEWAYS_BASE_PATH ""', `SIDEWAYS_BASE_PATH ${server.mount}`]] : [];
	const site = shipped('Caddyfile', [`unix/${SOCKET}`, `unix/${socketOf(gateway)}`], [':4000 {', `http://127.0.0.1:${gateway.port} {\n\tencode gzip`], ...mount, ...spoiled(server, gateway));
	const config = put(gateway, 'Caddyfile', `{\n\tadmin off\n\tauto_https off\n}\n${site}`);
	return { basePath: server.mount ?? '', commands: [serve(gateway, program),
		['caddy', 'caddy', ['run', '--config', config, '--adapter', 'caddyfile'], { env: { ...gateway.env, XDG_DATA_HOME: gateway.dir, XDG_CONFIG_HOME: gateway.dir } }]] };
}
