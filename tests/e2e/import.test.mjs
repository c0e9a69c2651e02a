// A company moves in from LiteLLM: a thousand keys from a dump, or from its API; every client goes on with the key that it has.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bearer, chat, request } from './lib/client.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const sample = fs.readFileSync(fileURLToPath(new URL('../fixtures/import/litellm.sql', import.meta.url)), 'utf8');
const copyHead = (table) => sample.match(new RegExp(`^COPY public\\."${table}" \\((.*)\\) FROM stdin;$`, 'm'));
const sha = (text) => createHash('sha256').update(text).digest('hex');
const COUNT = 1000;
const keys = Array.from({ length: COUNT }, (_, i) => ({ secret: `sk-moved-${String(i).padStart(7, '0')}`, token: sha(`sk-moved-${String(i).padStart(7, '0')}`),
	key_name: `sk-...${String(i).padStart(4, '0')}`, key_alias: `client ${i}`, spend: i / 1000, max_budget: 5 + i, budget_duration: '30d',
	budget_reset_at: '2099-12-01 00:00:00', models: i % 3 ? [] : ['main'], team_id: i % 2 ? 'team-odd' : null, created_at: '2025-03-01 10:00:00', metadata: {}, allowed_routes: [] }));
const team = { team_id: 'team-odd', team_alias: 'the odd ones', models: ['main'], max_budget: 1000, budget_duration: '30d', budget_reset_at: '2099-12-01 00:00:00', spend: 250, blocked: false, metadata: {}, members_with_roles: [] };

function copyOf(table, rows) {
	const [head, list] = copyHead(table);
	const cell = (value) => (value === null || value === undefined ? '\\N' : Array.isArray(value) ? `{${value.join(',')}}` : typeof value === 'object' ? JSON.stringify(value) : typeof value === 'boolean' ? String(value)[0] : String(value));
	return `${head}\n${rows.map((row) => list.split(', ').map((name) => cell(row[name.replaceAll('"', '')])).join('\t')).join('\n')}\n\\.\n`;
}

async function allAnswer(gw) {
	for (let i = 0; i < COUNT; i += 20) {
		const replies = await Promise.all(keys.slice(i, i + 20).map(({ secret }) => chat(gw, secret, { model: 'main' })));
		for (const reply of replies) assert.equal(reply.status, 200, reply.text);
	}
}

async function spendAgrees(gw) {
	const seen = new Map();
	for (let page = 1; page <= COUNT / 100; page++) {
		const list = await request(`${gw.base}/key/list?return_full_object=true&size=100&page=${page}`, { headers: bearer(MASTER_KEY) });
		assert.equal(list.status, 200, list.text);
		for (const key of list.json.keys) seen.set(key.token, key);
	}
	for (const key of keys) {
		const here = seen.get(key.token);
		assert.deepEqual([here.key_alias, here.spend, here.max_budget, here.budget_duration, here.team_id, here.models, here.key_name],
			[key.key_alias, key.spend, key.max_budget, key.budget_duration, key.team_id, key.models, key.key_name]);
	}
}

test('a thousand keys of a dump: spend agrees, each old key answers, a second time doubles nothing', async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'nginxSocket', settings: settings([deployment('main', up.base)]) });
	const dump = path.join(gw.dir, 'dump.sql');
	fs.writeFileSync(dump, `--\n-- PostgreSQL database dump\n--\n${copyOf('LiteLLM_TeamTable', [team])}${copyOf('LiteLLM_VerificationToken', keys)}`);
	const moved = await gw.cli('import', 'litellm', dump);
	assert.equal(moved.status, 0, moved.stderr);
	assert.match(moved.stdout, /^keys {5}1000 made, 0 there already, 0 left out$/m);
	assert.match(moved.stdout, /^Spent of windows that run: \$749\.50\.$/m);
	await spendAgrees(gw);
	await allAnswer(gw);
	const trail = async () => (await gw.sql('SELECT count(*) AS n FROM audit_event'))[0].n;
	const before = await trail();
	const again = await gw.cli('import', 'litellm', dump, '--json');
	assert.equal(await trail(), before, 'a second time nothing is changed');
	assert.deepEqual(JSON.parse(again.stdout).keys, { made: 0, there_already: 1000, left_out: 0 });
	const [{ n, spent, own }] = await gw.sql(`SELECT count(*) AS n, sum(w.spent_nano) AS spent, (SELECT sum(cost_nano) FROM attempt) AS own
		FROM budget_window w JOIN budget b ON b.id = w.budget_id WHERE b.scope = 'key'`);
	assert.equal(n, COUNT);
	assert.equal(spent, 499.5e9 + own);
	assert.ok((await gw.audit()).clean);
});

test('from the API of a LiteLLM that runs, with its master key', async () => {
	const asked = [];
	const litellm = http.createServer((req, res) => {
		const url = new URL(req.url, 'http://litellm');
		asked.push(req.url);
		const known = req.headers.authorization === 'Bearer sk-litellm-master';
		const page = Number(url.searchParams.get('page'));
		const answers = { '/budget/list': [], '/team/list': [team], '/user/list': { users: [{ user_id: 'ada', user_email: 'ada@example.org', max_budget: 7 }], total: 1, page, page_size: 100, total_pages: 1 },
			'/key/list': { keys: keys.slice((page - 1) * 100, page * 100).map(({ secret, ...row }) => ({ ...row, budget_reset_at: '2099-12-01T00:00:00Z' })), total_count: COUNT, current_page: page, total_pages: 10 } };
		res.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
		res.end(JSON.stringify(known ? answers[url.pathname] : { error: { message: 'no' } }));
	});
	await new Promise((resolve) => litellm.listen(0, '127.0.0.1', resolve));
	try {
		const url = `http://127.0.0.1:${litellm.address().port}/`;
		const up = await upstream();
		const gw = await gateway({ front: 'nginxSocket', settings: settings([deployment('main', up.base)]), env: { LITELLM_MASTER_KEY: 'sk-litellm-master' } });
		const moved = await gw.cli('import', 'litellm', url);
		assert.equal(moved.status, 0, moved.stderr);
		assert.match(moved.stdout, /^keys {5}1000 made/m);
		assert.match(moved.stdout, /^users {4}1 made/m);
		assert.equal((await request(`${gw.base}/v2/user/info?user_id=ada`, { headers: bearer(MASTER_KEY) })).json.user_email, 'ada@example.org');
		assert.equal(asked.filter((one) => one.startsWith('/key/list')).length, 11);
		await spendAgrees(gw);
		assert.equal((await chat(gw, keys[999].secret, { model: 'main' })).status, 200);
		gw.env.LITELLM_MASTER_KEY = 'sk-wrong';
		const refused = await gw.cli('import', 'litellm', url);
		assert.equal(refused.status, 1);
		assert.match(refused.stderr, /answers 401: LITELLM_MASTER_KEY must be that LiteLLM's master key/);
	} finally {
		litellm.close();
	}
});
