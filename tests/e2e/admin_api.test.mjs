// The management API, with the requests that LiteLLM's documentation shows, and what it must refuse.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { bearer, chat, request } from './lib/client.mjs';
import { costOf, deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY, sleep } from './lib/sandbox.mjs';
import { Description } from './lib/openapi.mjs';
import { findCanaries, gateway, upstream } from './lib/story.mjs';

const run = promisify(execFile);

// What a call cost is written when its answer has gone out.
async function eventually(look) {
	for (const end = Date.now() + 5000; ; await sleep(20)) {
		try {
			return await look();
		} catch (error) {
			if (Date.now() > end) throw error;
		}
	}
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

for (const front of ['fastcgi', 'cgi']) describe(front, () => managementBehind(front));

function managementBehind(front) {
	let up, gw, description;
	const made = []; // every key that was shown
	const call = async (key, method, path, body) => {
		const reply = await request(`${gw.base}${path}`, { method, headers: key ? bearer(key) : {}, body });
		if (reply.headers['x-sideways-request-id']) description.check(method, path, body, reply);
		else assert.equal(reply.status, 400, reply.text); // lighttpd itself refuses control bytes in URLs
		if (reply.json?.key?.startsWith?.('sk-')) made.push(reply.json.key);
		return reply;
	};
	const post = async (path, body, { key = MASTER_KEY, status = 200 } = {}) => {
		const reply = await call(key, 'POST', path, body);
		assert.equal(reply.status, status, `${path} ${JSON.stringify(body)}: ${reply.text}`);
		return reply.json;
	};
	const get = async (path, { key = MASTER_KEY, status = 200 } = {}) => {
		const reply = await call(key, 'GET', path);
		assert.equal(reply.status, status, `${path}: ${reply.text}`);
		return reply.json;
	};
	const newKey = async (body = {}) => (await post('/key/generate', body)).key;

	before(async () => {
		up = await upstream();
		gw = await gateway({ front, settings: settings([deployment('cheap', up.base), deployment('other', up.base)], {
			litellm: { max_budget: 100, budget_duration: '1mo', cache: true, cache_params: { type: 'local', mode: 'default_off' }, tag_budget_config: { poor: { max_budget: 0, budget_duration: '1d' } } },
			router: { fallbacks: [{ cheap: ['other'] }], provider_budget_config: { openai: { budget_limit: 50, time_period: '1d' } } } }) });
		description = new Description((await request(`${gw.base}/openapi.json`)).json);
	});

	describe('keys', () => {
		test('a key is made with what was asked for, and works', async () => {
			const made = await post('/key/generate', { models: ['cheap'], duration: '20m', metadata: { user: 'ishaan@berri.ai' }, key_alias: `first-${front}`,
				max_budget: 0.1, budget_duration: '30d', rpm_limit: 60, team_id: null, aliases: {}, config: {}, permissions: {} });
			assert.match(made.key, /^sk-[A-Za-z0-9]{43}$/);
			assert.equal(made.token, sha256(made.key));
			assert.equal(made.key_name, `sk-...${made.key.slice(-4)}`);
			assert.equal(made.max_budget, 0.1);
			assert.equal(made.budget_duration, '30d');
			assert.equal(made.spend, 0);
			assert.deepEqual(made.models, ['cheap']);
			assert.deepEqual(made.metadata, { user: 'ishaan@berri.ai' });
			assert.ok(Math.abs(Date.parse(made.expires) - Date.now() - 20 * 60000) < 60000);
			assert.equal(made.sideways.notices, undefined);
			assert.equal((await chat(gw, made.key, { model: 'cheap' })).status, 200);
			assert.equal((await chat(gw, made.key, { model: 'other' })).status, 404);
		});

		test('an amount comes back as it was sent, to the nano-dollar', async () => {
			for (const amount of [0.1, 0.3, 10.51, 0.000000001, 1234567.123456789, 7]) {
				const made = await call(MASTER_KEY, 'POST', '/key/generate', { max_budget: amount });
				assert.equal(made.json.max_budget, amount);
				assert.ok(made.text.includes(`"max_budget":${amount === 1e-9 ? '1e-09' : amount}`), made.text);
			}
		});

		test('the key is shown only when it is made', async () => {
			const key = await newKey({ key_alias: `shown-${front}` });
			for (const path of [`/key/info?key=${sha256(key)}`, '/key/list?return_full_object=true', '/spend/keys', '/logs'])
				assert.ok(!JSON.stringify(await get(path)).includes(key.slice(3)));
		});

		test('info finds a key by itself, its hash, its id and its alias; a client sees its own only', async () => {
			const key = await newKey({ key_alias: `mine-${front}` });
			const other = await newKey();
			const info = await get(`/key/info?key=${key}`);
			assert.equal(info.key, sha256(key));
			assert.equal(info.info.key_alias, `mine-${front}`);
			for (const name of [sha256(key), info.info.sideways.id, `mine-${front}`])
				assert.equal((await get(`/key/info?key=${name}`)).key, sha256(key));
			assert.equal((await get('/key/info', { key })).key, sha256(key));
			const hidden = await get(`/key/info?key=${sha256(other)}`, { key, status: 404 });
			assert.deepEqual(hidden, await get('/key/info?key=sk-nobody', { key, status: 404 }));
			const error = (await get('/key/info?key=sk-nobody', { status: 404 })).error;
			assert.deepEqual([error.type, error.param, error.code], ['not_found_error', 'key', '404']);
			const many = await post('/v2/key/info', { keys: [key, sha256(other), 'sk-nobody'] });
			assert.deepEqual(many.key, [sha256(key), sha256(other)]);
		});

		test('an update changes what it names and nothing else', async () => {
			const key = await newKey({ key_alias: `before-${front}`, max_budget: 5, budget_duration: '1d', rpm_limit: 9, metadata: { a: 1 } });
			let info = await post('/key/update', { key, max_budget: 7 });
			assert.deepEqual([info.max_budget, info.budget_duration, info.rpm_limit, info.metadata.a], [7, '1d', 9, 1]);
			info = await post('/key/update', { key, budget_duration: '1h', key_alias: `after-${front}` });
			assert.deepEqual([info.max_budget, info.budget_duration, info.key_alias], [7, '1h', `after-${front}`]);
			assert.equal(info.budget_limits.length, 1);
			info = await post('/key/update', { key, max_budget: null, rpm_limit: null, models: ['other'] });
			assert.deepEqual([info.max_budget, info.rpm_limit, info.models], [null, null, ['other']]);
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 404);
			info = await post('/key/update', { key, budget_limits: [{ budget_duration: '1d', max_budget: 1 }, { budget_duration: '1mo', max_budget: 10 }] });
			assert.equal(info.budget_limits.length, 2);
			assert.match((await post('/key/update', { key, max_budget: 3 }, { status: 400 })).error.message, /several periods/);
		});

		test('blocking and unblocking work at once', async () => {
			const key = await newKey();
			assert.equal((await post('/key/block', { key })).blocked, true);
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 401);
			assert.equal((await post('/key/unblock', { key: sha256(key) })).blocked, false);
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
		});

		test('a new secret leaves the old one its grace, the id and the spend', async () => {
			const key = await newKey({ max_budget: 1 });
			await chat(gw, key, { model: 'cheap' });
			const old = await eventually(async () => {
				const look = await get(`/key/info?key=${sha256(key)}`);
				assert.ok(look.info.spend > 0);
				return look;
			});
			const made = await post(`/key/${old.key}/regenerate`, { grace_period: '1h' });
			assert.notEqual(made.key, key);
			assert.equal(made.sideways.id, old.info.sideways.id);
			assert.equal(made.spend, old.info.spend);
			assert.equal((await chat(gw, made.key, { model: 'cheap' })).status, 200);
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
			const again = await post('/key/regenerate', { key: made.key });
			assert.equal((await chat(gw, made.key, { model: 'cheap' })).status, 401);
			assert.equal((await chat(gw, again.key, { model: 'cheap' })).status, 200);
		});

		test('spend is reset in a new window, and the books agree', async () => {
			const key = await newKey({ max_budget: 1, budget_duration: '1d' });
			await chat(gw, key, { model: 'cheap' });
			const spent = await eventually(async () => {
				const { spend } = (await get(`/key/info?key=${sha256(key)}`)).info;
				assert.ok(spend > 0);
				return spend;
			});
			assert.match((await post(`/key/${sha256(key)}/reset_spend`, { reset_to: 0.5 }, { status: 400 })).error.message, /spent/);
			const reset = await post(`/key/${sha256(key)}/reset_spend`, { reset_to: 0 });
			assert.equal(reset.spend, 0);
			assert.equal(reset.sideways.spend_ever, spent);
			assert.equal((await gw.cli('audit')).status, 0);
		});

		test('deleting needs every name to be right, and the history stays', async () => {
			const [a, b] = [await newKey({ key_alias: `gone-${front}` }), await newKey()];
			await post('/key/delete', { keys: [a, 'sk-nobody'] }, { status: 404 });
			assert.equal((await chat(gw, a, { model: 'cheap' })).status, 200);
			const gone = await post('/key/delete', { keys: [b], key_aliases: [`gone-${front}`] });
			assert.deepEqual(gone.deleted_keys, [`sk-...${b.slice(-4)}`, `gone-${front}`]);
			assert.equal((await chat(gw, a, { model: 'cheap' })).status, 401);
			const list = await get('/key/list?status=deleted&return_full_object=true');
			assert.ok(list.keys.some((key) => key.key_alias === `gone-${front}` && key.sideways.status === 'deleted'));
		});

		test('lists are paged, filtered and sorted', async () => {
			for (let i = 0; i < 3; i++) await newKey({ key_alias: `listed-${front}-${i}`, user_id: `u-${front}` });
			const page = await get(`/key/list?user_id=u-${front}&size=2&page=2&return_full_object=true&sort_by=key_alias&sort_order=asc`);
			assert.deepEqual([page.total_count, page.current_page, page.total_pages, page.keys.length], [3, 2, 2, 1]);
			assert.equal(page.keys[0].key_alias, `listed-${front}-2`);
			const one = await get(`/key/list?key_alias=listed-${front}-1`);
			assert.deepEqual(one.keys, [(await get(`/key/info?key=listed-${front}-1`)).key]);
			await get('/key/list?size=101', { status: 422 });
			await get('/key/list?sort_by=secret', { status: 422 });
			await get('/key/list?colour=red', { status: 422 });
			assert.deepEqual((await get(`/key/list?key_alias=${encodeURIComponent("' OR 1=1 --")}`)).keys, []);
			assert.deepEqual((await get(`/key/list?search=${encodeURIComponent("%' OR 1=1 --")}`)).keys, []);
		});
	});

	describe('what LiteLLM\'s own programs ask beside', () => {
		test('aliases of keys, in pages', async () => {
			for (const name of ['pear', 'Peach', 'plum']) await newKey({ key_alias: `${name}-fruit-${front}` });
			const page = await get(`/key/aliases?search=FRUIT-${front}&size=2`);
			assert.deepEqual(page, { aliases: [`Peach-fruit-${front}`, `pear-fruit-${front}`], total_count: 3, current_page: 1, total_pages: 2, size: 2 });
			assert.deepEqual((await get(`/key/aliases?search=fruit-${front}&size=2&page=2`)).aliases, [`plum-fruit-${front}`]);
			assert.deepEqual((await get('/key/aliases?search=sk-')).aliases, []); // a part of the alias, not of the key
			await get('/key/aliases', { key: await newKey(), status: 403 });
		});

		test('deployments in pages, and what they take', async () => {
			const all = await get('/v2/model/info');
			assert.deepEqual([all.total_count, all.current_page, all.total_pages, all.size], [2, 1, 1, 50]);
			assert.deepEqual(all.data, (await get('/model/info')).data);
			assert.deepEqual((await get('/v2/model/info?search=CHE')).data.map((one) => one.model_name), ['cheap']);
			assert.deepEqual((await get('/v2/model/info?page=2&size=1')).data.map((one) => one.model_name), ['other']);
			assert.deepEqual((await get('/v2/model/info?modelId=nothing')).data, []);
			const mine = await newKey({ models: ['other'] });
			assert.deepEqual((await get('/v2/model/info', { key: mine })).data.map((one) => one.model_name), ['other']);
			const { supported_openai_params: taken } = await get('/utils/supported_openai_params?model=cheap');
			for (const name of ['temperature', 'tools', 'stream', 'response_format', 'seed']) assert.ok(taken.includes(name), name);
			await get('/utils/supported_openai_params?model=nothing', { status: 400 });
			await get('/utils/supported_openai_params?model=cheap', { key: mine, status: 400 });
		});

		test('what stands beside the gateway', async () => {
			const { status: cache, cache_type } = await get('/cache/ping');
			assert.deepEqual([cache, cache_type], ['healthy', 'local']);
			assert.deepEqual(await get('/settings'), await get('/active/callbacks'));
			const { alerting, num_callbacks, num_alerting } = await get('/active/callbacks');
			assert.deepEqual([alerting, num_callbacks, num_alerting], ['None', 0, 0]);
			const { status, callbacks, alerts, router_settings } = await get('/get/config/callbacks');
			assert.deepEqual([status, callbacks, alerts], ['success', [], []]);
			assert.ok(router_settings.num_retries >= 0);
		});
	});

	describe('what is not offered', () => {
		test('unknown fields and wrong types are 422 with the nearest name', async () => {
			let error = (await post('/key/generate', { max_bugdet: 5 }, { status: 422 })).error;
			assert.equal(error.type, 'validation_error');
			assert.equal(error.param, 'max_bugdet');
			assert.equal(error.code, '422');
			assert.match(error.message, /did you mean 'max_budget'/);
			for (const body of [{ max_budget: '5' }, { max_budget: -1 }, { models: 'cheap' }, { models: [1] }, { duration: '3 days' }, { budget_duration: 'weekly', max_budget: 1 },
				{ metadata: [] }, { rpm_limit: 1.5 }, { blocked: 'yes' }, { key_type: 'root' }, { key_alias: 'a\u0000b' }])
				await post('/key/generate', body, { status: 422 });
			error = (await post('/key/generate', '{"max_budget": 1', { status: 400 })).error;
			assert.match(error.message, /not JSON/);
			await post('/key/generate', '[]', { status: 422 });
		});

		test('a limit that would not hold is refused; the same field empty is not', async () => {
			for (const body of [{ guardrails: ['pii'] }, { allowed_routes: ['management_routes'] }, { aliases: { a: 'b' } }])
				assert.equal((await post('/key/generate', body, { status: 400 })).error.param, Object.keys(body)[0]);
			await post('/key/generate', { model_max_budget: {}, guardrails: [], disabled_callbacks: [], prompts: [], rotation_interval: null, allowed_routes: [], aliases: {}, spend: 0, send_invite_email: false });
		});

		test('a key has budgets for models, and the model after each', async () => {
			const made = await post('/key/generate', { model_max_budget: { dear: { budget_limit: '0.0001', time_period: '1d' }, cheap: { max_budget: 5, budget_duration: '30d' } },
				budget_fallbacks: { dear: ['cheap'] } });
			const limits = { dear: { budget_limit: 0.0001, time_period: '1d' }, cheap: { budget_limit: 5, time_period: '30d' } };
			assert.deepEqual([made.model_max_budget, made.budget_fallbacks, made.max_budget], [limits, { dear: ['cheap'] }, null]);
			const now = await post('/key/update', { key: made.token, model_max_budget: { cheap: { budget_limit: 7, time_period: '1d' } } });
			assert.deepEqual([now.model_max_budget, now.budget_fallbacks], [{ cheap: { budget_limit: 7, time_period: '1d' } }, { dear: ['cheap'] }]);
			assert.deepEqual((await post('/key/update', { key: made.token, model_max_budget: {}, budget_fallbacks: null })).model_max_budget, {});
			for (const body of [{ model_max_budget: { cheap: 5 } }, { model_max_budget: { cheap: { budget_limit: 5 } } }, { model_max_budget: { cheap: { budget_limit: -1, time_period: '1d' } } },
				{ model_max_budget: { cheap: { budget_limit: 1, time_period: 'often' } } }])
				await post('/key/generate', body, { status: 422 });
			await post('/key/generate', { budget_fallbacks: { cheap: 'dear' } }, { status: 400 });
		});

		test('a team has budgets for models, and a key\'s own for the model stands in their place', async () => {
			const team = await post('/team/new', { team_alias: `models-${front}`, model_max_budget: { cheap: { max_budget: 0, budget_duration: '1d' }, other: { budget_limit: 5, time_period: '30d' } } });
			assert.deepEqual(team.model_max_budget, { cheap: { budget_limit: 0, time_period: '1d' }, other: { budget_limit: 5, time_period: '30d' } });
			const { team_id } = team;
			const key = await newKey({ team_id });
			const asked = async (who) => (await chat(gw, who, { model: 'cheap' })).json;
			assert.equal((await asked(key)).model, 'other'); // the fallback, which has money
			const poor = await post('/team/new', { model_max_budget: Object.fromEntries(['cheap', 'other'].map((name) => [name, { budget_limit: 0, time_period: '1d' }])) });
			assert.match((await asked(await newKey({ team_id: poor.team_id }))).error.message, /team for this model/);
			await eventually(async () => assert.ok((await get(`/team/info?team_id=${team_id}`)).team_info.model_spend.other > 0));
			assert.equal((await asked(await newKey({ team_id, model_max_budget: { cheap: { budget_limit: 1, time_period: '1d' } } }))).model, 'cheap');
			await post('/team/new', { model_max_budget: { cheap: { max_budget: 1 } } }, { status: 422 });
			const now = await post('/team/update', { team_id, model_max_budget: { other: { budget_limit: 7, time_period: '30d' } } });
			assert.deepEqual((now.data ?? now).model_max_budget, { other: { budget_limit: 7, time_period: '30d' } });
			assert.equal((await asked(key)).model, 'cheap');
			await post('/team/update', { team_id, model_max_budget: {} });
			await gw.quiet();
			await gw.audit();
		});

		test('what only describes is kept, and the answer says so', async () => {
			const made = await post('/key/generate', { user_id: 'u1', tags: ['a'], soft_budget: 2.5 });
			assert.deepEqual([made.user_id, made.tags, made.soft_budget], ['u1', ['a'], 2.5]);
			assert.equal(made.sideways.notices.length, 1);
			assert.match(made.sideways.notices[0], /^soft_budget is kept and given back; it limits nothing here/);
		});

		test('allowed_routes are kept to: addresses, what is below them, and groups', async () => {
			const paths = { chat: '/v1/chat/completions', messages: '/v1/messages', google: '/v1beta/models/cheap:generateContent', models: '/v1/models' };
			for (const [routes, open] of [[['llm_api_routes', 'mcp_routes'], 'chat messages google models'], [['openai_routes'], 'chat models'], [['anthropic_routes'], 'messages'], [['google_routes'], 'google'],
				[['info_routes'], ''], [['/v1/chat'], 'chat'], [['/v1/chat/comp'], ''], [['/v1/m*'], 'messages models'], [[], 'chat messages google models']]) {
				const made = await post('/key/generate', { allowed_routes: routes });
				assert.deepEqual([made.allowed_routes, made.sideways.notices], [routes, undefined]);
				for (const [name, path] of Object.entries(paths)) {
					const say = [{ role: 'user', content: 'Hi' }];
					const reply = name === 'models' ? await request(`${gw.base}${path}`, { headers: bearer(made.key) }) : await request(`${gw.base}${path}`, { method: 'POST', headers: bearer(made.key),
						body: name === 'google' ? { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] } : { model: 'cheap', max_tokens: 5, messages: say } });
					assert.equal(reply.status, open.split(' ').includes(name) ? 200 : 403, `${routes} ${path}: ${reply.text}`);
				}
			}
			const key = await newKey({ allowed_routes: ['/v1/embeddings'] });
			assert.match((await chat(gw, key, { model: 'cheap' })).text, /this key may not call \/v1\/chat\/completions: its allowed_routes/);
			await post('/key/update', { key, allowed_routes: [] });
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
		});

		test('tags of a key and of its team join those of a request, in the record, the sums and the budgets', async () => {
			const team = await post('/team/new', { team_alias: `tagged-${front}`, metadata: { tags: [`floor-${front}`] } });
			const { key } = await post('/key/generate', { team_id: team.team_id, tags: [`job-${front}`], metadata: { tags: [`desk-${front}`] } });
			assert.equal((await chat(gw, key, { model: 'cheap', metadata: { tags: ['own', `job-${front}`] } })).status, 200);
			await eventually(async () => {
				const tags = await get('/spend/tags');
				for (const tag of [`floor-${front}`, `job-${front}`, `desk-${front}`]) assert.equal(tags.find((one) => one.individual_request_tag === tag)?.log_count, 1, tag);
			});
			const { key: poor } = await post('/key/generate', { tags: ['poor'] });
			const refused = await chat(gw, poor, { model: 'cheap' });
			assert.equal(refused.status, 429, refused.text);
			assert.match(refused.text, /tag/);
		});

		test('a weak key of one\'s own choice is refused, and two alike are', async () => {
			await post('/key/generate', { key: 'sk-1234' }, { status: 400 });
			const own = `sk-CANARY-own-${front}-0123456789abcdef`;
			assert.equal((await post('/key/generate', { key: own })).key, own);
			await post('/key/generate', { key: own }, { status: 400 });
			assert.equal((await chat(gw, own, { model: 'cheap' })).status, 200);
		});

		test('the master key is nobody else\'s key, and an alias does not look like a key', async () => {
			const made = await post('/key/generate', {});
			const same = await post('/key/generate', { key: gw.masterKey ?? MASTER_KEY }, { status: 400 });
			assert.match(same.error.message, /^key: (this is the gateway's master key|a key of your own)/);
			for (const key_alias of [made.key, made.token, made.key_name])
				assert.match((await post('/key/generate', { key_alias }, { status: 400 })).error.message, /alias: expected a name/, key_alias);
		});
	});

	describe('who may', () => {
		const changes = [['POST', '/key/generate', {}], ['POST', '/key/update', { key: 'x' }], ['POST', '/key/delete', { keys: [] }], ['POST', '/key/block', { key: 'x' }],
			['POST', '/key/unblock', { key: 'x' }], ['POST', '/key/regenerate', { key: 'x' }], ['POST', '/key/x/regenerate', {}], ['POST', '/key/x/reset_spend', { reset_to: 0 }],
			['POST', '/team/new', {}], ['POST', '/team/update', { team_id: 'x' }], ['POST', '/team/delete', { team_ids: [] }], ['POST', '/team/block', { team_id: 'x' }],
			['POST', '/team/unblock', { team_id: 'x' }], ['POST', '/budget/new', {}], ['POST', '/budget/update', { budget_id: 'x' }], ['POST', '/budget/delete', { id: 'x' }]];
		const looks = [['GET', '/key/list'], ['POST', '/v2/key/info', { keys: [] }], ['GET', '/team/list'], ['GET', '/team/info?team_id=x'], ['GET', '/budget/list'],
			['POST', '/budget/info', { budgets: [] }], ['GET', '/spend/keys'], ['GET', '/spend/logs'], ['GET', '/global/spend'], ['GET', '/provider/budgets'], ['GET', '/logs'], ['GET', '/health']];

		test('nobody without a key, and no client', async () => {
			const key = await newKey();
			const count = (await get('/key/list')).total_count;
			for (const [method, path, body] of [...changes, ...looks]) {
				for (const stranger of [null, 'sk-nobody']) assert.equal((await call(stranger, method, path, body)).status, 401, path);
				const reply = await call(key, method, path, body);
				assert.equal(reply.status, 403, path);
				assert.equal(reply.json.error.type, 'auth_error');
			}
			assert.equal((await get('/key/list')).total_count, count);
		});

		test('a read-only key looks and changes nothing; a management key does both; neither calls models', async () => {
			const viewer = await newKey({ key_type: 'read_only' });
			const admin = await newKey({ key_type: 'management' });
			for (const [method, path, body] of changes) assert.equal((await call(viewer, method, path, body)).status, 403, path);
			for (const [method, path, body] of looks) assert.ok([200, 404].includes((await call(viewer, method, path, body)).status), path);
			const made = await post('/key/generate', { key_alias: `by-admin-${front}` }, { key: admin });
			const id = (await get(`/key/info?key=${sha256(admin)}`)).info.sideways.id;
			assert.equal(made.created_by, `key ${id}`);
			for (const key of [viewer, admin]) assert.equal((await chat(gw, key, { model: 'cheap' })).status, 403);
			await post('/key/block', { key: sha256(admin) });
			await post('/key/generate', {}, { key: admin, status: 401 });
		});

		test('the command line makes the first admin key', async () => {
			const admin = await gw.key('--role', 'admin', '--alias', `first-admin-${front}`);
			await post('/key/generate', {}, { key: admin });
			assert.notEqual((await gw.cli('keys', 'create', '--role', 'root')).status, 0);
			const listed = (await gw.cli('keys', 'list', '--json')).stdout;
			const object = listed.slice(listed.indexOf(`"first-admin-${front}"`) - 200, listed.indexOf(`"first-admin-${front}"`) + 300);
			assert.match(object, /"role": ?"admin"/);
		});

		test('another method is 405 with the right one', async () => {
			const reply = await call(MASTER_KEY, 'GET', '/key/generate');
			assert.equal(reply.status, 405);
			assert.equal(reply.headers.allow, 'POST');
			assert.match((await call(MASTER_KEY, 'GET', '/key/nothing')).json.error.message, /\/key\/info/);
		});

		test('answers are never kept by anyone', async () => {
			assert.equal((await call(MASTER_KEY, 'GET', '/key/list')).headers['cache-control'], 'no-store');
		});
	});

	describe('the requests of LiteLLM\'s documentation', () => {
		const documented = [
			['/key/generate', { models: ['gpt-3.5-turbo', 'gpt-4', 'claude-2'], duration: '20m', metadata: { user: 'ishaan@berri.ai', team: 'core-infra' } }],
			['/key/generate', { max_budget: 0, budget_duration: '30d' }],
			['/key/generate', { max_budget: 10 }],
			['/key/generate', { models: ['azure-models'] }],
			['/key/generate', { user_id: 'ishaan@berri.ai' }],
			['/key/generate', { max_parallel_requests: 10, tpm_limit: 20, rpm_limit: 4 }],
			['/key/generate', { budget_limits: [{ budget_duration: '24h', max_budget: 10 }, { budget_duration: '30d', max_budget: 100 }] }],
			['/key/generate', { models: ['all-proxy-models'], key_type: 'llm_api' }],
			['/team/new', { team_alias: 'my-new-team_4', members_with_roles: [{ role: 'admin', user_id: '5c4a0aa3-a1e1-43dc-bd87-3c2da8382a3a' }], rpm_limit: 99 }],
			['/team/new', { team_alias: 'my-secret-project', tpm_limit: 20, max_budget: 100, budget_duration: '10s', metadata: { extra_info: 'some info' } }],
			['/budget/new', { budget_id: 'my-free-tier', rpm_limit: 4 }],
			['/budget/new', { budget_duration: '1d', max_budget: 0.00001 }],
		];

		for (const [path, body] of documented)
			test(`${path} ${JSON.stringify(body)}`, async () => {
				const answer = await post(path, body);
				for (const [name, value] of Object.entries(body)) {
					if (name === 'duration') assert.ok(answer.expires);
					else if (name === 'budget_limits') assert.deepEqual(answer.budget_limits.map(({ budget_duration, max_budget }) => ({ budget_duration, max_budget })), value);
					else assert.deepEqual(answer[name], value, name);
				}
			});
	});

	if (front === 'fastcgi') describe('hostile input', () => {
		const hostile = ["' OR 1=1 --", '%', '_', '";DROP TABLE virtual_key;--', '*', '../../etc/passwd', '<script>alert(1)</script>', 'a\r\nX-Injected: 1', 'x'.repeat(6000), '-1', '1e99', '\u{1F511}', '[]', '{}', 'null', 'NaN'];

		test('every parameter of every call takes it for what it is: text', async () => {
			let calls = 0;
			for (const [path, { get: operation }] of Object.entries(description.document.paths)) for (const { name } of operation?.parameters ?? []) for (const value of hostile) {
				if (name === 'live' || (name === 'search' && /^[\w-]{1,5}$/.test(value))) continue; // what a random id may contain ("nan")
				const reply = await call(MASTER_KEY, 'GET', `${path}?${name}=${encodeURIComponent(value)}`);
				assert.ok([200, 400, 404, 422].includes(reply.status), `${path} ${name}=${value}: ${reply.status} ${reply.text}`);
				assert.equal(reply.headers['x-injected'], undefined);
				const rows = [reply.json].flat()[0]?.keys ?? reply.json;
				if (reply.status === 200 && !['limit', 'size', 'page', 'expand', 'include_team_keys', 'include_created_by_keys'].includes(name) && Array.isArray(rows))
					assert.equal(rows.length, 0, `${path} ${name}=${value} found something`);
				calls++;
			}
			assert.ok(calls > 300, `${calls}`);
			for (const raw of ['%00', '%ff', '%', '%zz', 'a=b&a=c'])
				assert.ok([200, 400, 422].includes((await call(MASTER_KEY, 'GET', `/key/list?search=${raw}`)).status), raw);
		});

		test('every field of every call, too', async () => {
			const wrong = [...hostile, 0, -1, 1e300, 1.5, true, [], {}, [null], [[[]]], { a: { b: {} } }];
			const fields = ({ $ref, allOf = [], properties = {} }) => $ref ? fields(description.document.components.schemas[$ref.split('/').at(-1)])
				: [...Object.keys(properties), ...allOf.flatMap(fields)];
			const before = (await get('/key/list?status=any')).total_count;
			for (const [path, { post: operation }] of Object.entries(description.document.paths)) {
				if (!operation || path.endsWith('/new') || path === '/key/generate') continue;
				for (const name of fields(operation.requestBody.content['application/json'].schema)) for (const value of wrong) {
					const url = path.replace('{key}', encodeURIComponent("' OR 1=1 --"));
					const reply = await request(`${gw.base}${url}`, { method: 'POST', headers: bearer(MASTER_KEY), body: { [name]: value } });
					assert.ok([200, 400, 404, 422].includes(reply.status), `${path} ${name}=${JSON.stringify(value)}: ${reply.status} ${reply.text}`);
				}
			}
			assert.equal((await get('/key/list?status=any')).total_count, before);
			assert.equal((await get('/key/list?status=deleted&key_alias=nobody')).total_count, 0);
		});

		test('names of keys and teams come back as they were given', async () => {
			for (const [i, value] of hostile.filter((text) => text.length < 100).entries()) {
				if (/[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(value)) {
					await post('/key/generate', { key_alias: `${value} ${front} ${i}` }, { status: 400 });
					await post('/team/new', { team_alias: `${value} ${front} ${i}` }, { status: 400 });
					continue;
				}
				const key = await post('/key/generate', { key_alias: `${value} ${front} ${i}`, metadata: { [value]: value } });
				assert.equal(key.key_alias, `${value} ${front} ${i}`);
				assert.deepEqual(key.metadata, { [value]: value });
				assert.equal((await get(`/key/list?key_alias=${encodeURIComponent(`${value} ${front} ${i}`)}`)).total_count, 1);
			}
		});
	});

	describe('users, who own keys', () => {
		test('a user has a key with the limits that were asked for, and what it spends', async () => {
			const made = await post('/user/new', { user_email: `Ada-${front}@example.com`, user_alias: 'Ada', user_role: 'internal_user', metadata: { floor: 3 }, max_budget: 3, budget_duration: '1d', models: ['cheap'], spend: 1 });
			assert.deepEqual([made.user_email, made.user_alias, made.user_role, made.metadata, made.max_budget, made.spend, made.teams, made.key_count], [`Ada-${front}@example.com`, 'Ada', 'internal_user', { floor: 3 }, 3, 1, [], 1]);
			assert.match(made.sideways.notices.join(), /those of the key that was made/);
			assert.equal((await chat(gw, made.key, { model: 'other' })).status, 404);
			assert.equal((await chat(gw, made.key, { model: 'cheap', user: 'end-user', metadata: { tags: [`tag-${front}`] } })).status, 200);
			const second = await newKey({ user_id: made.user_id });
			assert.equal((await chat(gw, second, { model: 'cheap' })).status, 200);
			const info = await eventually(async () => {
				const one = await get(`/user/info?user_id=${made.user_id}`);
				assert.ok(one.keys.every((key) => key.sideways.spend_ever > 0));
				return one;
			});
			assert.equal(info.user_info.spend, info.keys.reduce((sum, key) => sum + Math.round(key.sideways.spend_ever * 1e9), 0) / 1e9);
			assert.deepEqual([info.user_info.key_count, info.user_info.max_budget, info.keys.length], [2, null, 2]);
			assert.deepEqual((await get(`/v2/user/info?user_id=${made.user_id}`)), info.user_info);
			const row = (await get(`/spend/logs?api_key=${info.keys.find((key) => key.max_budget).token}`)).find((one) => one.status === 'success');
			assert.deepEqual([row.user, row.end_user, row.request_tags], [made.user_id, 'end-user', [`tag-${front}`]]);
			await get(`/spend/logs/v2?user_id=${made.user_id}`, { status: 400 });
			// A client sees itself, and nobody else.
			assert.equal((await get('/user/info', { key: second })).user_id, made.user_id);
			await get('/user/info?user_id=somebody', { key: second, status: 404 });
			await get('/v2/user/info', { key: await newKey(), status: 404 });
			assert.ok(!JSON.stringify(await get(`/user/info?user_id=${second}`, { status: 404 })).includes(second.slice(0, 20)), 'a key is not said again');
			await get('/user/list', { key: second, status: 403 });
			// Sums by day.
			const days = 'start_date=2020-01-01&end_date=2099-01-01';
			const activity = await get(`/user/daily/activity?${days}&user_id=${made.user_id}`);
			assert.equal(activity.metadata.total_spend, info.user_info.spend);
			assert.equal(activity.metadata.total_successful_requests, 2);
			assert.deepEqual(Object.keys(activity.results[0].breakdown.entities), [made.user_id]);
			assert.equal(Object.keys(activity.results[0].breakdown.models.cheap.api_key_breakdown).length, 2);
			assert.deepEqual((await get(`/user/daily/activity?${days}&page=2`)).results, []);
			await get('/user/daily/activity', { status: 400 });
			const report = await get(`/global/spend/report?${days}&internal_user_id=${made.user_id}`);
			assert.equal(report.reduce((sum, key) => sum + Math.round(key.total_cost * 1e9), 0) / 1e9, info.user_info.spend);
			assert.deepEqual(report[0].model_details.map((one) => one.model), ['cheap']);
			const all = (await get(`/global/spend/report?${days}`)).flatMap((day) => day.teams);
			assert.equal(all.find((team) => team.team_name === 'Unassigned Team').metadata.filter((use) => info.keys.some((key) => key.token === use.api_key)).length, 2);
			assert.ok((await get(`/global/spend/report?${days}&group_by=customer`)).flatMap((day) => day.customers).some((one) => one.customer === 'end-user' && one.total_spend > 0));
			assert.ok((await get('/spend/tags')).some((tag) => tag.individual_request_tag === `tag-${front}` && tag.log_count === 1 && tag.total_spend > 0));
			for (const [path, name, sum] of [['keys', 'api_key', 'total_spend'], ['models', 'model', 'total_spend'], ['logs', 'date', 'spend'], [`provider?${days}`, 'provider', 'spend']]) {
				const sums = await get(`/global/spend/${path}`);
				const found = path === 'keys' ? sums.filter((one) => info.keys.some((key) => key.token === one.api_key)) : sums.filter((one) => one[name]);
				const spent = found.reduce((all, one) => all + Math.round(one[sum] * 1e9), 0) / 1e9;
				assert.ok(path === 'keys' ? spent === info.user_info.spend : spent >= info.user_info.spend, `${path} ${spent}`);
			}
			const most = await get('/global/spend/keys?limit=1');
			assert.equal(most.length, 1);
			assert.ok((await get('/global/spend/keys')).every((one) => one.total_spend <= most[0].total_spend));
			assert.ok((await get('/spend/users')).find((user) => user.user_id === made.user_id).spend > 0);
			assert.deepEqual((await get('/spend/users', { key: second })).map((user) => user.user_id), [made.user_id]);
			assert.deepEqual(await get('/spend/users', { key: await newKey() }), []);
			await get('/spend/users?user_id=somebody', { key: second, status: 404 });
			// Changing, and the end.
			const { data } = await post('/user/update', { user_email: `ada-${front}@EXAMPLE.com`, user_alias: 'Countess' });
			assert.deepEqual([data.user_id, data.user_alias, data.metadata], [made.user_id, 'Countess', { floor: 3 }]);
			assert.match((await post('/user/update', { user_id: made.user_id, max_budget: 9 }, { status: 400 })).error.message, /\/key\/update/);
			await post('/user/delete', { user_ids: [made.user_id, 'nobody'] }, { status: 404 });
			assert.equal(await post('/user/delete', { user_ids: [made.user_id] }), 1);
			assert.equal((await chat(gw, second, { model: 'cheap' })).status, 401);
			await get(`/user/info?user_id=${made.user_id}`, { status: 404 });
		});

		test('a user may be there before its keys, keys before their user, and nobody twice', async () => {
			const id = `before-${front}`;
			await post('/user/new', { user_id: id, user_email: `${id}@example.com`, auto_create_key: false });
			for (const again of [{ user_id: id }, { user_email: `${id}@Example.com` }]) await post('/user/new', again, { status: 409 });
			for (const limit of [{ max_budget: 3 }, { rpm_limit: 4 }]) assert.match((await post('/user/new', { user_id: `${id}-2`, auto_create_key: false, ...limit }, { status: 400 })).error.message, /\/key\/generate/);
			await post('/user/new', { user_id: `${id}-2`, key_alias: `users-${front}` });
			await post('/user/new', { user_id: `${id}-3`, key_alias: `users-${front}` }, { status: 400 });
			await get(`/user/info?user_id=${id}-3`, { status: 404 }); // neither the key nor the user
			await post('/user/new', { user_role: 'king' }, { status: 422 });
			await post('/team/new', { team_id: `users-${front}` });
			await newKey({ user_id: `of-a-key-${front}`, team_id: `users-${front}` });
			const list = await get(`/user/list?page_size=1&sort_by=user_id&search=${id}`);
			assert.deepEqual([list.total, list.total_pages, list.users.map((user) => user.user_id)], [2, 2, [id]]);
			assert.deepEqual((await get(`/user/list?team=users-${front}`)).users.map((user) => [user.user_id, user.teams]), [[`of-a-key-${front}`, [`users-${front}`]]]);
			assert.equal((await get('/user/list?page=900')).users.length, 0);
			assert.deepEqual((await get(`/user/list?user_ids=${id},${id}-2,nobody&sort_by=user_id`)).users.map((user) => user.user_id), [id, `${id}-2`]);
			assert.deepEqual((await get(`/team/list?user_id=of-a-key-${front}`)).map((team) => team.team_id), [`users-${front}`]);
			const page = await get(`/v2/team/list?team_alias=users-${front}&page_size=1&sort_by=team_id&sort_order=desc`);
			assert.deepEqual([page.total, page.teams[0].team_id, page.teams[0].keys_count], [1, `users-${front}`, 1]);
			assert.deepEqual(await get('/team/available'), []);
			assert.deepEqual((await get(`/team/permissions_list?team_id=users-${front}`)).team_member_permissions, []);
			assert.deepEqual((await get(`/team/daily/activity?start_date=2020-01-01&end_date=2099-01-01&team_ids=users-${front}`)).results, []);
			assert.ok((await get('/spend/logs/v2?page_size=2&status_filter=success')).total > 2);
		});

		test('a key of a service account is a team\'s', async () => {
			await post('/key/service-account/generate', { key_alias: `nobody-${front}` }, { status: 400 });
			const made = await post('/key/service-account/generate', { team_id: `users-${front}`, key_alias: `service-${front}`, user_id: 'somebody', tags: ['x'] });
			assert.deepEqual([made.metadata, made.user_id, made.tags], [{ service_account_id: `service-${front}` }, null, ['x']]);
		});

		test('keys are changed together, each for itself', async () => {
			const [one, two] = [await newKey(), await newKey()];
			const answer = await post('/key/bulk_update', { keys: [{ key: one, max_budget: 4 }, { key: 'nobody', max_budget: 4 }, { key: two, max_bugdet: 4 }] });
			assert.deepEqual([answer.total_requested, answer.successful_updates.map((row) => row.key_info.max_budget)], [3, [4]]);
			assert.match(answer.failed_updates.map((row) => row.failed_reason).join(), /not found.*did you mean 'max_budget'/);
		});

		test('what was spent elsewhere counts against the budget', async () => {
			const made = await post('/key/generate', { spend: 2, max_budget: 2, budget_duration: '1d' });
			assert.equal(made.spend, 2);
			assert.equal((await chat(gw, made.key, { model: 'cheap' })).status, 429);
			assert.match((await post('/key/generate', { spend: 2 })).sideways.notices.join(), /no budget/);
			await post('/key/update', { key: made.token, spend: 1 }, { status: 400 });
		});

		test('what is set elsewhere says where', async () => {
			for (const [method, path, words] of [['GET', '/credentials', 'model_list'], ['POST', '/credentials', 'settings file'], ['DELETE', '/credentials/openai', 'settings file'], ['POST', '/model/new', 'model_list'],
				['PATCH', '/model/x/update', 'model_list'], ['POST', '/team/member_add', '/key/update'], ['GET', '/organization/list', '/team/new'], ['GET', '/sso/cli/start', '/key/generate'], ['GET', '/spend/logs/ui/x', '/spend/logs/v2'],
				['GET', '/key/health', '/key/info'], ['GET', '/team/x/members', '/team/info'], ['POST', '/cache/flushall', 'cache_params'], ['GET', '/health/services', 'alerts test'], ['GET', '/v2/guardrails/list', 'no guardrails'],
				['GET', '/global/activity', '/user/daily/activity'], ['POST', '/spend/calculate', '/spend/keys'], ['GET', '/scim/v2/Users', 'sideways passwd'], ['POST', '/customer/new', 'max_end_user_budget'], ['GET', '/customer/info', 'group_by=customer'], ['GET', '/tag/list', 'tag_budget_config']]) {
				const reply = await request(`${gw.base}${path}`, { method, headers: bearer(MASTER_KEY) });
				assert.equal(reply.status, 400, path);
				assert.ok(reply.json.error.message.includes(words), reply.text);
				assert.equal(reply.json.detail, reply.json.error.message);
				assert.equal((await request(`${gw.base}${path}`, { method })).status, path.startsWith('/sso/') ? 400 : 401, path); // who signs in has no key yet
			}
			for (const [method, path, words] of [['GET', '/batches', 'one by one'], ['POST', '/openai/v1/files', 'base64'], ['GET', '/v1/responses/resp_1', 'the messages themselves'], ['DELETE', '/v1/vector_stores/a/files/b', 'in the message'],
				['POST', '/vertex_ai/v1/x', 'pass_through_endpoints'], ['GET', '/ui/', '/admin/'], ['GET', '/nothing', 'no such URL']]) {
				const reply = await request(`${gw.base}${path}`, { method, headers: bearer(MASTER_KEY) });
				assert.equal(reply.status, 404, path);
				assert.ok(reply.json.error.message.includes(words), reply.text);
			}
			assert.match((await request(`${gw.base}/health/readiness`)).json.litellm_version, /^\d+\.\d+/);
			assert.match(description.document.info.version, /^\d+\.\d+/);
		});
	});

	describe('teams and budgets', () => {
		test('a team has its keys, its budget and its end', async () => {
			const team = await post('/team/new', { team_alias: `Team ${front}`, max_budget: 3, budget_duration: '1d', models: ['cheap'], tpm_limit: 100000, members_with_roles: [] });
			assert.deepEqual([team.team_alias, team.max_budget, team.tpm_limit, team.blocked], [`Team ${front}`, 3, 100000, false]);
			const { team_id } = team;
			const key = await newKey({ team_id });
			await post('/key/generate', { team_id: 'nobody' }, { status: 400 });
			assert.equal((await chat(gw, key, { model: 'other' })).status, 404);
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
			await eventually(async () => {
				const info = await get(`/team/info?team_id=${team_id}`);
				assert.equal(info.keys.length, 1);
				assert.ok(info.team_info.spend > 0);
			});
			assert.equal((await post('/team/update', { team_id, max_budget: 4 })).data.max_budget, 4);
			await post('/team/block', { team_id });
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 401);
			await post('/team/unblock', { team_id });
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
			assert.ok((await get('/team/list')).some((row) => row.team_id === team_id));
			assert.deepEqual((await post('/team/delete', { team_ids: [team_id] })).deleted_teams, [team_id]);
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 401);
			await get(`/team/info?team_id=${team_id}`, { status: 404 });
		});

		test('a team\'s budget stops all of its keys together', async () => {
			const { team_id } = await post('/team/new', { max_budget: 0.0003 });
			const keys = [await newKey({ team_id }), await newKey({ team_id })];
			let served = 0;
			for (let i = 0; i < 20; i++) if ((await chat(gw, keys[i % 2], { model: 'cheap', max_tokens: 50 })).status === 200) served++;
			assert.ok(served > 0 && served < 20, `${served} served`);
			const { team_info } = await get(`/team/info?team_id=${team_id}`);
			assert.ok(team_info.spend <= 0.0003, `${team_info.spend}`);
		});

		test('keys follow a budget, also when it changes', async () => {
			const budget = await post('/budget/new', { budget_id: `free-${front}`, max_budget: 2, budget_duration: '1d', rpm_limit: 50 });
			assert.deepEqual([budget.budget_id, budget.max_budget, budget.budget_duration, budget.rpm_limit], [`free-${front}`, 2, '1d', 50]);
			const key = await newKey({ budget_id: budget.budget_id, max_budget: null });
			const look = async () => (await get(`/key/info?key=${sha256(key)}`)).info;
			assert.deepEqual([(await look()).max_budget, (await look()).rpm_limit], [2, 50]);
			await post('/budget/update', { budget_id: budget.budget_id, max_budget: 0 });
			assert.equal((await look()).max_budget, 0);
			const refused = await chat(gw, key, { model: 'cheap' });
			assert.equal(refused.status, 429);
			assert.equal(refused.json.error.code, 'budget_exceeded');
			await post('/budget/delete', { id: budget.budget_id }, { status: 400 });
			await post('/key/generate', { budget_id: budget.budget_id, max_budget: 4 }, { status: 400 });
			await post('/key/generate', { budget_id: 'nobody' }, { status: 400 });
			await post('/key/update', { key, budget_id: null, max_budget: 4, budget_duration: '1d' });
			assert.equal((await post('/budget/info', { budgets: [budget.budget_id] }))[0].sideways.followers, 0);
			await post('/budget/delete', { id: budget.budget_id });
			assert.ok(!(await get('/budget/list')).some((row) => row.budget_id === budget.budget_id));
			assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
		});
	});

	describe('looking', () => {
		test('models are told without provider keys, and to a client only its own', async () => {
			const all = await get('/model/info');
			assert.deepEqual(all, await get('/v1/model/info'));
			assert.deepEqual(all.data.map((row) => row.model_name), ['cheap', 'other']);
			assert.equal(all.data[0].model_info.input_cost_per_token, 5e-7);
			assert.equal(all.data[0].model_info.id, 'cheap');
			assert.ok(!JSON.stringify(all).includes('CANARY'));
			assert.deepEqual((await get('/model/info?litellm_model_id=other')).data.map((row) => row.model_name), ['other']);
			const key = await newKey({ models: ['other'] });
			const own = await get('/model/info', { key });
			assert.deepEqual(own.data.map((row) => row.model_name), ['other']);
			assert.equal(own.data[0].litellm_params.api_base, undefined);
			const [group] = (await get('/model_group/info?model_group=cheap')).data;
			assert.deepEqual([group.model_group, group.providers, group.output_cost_per_token, group.mode, group.sideways.tier], ['cheap', ['openai'], 1e-6, 'chat', 'cheap']);
		});

		test('the log is an array, newest first, and says what fell back', async () => {
			const key = await newKey({ key_alias: `logged-${front}` });
			assert.equal((await chat(gw, key, { model: 'other' })).status, 200);
			const reply = await chat(gw, key, { model: 'cheap', mock_testing_fallbacks: true });
			assert.equal(reply.status, 200);
			const logs = await eventually(async () => {
				const rows = await get(`/logs?key=logged-${front}`);
				assert.equal(rows.length, 2);
				return rows;
			});
			assert.deepEqual([logs[0].metadata.fallback_model, logs[0].metadata.fallback_from, logs[0].status], ['other', 'cheap', 'success']);
			assert.equal('fallback_model' in logs[1].metadata, false);
			assert.equal(logs[0].api_key, sha256(key));
			assert.equal(logs[1].spend, costOf({ prompt_tokens: logs[1].prompt_tokens, completion_tokens: logs[1].completion_tokens }) / 1e9);
			assert.equal((await get(`/logs?key=logged-${front}&fell_back=true`)).length, 1);
			const page = await call(MASTER_KEY, 'GET', `/logs?key=logged-${front}&limit=1`);
			assert.equal(page.json.length, 1);
			assert.match(page.headers.link, /before=.*rel="next"/);
			const next = await request(new URL(page.headers.link.match(/<(.*)>/)[1], gw.url).href, { headers: bearer(MASTER_KEY) });
			assert.equal(next.json[0].request_id, logs[1].request_id);
			assert.deepEqual(await get(`/spend/logs?request_id=${logs[0].request_id}`), [logs[0]]);
			assert.deepEqual(await get('/spend/logs?request_id=nobody'), []);
			assert.equal((await get(`/spend/logs?api_key=${key}`)).length, 2);
			const today = new Date().toISOString().slice(0, 10);
			const days = await get(`/spend/logs?api_key=${sha256(key)}&start_date=${today}&end_date=${today}`);
			assert.equal(days.length, 1);
			assert.ok(Math.abs(days[0].spend - logs[0].spend - logs[1].spend) < 1e-12);
			assert.deepEqual(Object.keys(days[0].models), ['other']);
			assert.deepEqual(await get('/logs?start_date=2001-01-01&end_date=2001-01-02'), []);
			for (const [name, value] of [['start_date', 'yesterday'], ['start_date', '2026-02-30'], ['end_date', '2026-13-01'], ['end_date', '2026-04-31T10:00:00Z'], ['start_date', '2027-02-29 10:00:00'],
				['start_date', '2026-11-20T24:00:00'], ['start_date', '2026-11-20T10:61:00'], ['end_date', '2026-11-20T10:00:60']]) {
				const refused = await get(`/logs?${name}=${encodeURIComponent(value)}`, { status: 422 });
				assert.match(JSON.stringify(refused), new RegExp(`${name}: '${value}' is not a date`));
			}
			await get('/logs?start_date=2028-02-29&end_date=2028-02-29T23:59:59Z');
		});

		test('sums are those of the log', async () => {
			const global = await eventually(async () => {
				const keys = await get('/spend/keys');
				assert.ok(keys.every((row, i) => i === 0 || row.spend <= keys[i - 1].spend));
				const sum = keys.reduce((total, row) => total + row.spend, 0);
				const all = await get('/global/spend');
				assert.equal(all.max_budget, 100);
				assert.equal(all.held, 0);
				assert.ok(Math.abs(all.spend - sum) < 1e-9, `${all.spend} ${sum}`);
				return all;
			});
			assert.equal(global.spend_ever, global.spend);
			const { openai } = (await get('/provider/budgets')).providers;
			assert.deepEqual([openai.budget_limit, openai.time_period, openai.spend], [50, '1d', global.spend]);
			assert.ok(Date.parse(openai.budget_reset_at) > Date.now());
		});

		test('health sends nothing to anyone', async () => {
			const count = up.log.length;
			const health = await get('/health');
			assert.deepEqual([health.healthy_count, health.unhealthy_count], [2, 0]);
			assert.deepEqual(health.healthy_endpoints.map((row) => row.model_id).sort(), ['cheap', 'other']);
			assert.equal(up.log.length, count);
		});

		test('health with live=true calls each deployment once, pays for it, and is for those who may change things', async () => {
			const count = up.log.length;
			const health = await get('/health?live=true');
			assert.deepEqual([health.healthy_count, health.unhealthy_count], [2, 0]);
			assert.ok(health.healthy_endpoints.every((row) => row.live.answered && row.live.spend > 0));
			assert.equal(up.log.length, count + 2);
			await get('/health?live=true', { key: await newKey({ key_type: 'read_only' }), status: 403 });
			assert.equal(up.log.length, count + 2);
		});

		test('the description has the bounds and the members that the API insists on', async () => {
			const { paths, components: { schemas } } = description.document, wishes = [['/key/generate', 'KeyWish'], ['/team/new', 'TeamWish'], ['/budget/new', 'BudgetWish']];
			let bounds = 0;
			const say = async (path, body, good) => {
				const { status, text } = await request(gw.base + path, { method: 'POST', body, headers: { authorization: `Bearer ${MASTER_KEY}` } });
				assert.equal(status === 200, good, `${path} ${JSON.stringify(body).slice(0, 200)}: ${status} ${text.slice(0, 200)}`);
				if (!good) assert.ok(status === 400 || status === 422, `${status}`);
				bounds++;
			};
			const fill = (length) => `${randomUUID()}${'x'.repeat(length)}`.slice(0, length);
			for (const [path, name] of wishes) for (const [field, schema] of Object.entries(schemas[name].properties)) {
				if (path === '/key/generate' && field === 'team_id') continue; // it must be there
				const own = field === 'key' ? (length) => `sk-${fill(length - 3)}` : fill;
				if (schema.maximum) for (const value of [-1, schema.maximum + 1, schema.maximum, 0]) await say(path, { [field]: value }, value >= 0 && value <= schema.maximum);
				if (schema.maxLength) await say(path, { [field]: own(schema.maxLength) }, true), await say(path, { [field]: own(schema.maxLength + 1) }, false);
				if (schema.minLength) await say(path, { [field]: own(schema.minLength) }, true), await say(path, { [field]: own(schema.minLength - 1) }, false);
				if (schema.pattern) for (const bad of ['\r\n', '\u001B[31m', '\u009B', '\u202E']) await say(path, { [field]: own(30) + bad }, false);
				if (schema.maxItems) await say(path, { [field]: Array.from({ length: schema.maxItems + 1 }, (_, i) => ({ budget_duration: `${i + 1}d`, max_budget: 1 })) }, false);
			}
			for (const [path, { post: operation }] of Object.entries(paths)) {
				if (!operation?.requestBody?.required) continue;
				await say(path.replace('{key}', 'nobody'), {}, false);
			}
			for (const query of ['page=0', 'page=1000001', 'size=0', 'size=101']) await get(`/key/list?${query}`, { status: 422 });
			for (const query of ['limit=0', 'limit=10001']) await get(`/logs?${query}`, { status: 422 });
			assert.ok(bounds > 80, `${bounds}`);
		});

		test('every call is in the description, and each of them was made here with an answer that it allows', async () => {
			await get('/openapi.json', { key: null });
			const table = fs.readFileSync(new URL('../../app/management/management.c', import.meta.url), 'utf8');
			const rows = [...table.matchAll(/X\("(\w+)",\s*"([^"]+)"/g)].map(([, method, path]) => `${method} ${path.replace('{}', '{key}')}`);
			assert.ok(rows.length > 30);
			assert.deepEqual(description.operations.toSorted(), rows.toSorted());
			assert.deepEqual([...description.called].toSorted(), rows.toSorted());
		});

		test('the examples of the manual work', async () => {
			const manual = fs.readFileSync(new URL('../../docs/admin-api.md', import.meta.url), 'utf8');
			const lines = [...manual.matchAll(/```sh\n([^]*?)```/g)].map((block) => block[1]).join('\n').replaceAll('curl -s ', 'curl -sS --fail-with-body ');
			assert.ok(lines.split('curl').length > 6);
			const { stdout } = await run('bash', ['-ec', lines.replace('http://localhost:4000', gw.base)], { env: { ...process.env, MASTER_KEY } });
			assert.match(stdout, /"deleted_keys":\["search"\]/);
		});

		if (front === 'fastcgi') test('no key that was shown stands in any file', () => {
			assert.ok(made.length > 20);
			findCanaries(gw.dir, made);
		});

		test('the trail has every change with who made it, and no secrets', async () => {
			const rows = await gw.sql('SELECT actor, through, action, before, after FROM audit_event ORDER BY id');
			const kinds = new Set(rows.map((row) => row.action));
			for (const action of ['key.create', 'key.update', 'key.block', 'key.unblock', 'key.rotate', 'key.reset_spend', 'key.delete', 'team.create', 'team.update', 'team.block', 'team.unblock',
				'team.delete', 'user.put', 'user.delete', 'budget.create', 'budget.update', 'budget.delete']) assert.ok(kinds.has(action), action);
			assert.ok(rows.every((row) => row.actor && row.before !== row.after));
			assert.ok(rows.some((row) => row.actor.startsWith('key key-') && row.through === 'api'));
			assert.ok(rows.some((row) => row.through === 'command line'));
			const all = JSON.stringify(rows);
			for (const key of made) assert.ok(!all.includes(key) && !all.includes(sha256(key)));
		});

		test('the books agree after all this', async () => {
			const audit = await gw.cli('audit');
			assert.equal(audit.status, 0, audit.stdout + audit.stderr);
		});
	});
}
