// /metrics: read by Debian's own Prometheus and promtool; right across workers, kills and CGI; and shown to nobody else.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { bearer, chat, request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { freePort, MASTER_KEY, sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const run = promisify(execFile);
const TOP = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const RULES = path.join(TOP, 'config/prometheus-rules.yml');
const DASHBOARD = path.join(TOP, 'config/grafana-dashboard.json');

let up, gw;

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'nginx', server: { slots: 3 }, settings: settings([
		deployment('m', up.base), deployment('spare', up.base), deployment('dear', up.base, { tier: 'premium' }),
	], { router: { fallbacks: [{ m: ['dear', 'spare'] }] }, litellm: { max_budget: 50, budget_duration: '1d' },
		sideways: { metrics: { key: 'scrape-me-please', allow: ['10.1.0.0/16'] } } }) });
});

const scrape = async (from = gw, key = 'scrape-me-please') => (await request(`${from.base}/metrics`, { headers: bearer(key) })).text;

// The sum of a family's samples whose labels hold all of `labels`.
function sum(text, name, labels = {}) {
	return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
		.filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
		.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
}

async function promtool(args, input) {
	const child = spawn('promtool', args, { stdio: ['pipe', 'pipe', 'pipe'] });
	let text = '';
	child.stdout.on('data', (piece) => { text += piece; });
	child.stderr.on('data', (piece) => { text += piece; });
	child.stdin.end(input ?? '');
	const status = await new Promise((resolve, reject) => { child.on('exit', resolve); child.on('error', reject); });
	return { status, text };
}

test('without the key, or from elsewhere, nothing is shown', async () => {
	for (const headers of [{}, bearer('scrape-me-pleasd'), bearer(await gw.key())]) {
		const reply = await request(`${gw.base}/metrics`, { headers });
		assert.equal(reply.status, 401, reply.text);
		assert.ok(!reply.text.includes('litellm_'));
	}
	assert.equal((await request(`${gw.base}/metrics`, { headers: bearer(MASTER_KEY) })).status, 200);
	assert.equal((await request(`${gw.base}/metrics/`, { headers: bearer('scrape-me-please') })).status, 200);
});

test('an address of the list needs no key', async () => {
	const open = await gateway({ settings: settings([deployment('m', up.base)], { sideways: { metrics: { allow: ['127.0.0.0/8'] } } }) });
	assert.equal((await request(`${open.base}/metrics`)).status, 200);
});

test('promtool finds nothing to say against the text; series are there before the first request', async () => {
	const text = await scrape();
	for (const name of ['litellm_fallback_count_total', 'litellm_total_requests', 'sideways_blocked_upward_total'])
		assert.ok(text.includes(`${name}{requested_model="m"} 0`), name);
	const { status, text: said } = await promtool(['check', 'metrics'], text);
	// The name of published rules cannot be mended here: litellm_total_requests is what they use.
	const left = said.split('\n').filter((line) => line && !/^litellm_(total_requests counter metrics should have "_total"|\w+ (metric name|use base unit))/.test(line)
		&& !/no help text|should not (include|contain)/.test(line));
	assert.deepEqual(left, [], said);
	assert.ok(status === 0 || status === 3, said);
});

test('what is counted is what happened', async () => {
	const key = await gw.key('--alias', 'counting "key"\\');
	up.always('m', play.ok());
	for (let i = 0; i < 3; i++) assert.equal((await chat(gw, key, { model: 'm', max_tokens: 20 })).status, 200);
	up.next('m', play.status(500), play.status(500));
	for (let i = 0; i < 2; i++) assert.equal((await chat(gw, key, { model: 'm', max_tokens: 20 })).status, 200);
	await gw.quiet();
	await until(async () => (await gw.requests()).length === 5);
	const text = await scrape();
	const [{ spent }] = await gw.sql('SELECT sum(cost_nano) AS spent FROM attempt');
	assert.equal(Math.round(sum(text, 'sideways_spend_dollars_total') * 1e9), spent);
	assert.equal(Math.round(sum(text, 'litellm_spend_metric_total') * 1e9), spent);
	assert.equal(sum(text, 'litellm_total_requests', { requested_model: 'm' }), 5);
	assert.equal(sum(text, 'litellm_fallback_count_total', { requested_model: 'm' }), 2);
	assert.equal(sum(text, 'litellm_deployment_successful_fallbacks_total', { requested_model: 'm', fallback_model: 'spare' }), 2);
	assert.equal(sum(text, 'sideways_blocked_upward_total', { requested_model: 'm' }), 2);
	assert.ok(sum(text, 'sideways_not_spent_dollars_total') > 0);
	assert.ok(sum(text, 'sideways_not_spent_most_dollars_total') > sum(text, 'sideways_not_spent_dollars_total'));
	assert.equal(sum(text, 'litellm_proxy_total_requests_metric_total', { status_code: '200' }), 5);
	assert.equal(sum(text, 'litellm_deployment_failure_responses_total', { model_id: 'm', exception_status: '500' }), 2);
	assert.equal(sum(text, 'litellm_request_total_latency_metric_count', { requested_model: 'm' }), 5);
	assert.equal(sum(text, 'litellm_request_total_latency_metric_bucket', { requested_model: 'm', le: '+Inf' }), 5);
	assert.equal(sum(text, 'sideways_budget_limit_dollars', { scope: 'proxy' }), 50);
	assert.ok(text.includes('api_key_alias="counting \\"key\\"\\\\"'), 'labels are escaped');
	assert.equal((await promtool(['check', 'metrics'], text)).text.includes('error'), false);
});

test('names that clients make up do not make series without end', async () => {
	const wide = await gateway({ settings: settings([deployment('*', up.base, { id: 'any', params: { model: 'openai/*' } })]) });
	await wide.sql("INSERT INTO metric_label SELECT 'model', 'old-' || value FROM generate_series(1, 300)").catch(() =>
		wide.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO metric_label SELECT 'model', 'old-' || i FROM n"));
	const key = await wide.key();
	for (const model of ['one', 'two']) await chat(wide, key, { model, max_tokens: 20 });
	await until(async () => (await wide.requests()).length === 2);
	const text = await scrape(wide, MASTER_KEY);
	assert.equal(sum(text, 'litellm_total_requests', { requested_model: 'other' }), 2);
	assert.ok(!text.includes('requested_model="one"'));
});

test('the rules are good rules, and fire as they say', async () => {
	const checked = await promtool(['check', 'rules', RULES]);
	assert.equal(checked.status, 0, checked.text);
	const tested = await promtool(['test', 'rules', path.join(TOP, 'tests/e2e/prometheus-rules.test.yml')]);
	assert.equal(tested.status, 0, tested.text);
});

// What a scraper read of the weekend (tests/unit/relay/test_weekend.c: the relay and the ledger on a fake clock, one request a minute), given to
// Prometheus' own evaluation, minute by minute around the begin of the outage.
function seriesOf(folder, weekend, first, last) {
	const series = new Map();
	for (let minute = first; minute <= last; minute++)
		for (const line of fs.readFileSync(path.join(folder, `${weekend}.${minute}`), 'utf8').split('\n')) {
			const [, name, value] = /^((?:litellm_total_requests|litellm_fallback_count_total|sideways_blocked_upward_total)[^ ]*) (\S+)$/.exec(line) ?? [];
			if (!name) continue;
			if (!series.has(name)) series.set(name, Array(last - first + 1).fill('_'));
			series.get(name)[minute - first] = value;
		}
	return [...series].map(([name, values]) => ({ series: name, values: values.join(' ') }));
}

test('five minutes into the outage of the weekend the published expression is true, and not before it', async () => {
	const [first, last] = [-15, 5];
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-weekend-'));
	try {
		const played = spawn(path.join(path.dirname(process.env.SIDEWAYS), 'tests/unit/relay/test_weekend'),
			{ env: { ...process.env, top_srcdir: TOP, SIDEWAYS_WEEKEND_SCRAPES: folder }, stdio: 'ignore' });
		assert.equal(await new Promise((resolve, reject) => { played.on('exit', resolve); played.on('error', reject); }), 0);
		const share = 'sum(increase(litellm_fallback_count_total[5m])) / sum(increase(litellm_total_requests[5m])) > bool 0.05';
		const blocked = { alertname: 'SidewaysBlockedUpward', exp_alerts: [] };
		const told = { exp_labels: { severity: 'warning', requested_model: 'cheap' }, exp_annotations: {
			summary: 'A dearer fallback of cheap was asked for and not taken',
			description: 'sideways check names the line of the settings file; name a model of the same tier instead.' } };
		const rules = {
			rule_files: [RULES],
			evaluation_interval: '1m',
			tests: [
				{ name: 'sideways', interval: '1m', input_series: seriesOf(folder, 'sideways', first, last),
					promql_expr_test: [['14m', 0], ['20m', 1]].map(([at, value]) => ({ expr: share, eval_time: at, exp_samples: [{ labels: '{}', value }] })) },
				{ name: 'upward', interval: '1m', input_series: seriesOf(folder, 'upward', first, last),
					alert_rule_test: [{ ...blocked, eval_time: '14m' }, { ...blocked, eval_time: '20m', exp_alerts: [told] }] },
			],
		};
		assert.ok(rules.tests.every((one) => one.input_series.length > 0));
		fs.writeFileSync(path.join(folder, 'rules.yml'), JSON.stringify(rules));
		const tested = await promtool(['test', 'rules', path.join(folder, 'rules.yml')]);
		assert.equal(tested.status, 0, tested.text);
	} finally {
		fs.rmSync(folder, { recursive: true });
	}
});

test('every metric that rules and dashboard name is exposed', async () => {
	const text = await scrape();
	const used = new Set(`${fs.readFileSync(RULES, 'utf8')}${fs.readFileSync(DASHBOARD, 'utf8')}`.match(/\b(litellm|sideways)_[a-z_]+\b/g));
	const board = JSON.parse(fs.readFileSync(DASHBOARD, 'utf8'));
	assert.ok(board.panels.length > 8 && new Set(board.panels.map((panel) => panel.id)).size === board.panels.length);
	for (const name of used) assert.ok(text.includes(`# TYPE ${name.replace(/_bucket$/, '')} `), `${name} is not exposed`);
});

test('a real Prometheus scrapes while workers are killed: counters never go back, and sums are the ledger\'s', { timeout: 120000 }, async (t) => {
	const port = await freePort();
	const config = path.join(gw.dir, 'prometheus.yml');
	fs.writeFileSync(config, `global: {scrape_interval: 500ms, evaluation_interval: 1s}
scrape_configs:
  - job_name: sideways
    authorization: {credentials: scrape-me-please}
    static_configs: [{targets: ['127.0.0.1:${gw.port}']}]
rule_files: ['${RULES}']
`);
	const prometheus = spawn('prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${path.join(gw.dir, 'tsdb')}`,
		`--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'], { stdio: 'ignore' });
	t.after(async () => {
		const gone = new Promise((resolve) => prometheus.once('exit', resolve));
		prometheus.kill('SIGTERM');
		await gone;
		fs.rmSync(config); // it names the scraper's key
	});
	const ask = async (query) => (await request(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)).json.data.result;
	await until(async () => (await request(`http://127.0.0.1:${port}/-/ready`).catch(() => null))?.status === 200, { ms: 20000, what: () => 'prometheus' });
	// What the dashboard asks is understood.
	for (const { expr } of JSON.parse(fs.readFileSync(DASHBOARD, 'utf8')).panels.flatMap(({ targets }) => targets)) {
		const { json } = await request(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`);
		assert.equal(json.status, 'success', `${expr}: ${json.error}`);
	}

	const key = await gw.key();
	let running = true, before = 0;
	const clients = Array.from({ length: 4 }, async () => {
		while (running) await chat(gw, key, { model: 'm', max_tokens: 20 }, { timeout: 10000 }).catch(() => {});
	});
	try {
		for (let kill = 0; kill < 9; kill++) {
			await sleep(700);
			await gw.replace(`slot-${kill % 3}`);
			const now = sum(await scrape().catch(() => ''), 'litellm_total_requests');
			if (now) assert.ok(now >= before, `${now} after ${before}`);
			before = Math.max(before, now);
		}
	} finally {
		running = false;
		await Promise.all(clients);
	}
	await until(() => gw.answers(), { ms: 10000 });
	await gw.quiet(45000);
	await sleep(1500);
	const counters = [...(await scrape()).matchAll(/^# TYPE (\w+) counter$/gm)].map((match) => match[1]);
	assert.ok(counters.length > 15);
	for (const name of counters)
		for (const { value } of await ask(`max(resets(${name}[2m]))`)) assert.equal(Number(value[1]), 0, `${name} went back`);
	const [{ spent, requests }] = await gw.sql('SELECT (SELECT sum(cost_nano) FROM attempt) AS spent, (SELECT count(*) FROM request) AS requests');
	assert.equal(Math.round(Number((await ask('sideways_spend_dollars_total'))[0].value[1]) * 1e9), spent);
	assert.equal(Number((await ask('sum(litellm_total_requests)'))[0].value[1]), requests);
	assert.ok(requests > 50, `${requests} requests`);
	const rules = (await request(`http://127.0.0.1:${port}/api/v1/rules`)).json.data.groups[0].rules;
	assert.deepEqual(rules.filter((rule) => rule.health !== 'ok').map((rule) => rule.name), []);
});
