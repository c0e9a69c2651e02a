// `sideways doctor` against each server as shipped, and spoiled in each way that it claims to find.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

// What is changed in the shipped file, which check finds it, and what the advice must say.
const NO_GZIP = ['SetEnv no-gzip 1', ''];
const SPOILED = {
	lighttpdSocket: [
		{ name: 'buffering', spoil: [['server.stream-response-body = 2', 'server.stream-response-body = 0']], check: 'streaming', advice: /server\.stream-response-body = 2/ },
		{ name: 'body limit', spoil: [['server.max-request-size = 33792', 'server.max-request-size = 1024']], check: 'body', advice: /server\.max-request-size = 33792/ },
		{ name: 'read timeout', spoil: [['"disable-time" => 0', '"read-timeout" => 2, "disable-time" => 0']], check: 'timeouts', advice: /read-timeout/, wait: 5 },
		{ name: 'a header taken away', spoil: [['server.modules += ("mod_fastcgi")', 'server.modules += ("mod_setenv", "mod_fastcgi")\nsetenv.set-request-header = ("Authorization" => "")']], check: 'key', advice: /Authorization/ },
	],
	apacheProxy: [
		{ name: 'buffering', spoil: [['flushpackets=on ', '']], check: 'streaming', advice: /flushpackets=on/ },
		{ name: 'Authorization hidden', spoil: [['CGIPassAuth On', '']], check: 'key', advice: /CGIPassAuth On/ },
		{ name: 'timeout', spoil: [['timeout=660', 'timeout=2']], check: 'timeouts', advice: /timeout=660/, wait: 5 },
		{ name: 'compression', spoil: [NO_GZIP], check: 'compression', advice: /no-gzip/, severity: 'note' },
	],
	apacheFcgid: [
		{ name: 'buffering', spoil: [['FcgidOutputBufferSize 0', '']], check: 'streaming', advice: /FcgidOutputBufferSize 0/ },
		{ name: 'Authorization hidden', spoil: [['CGIPassAuth On', '']], check: 'key', advice: /CGIPassAuth On/ },
		{ name: 'body limit', spoil: [['FcgidMaxRequestLen 34603008', '']], check: 'body', advice: /FcgidMaxRequestLen/ },
		{ name: 'timeout', spoil: [['FcgidIOTimeout 660', 'FcgidIOTimeout 2']], check: 'timeouts', advice: /FcgidIOTimeout 660/, wait: 5 },
	],
	apacheCgi: [
		{ name: 'compression that keeps events back', spoil: [NO_GZIP], check: 'compression', advice: /no-gzip/ },
		{ name: 'Authorization hidden', spoil: [['CGIPassAuth On', '']], check: 'key', advice: /CGIPassAuth On/ },
		{ name: 'timeout', spoil: [['CGIDScriptTimeout 660', 'CGIDScriptTimeout 2']], check: 'timeouts', advice: /CGIDScriptTimeout 660/, wait: 5 },
	],
	apacheHtaccess: [
		{ name: 'Authorization hidden', spoil: [['CGIPassAuth On', ''], ['RewriteCond %{HTTP:Authorization} .\nRewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]', '']], check: 'key', advice: /CGIPassAuth On/ },
		{ name: 'body limit', spoil: [['CGIPassAuth On', 'CGIPassAuth On\nLimitRequestBody 100000']], check: 'body', advice: /LimitRequestBody 0/ },
	],
	nginxSocket: [
		{ name: 'buffering', spoil: [['fastcgi_next_upstream off;', 'fastcgi_next_upstream off; fastcgi_ignore_headers X-Accel-Buffering;']], check: 'compression', advice: /fastcgi_buffering off/ },
		{ name: 'body limit', spoil: [['client_max_body_size 32m', 'client_max_body_size 1m']], check: 'body', advice: /client_max_body_size/ },
		{ name: 'timeout', spoil: [['fastcgi_read_timeout 600s', 'fastcgi_read_timeout 2s']], check: 'timeouts', advice: /fastcgi_read_timeout/, wait: 5 },
		{ name: 'a header taken away', spoil: [['fastcgi_next_upstream off;', 'fastcgi_next_upstream off; fastcgi_param HTTP_AUTHORIZATION "";']], check: 'key', advice: /HTTP_AUTHORIZATION/ },
		{ name: 'a cache', spoil: [['upstream sideways {', 'fastcgi_cache_path DIR/cache keys_zone=z:1m;\nupstream sideways {'],
			['fastcgi_next_upstream off;', 'fastcgi_next_upstream off; fastcgi_cache z; fastcgi_cache_key $uri; fastcgi_cache_valid 200 1m; fastcgi_ignore_headers Cache-Control;']], check: 'caching', advice: /fastcgi_cache off/ },
	],
	caddy: [
		{ name: 'body limit', spoil: [['max_size 34MB', 'max_size 1MB']], check: 'body', advice: /max_size 34MB/ },
		{ name: 'timeout', spoil: [['read_timeout 660s', 'read_timeout 2s']], check: 'timeouts', advice: /read_timeout 660s/, wait: 5 },
		{ name: 'a header taken away', spoil: [['flush_interval -1', 'flush_interval -1\n\t\theader_up -Authorization']], check: 'key', advice: /Authorization/ },
	],
};

let up;
before(async () => { up = await upstream(); });

const plan = () => settings([deployment('main', up.base)]);

async function examine(gw, ...args) {
	const { status, stdout, stderr } = await gw.cli('doctor', '--json', ...args);
	assert.ok(status <= 1, stderr);
	return { status, ...JSON.parse(stdout) };
}

const only = process.env.FRONT;
for (const [front, list] of Object.entries(SPOILED)) if (!only || only === front) describe(front, { concurrency: 3 }, () => {
	test('as shipped nothing is wrong', async () => {
		const gw = await gateway({ front, settings: plan() });
		const { status, findings } = await examine(gw, '--wait', '1', gw.base);
		assert.deepEqual(findings.filter((one) => ['warning', 'problem'].includes(one.severity)), []);
		assert.equal(status, 0);
		for (const check of ['settings', 'database', 'provider', 'reach', 'key', 'streaming', 'body', 'caching', 'timeouts']) {
			assert.ok(findings.some((one) => one.check === check && one.severity === 'ok'), `${check}: ${JSON.stringify(findings)}`);
		}
		await gw.stop();
	});

	for (const { name, spoil, check, advice, wait = 1, severity = 'problem' } of list) test(`${name} is found`, async () => {
		const gw = await gateway({ front, settings: plan(), server: { spoil } });
		const { findings } = await examine(gw, '--wait', String(wait), gw.base);
		const found = findings.filter((one) => one.severity === severity);
		assert.deepEqual(found.map((one) => one.check), [check], JSON.stringify(findings, null, 1));
		assert.match(found[0].change, advice);
		await gw.stop();
	});
});

describe('the place', () => {
	const look = async (gw, severity = 'problem', ...args) => (await examine(gw, ...args)).findings.filter((one) => one.severity === severity);

	test('a database that others may read, a folder that others may write', async () => {
		const gw = await gateway({ front: 'nginxSocket', settings: plan() });
		await gw.key();
		fs.chmodSync(gw.db, 0o644);
		assert.match((await look(gw))[0].text, /others/);
		fs.chmodSync(gw.db, 0o600);
		fs.chmodSync(`${gw.dir}/state`, 0o777);
		assert.match((await look(gw)).find((one) => one.check === 'database').change, /chmod 700/);
		fs.chmodSync(`${gw.dir}/state`, 0o700);
		fs.chmodSync(gw.config, 0o666);
		assert.match((await look(gw)).find((one) => one.check === 'settings').change, /chmod o-w/);
		fs.chmodSync(gw.config, 0o600);
		assert.deepEqual(await look(gw), []);

		const other = `${gw.config}.other`;
		fs.writeFileSync(other, `${fs.readFileSync(gw.config, 'utf8')}\n# changed\n`, { mode: 0o600 });
		const [found] = await look(gw, 'problem', '--config', other, gw.base);
		assert.match(found.text, /other settings in force/);
		const probe = await (await fetch(`${gw.base}/health/doctor?do=wait&ms=100&token=x`)).json();
		assert.match(probe.error.message, /settings file/);

		await gw.stop();
		const [gone] = await look(gw, 'problem', gw.base);
		assert.equal(gone.check, 'reach');
	});

	test('a provider that cannot be connected to, and a published folder', async () => {
		const gw = await gateway({ front: 'nginxSocket', settings: settings([deployment('main', 'http://127.0.0.1:9/v1')]), start: false });
		const [found] = await look(gw);
		assert.equal(found.check, 'provider');
		fs.mkdirSync(`${gw.dir}/public_html`);
		const [warned] = await look(gw, 'warning', '--db', `${gw.dir}/public_html/x.db`);
		assert.match(warned.text, /document root/);
		const [missing] = await look(gw, 'problem', '--db', `${gw.dir}/nowhere/x.db`);
		assert.match(missing.change, /^mkdir -m 700 .*nowhere$/);
		fs.writeFileSync(`${gw.dir}/empty.db`, '', { mode: 0o600 });
		assert.ok((await look(gw, 'problem', '--db', `${gw.dir}/empty.db`)).some((one) => one.check === 'database' && /empty\.db/.test(one.text)));
		const [nothing] = await look(gw, 'problem', '--config', `${gw.dir}/none.yaml`);
		assert.match(nothing.change, /sideways demo --write/);
		fs.chmodSync(gw.config, 0o644);
		assert.ok((await look(gw, 'note')).some((one) => /can be read by every user/.test(one.text)));
		fs.writeFileSync(gw.config, 'model_list: 5\n');
		assert.match((await look(gw)).find((one) => one.check === 'settings').change, /sideways check/);
	});
});

// A proxy of the test's own in front of a well kept server, which does one thing wrong.
describe('what stands in front of the server', { concurrency: 4 }, () => {
	let gw, pem;
	const servers = [];
	before(async () => {
		gw = await gateway({ front: 'nginxSocket', settings: plan() });
		pem = `${gw.dir}/proxy.pem`;
		execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '5', '-subj', '/CN=gateway.example',
			'-keyout', `${pem}.key`, '-out', pem], { stdio: 'ignore' });
	});
	after(async () => {
		for (const server of servers) { server.closeAllConnections(); server.close(); }
		await gw.stop();
	});

	// `change` may alter the headers on their way in, or answer by itself (true); `out` alters those on their way back.
	async function proxy({ tls = false, change = () => false, out = () => {} }) {
		const pass = (req, res) => {
			const headers = { ...req.headers };
			if (change(headers, req, res)) return;
			req.pipe(http.request(`${gw.base}${req.url}`, { method: req.method, headers }, (answer) => {
				const back = { ...answer.headers };
				out(back);
				res.writeHead(answer.statusCode, back);
				answer.pipe(res);
			}).on('error', () => res.destroy()));
		};
		const server = tls ? https.createServer({ cert: fs.readFileSync(pem), key: fs.readFileSync(`${pem}.key`) }, pass) : http.createServer(pass);
		servers.push(server);
		await new Promise((done) => server.listen(0, '127.0.0.1', done));
		return `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
	}
	const wrong = async (url) => (await examine(gw, '--wait', '1', url)).findings.filter((one) => ['problem', 'warning'].includes(one.severity));

	test('a proxy that does nothing wrong', async () => {
		assert.deepEqual(await wrong(await proxy({})), []);
	});

	test('a certificate that nobody trusts and that ends soon, and a gateway that is not told of HTTPS', async () => {
		const found = await wrong(await proxy({ tls: true }));
		assert.deepEqual(found.map((one) => one.check), ['tls', 'tls', 'tls'], JSON.stringify(found));
		assert.match(found[0].text, /clients will refuse the certificate/);
		assert.match(found[0].change, /fullchain/);
		assert.match(found[1].text, /expires in [45] days/); // 5, if all is done within a second
		assert.match(found[2].text, /not told that the connection is HTTPS/);
	});

	test('keys in plain text', async () => {
		const found = await wrong((await proxy({})).replace('127.0.0.1', '0.0.0.0')); // Linux connects to this machine
		assert.deepEqual(found.map((one) => one.check), ['tls']);
		assert.match(found[0].text, /plain text/);
	});

	test('a redirect', async () => {
		const found = await wrong(await proxy({ change: (headers, req, res) => { res.writeHead(301, { location: 'https://else.example/' }).end(); return true; } }));
		assert.deepEqual(found.map((one) => one.check), ['reach']);
		assert.match(found[0].change, /https:\/\/else\.example\//);
	});

	test('another program at the address', async () => {
		const found = await wrong(await proxy({ change: (headers, req, res) => { res.writeHead(502, { server: 'else' }).end('no'); return true; } }));
		assert.deepEqual(found.map((one) => one.check), ['reach']);
		assert.match(found[0].text, /502, but it is not the gateway \(else\)/);
	});

	test('a path that the gateway does not expect', async () => {
		const found = await wrong(`${await proxy({})}/else`);
		assert.deepEqual(found.map((one) => one.check), ['reach']);
		assert.match(found[0].text, /not under the path that it expects/);
	});

	test('headers taken away in both directions', async () => {
		const found = await wrong(await proxy({
			change: (headers) => { delete headers['x-api-key']; return false; },
			out: (headers) => { for (const name of Object.keys(headers)) if (name.startsWith('x-')) delete headers[name]; },
		}));
		assert.deepEqual(found.map((one) => one.check), ['key', 'headers']);
		assert.match(found[0].text, /x-api-key/);
		assert.match(found[1].text, /x-sideways-request-id/);
	});

	test('a cache that says how old its answer is', async () => {
		const found = await wrong(await proxy({ out: (headers) => { headers.age = '7'; } }));
		assert.deepEqual(found.map((one) => one.check), ['caching']);
	});
});
