// Forms that are open while somebody else changes the same thing: what was not touched is not written, and what both
// changed is asked for again.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { request } from './lib/client.mjs';
import { Panel, fieldsOf, idOf, makeAdmin } from './lib/panel.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

let gw, ada, up;

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([deployment('cheap', up.base)]) });
	makeAdmin(gw, 'ada');
	ada = new Panel(gw.base);
	await ada.signIn('ada');
});

const api = async (path, body) => {
	const reply = await request(gw.base + path, { method: 'POST', headers: { authorization: `Bearer ${MASTER_KEY}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
	assert.equal(reply.status, 200, reply.text);
	return reply.json;
};
const budgets = (id) => gw.sql(`SELECT period, limit_nano / 1000000 AS milli FROM budget WHERE scope_id = '${id}' AND active ORDER BY period`);
const keyNow = async (id) => (await gw.sql(`SELECT alias, models, metadata, rpm_limit, expires_ms, plan_id FROM virtual_key WHERE id = '${id}'`))[0];
const make = async (fields) => idOf((await ada.post('/keys/new', fields)).text);
const open = async (path) => fieldsOf((await ada.get(path)).text, path);

// Opens the form, lets something happen meanwhile, changes these fields and sends all of them, as a browser does.
async function save(path, changed, meanwhile = () => {}) {
	const fields = await open(path);
	await meanwhile();
	return ada.send('POST', path, { fields: { ...fields, ...changed } });
}

test('a form that is saved as it was opened changes nothing and leaves no record', async () => {
	const id = await make({ alias: 'same & <b>', models: 'cheap, x-*', force: '1', amount1: '5', period1: '1d', rpm: '7', metadata: '{"a": [1, 2.50], "b": "\\r\\n"}', expires: '2040-02-29' });
	await gw.sql(`UPDATE virtual_key SET expires_ms = expires_ms - 1234567 WHERE id = '${id}'`); // set over the API, to the second
	const [before, path] = [await keyNow(id), `/keys/${id}/edit`];
	assert.equal((await save(path, {})).status, 303);
	assert.deepEqual(await keyNow(id), before);
	assert.deepEqual(await budgets(id), [{ period: '1d', milli: 5000 }]);
	assert.equal((await gw.sql(`SELECT count(*) AS n FROM audit_event WHERE thing_id = '${id}' AND action = 'key.update'`))[0].n, 0);
});

test('what the API changed while a key\'s form was open stays, beside what the form changes', async () => {
	const id = await make({ alias: 'both', models: 'cheap', amount1: '5', period1: '1d', amount2: '50', period2: '1mo', rpm: '7' });
	const reply = await save(`/keys/${id}/edit`, { alias: 'both-2', amount2: '' },
		() => api('/key/update', { key: id, max_budget: 1, budget_duration: '1d', rpm_limit: 3, models: [], metadata: { by: 'api' } }));
	assert.equal(reply.status, 303, reply.text);
	assert.deepEqual(await budgets(id), [{ period: '1d', milli: 1000 }]);
	const now = await keyNow(id);
	assert.deepEqual([now.alias, now.models, JSON.parse(now.metadata), now.rpm_limit], ['both-2', '[]', { by: 'api' }, 3]);
});

test('what both changed is not written: the page says what is now, keeps what was typed, and saving again is meant', async () => {
	const id = await make({ alias: 'clash', amount1: '5', period1: '1d', rpm: '7' }), path = `/keys/${id}/edit`;
	const reply = await save(path, { alias: 'mine', amount1: '9.00', rpm: '70', amount3: '3', period3: '1h' },
		() => api('/key/update', { key: id, max_budget: 0.25, budget_duration: '1d', key_alias: 'theirs' }));
	assert.equal(reply.status, 409);
	assert.match(reply.text, /in the meantime: alias is now theirs; budget of 1d is now 0\.25\./);
	assert.deepEqual(await budgets(id), [{ period: '1d', milli: 250 }]);
	assert.equal((await keyNow(id)).alias, 'theirs');
	const again = fieldsOf(reply.text, path);
	assert.deepEqual([again.alias, again.amount1, again.rpm, again.amount3, again.period3], ['mine', '9.00', '70', '3', '1h']);
	assert.equal((await ada.send('POST', path, { fields: again })).status, 303);
	assert.deepEqual(await budgets(id), [{ period: '1d', milli: 9000 }, { period: '1h', milli: 3000 }]);
	const now = await keyNow(id);
	assert.deepEqual([now.alias, now.rpm_limit], ['mine', 70]);
});

test('a mistake in a field does not make the form forget what it showed', async () => {
	const id = await make({ alias: 'slip', amount1: '5', period1: '1d' }), path = `/keys/${id}/edit`;
	const slip = await save(path, { rpm: 'many', amount1: '6' });
	assert.equal(slip.status, 422);
	await api('/key/update', { key: id, max_budget: 2, budget_duration: '1d' });
	assert.equal((await ada.send('POST', path, { fields: { ...fieldsOf(slip.text, path), rpm: '' } })).status, 409);
	assert.deepEqual(await budgets(id), [{ period: '1d', milli: 2000 }]);
});

test('more budgets than the form has rows stay when it is saved', async () => {
	const id = await make({ alias: 'many' });
	const budget_limits = ['1h', '2h', '3h', '1d', '2d', '3d', '7d', '1mo'].map((budget_duration) => ({ budget_duration, max_budget: 1 }));
	await api('/key/update', { key: id, budget_limits });
	assert.equal((await save(`/keys/${id}/edit`, { alias: 'many-2' })).status, 303);
	assert.equal((await budgets(id)).length, 8);
});

test('a plan that a key was given meanwhile is not left by a form that did not show it', async () => {
	const id = await make({ alias: 'planned', rpm: '7' }), path = `/keys/${id}/edit`;
	await api('/budget/new', { budget_id: 'plan-1', max_budget: 4, budget_duration: '1d' });
	const reply = await save(path, { rpm: '8' }, () => api('/key/update', { key: id, budget_id: 'plan-1' }));
	assert.equal(reply.status, 409);
	assert.match(reply.text, /plan is now plan-1/);
	assert.equal((await keyNow(id)).plan_id, 'plan-1');
	assert.equal((await save(path, { alias: 'planned-2' })).status, 303);
	assert.equal((await keyNow(id)).plan_id, 'plan-1');
	assert.equal((await save(path, { leave_plan: '1', rpm: '9' })).status, 303);
	const now = await keyNow(id);
	assert.deepEqual([now.alias, now.plan_id, now.rpm_limit], ['planned-2', null, 9]);
	assert.deepEqual(await budgets(id), [{ period: '1d', milli: 4000 }]);
});

test('a team\'s form and a budget\'s form keep to the same', async () => {
	await ada.post('/teams/new', { id: 'together', alias: 'Together', amount1: '5', period1: '1d' });
	const path = '/team/edit?id=together';
	assert.equal((await save(path, { alias: 'Together 2' }, () => api('/team/update', { team_id: 'together', max_budget: 1, budget_duration: '1d' }))).status, 303);
	assert.deepEqual(await budgets('together'), [{ period: '1d', milli: 1000 }]);
	const clash = await save(path, { amount1: '7' }, () => api('/team/update', { team_id: 'together', max_budget: 2, budget_duration: '1d' }));
	assert.equal(clash.status, 409);

	const budget = (await gw.sql("SELECT id FROM budget WHERE scope_id = 'together' AND active"))[0].id, page = `/budgets/${budget}`;
	const late = await save(page, { amount: '8' }, () => api('/team/update', { team_id: 'together', max_budget: 3, budget_duration: '1d' }));
	assert.equal(late.status, 409);
	assert.match(late.text, /limit is now 3\./);
	assert.deepEqual(await budgets('together'), [{ period: '1d', milli: 3000 }]);
	assert.equal(fieldsOf(late.text, page).amount, '8');
	assert.equal((await ada.send('POST', page, { fields: fieldsOf(late.text, page) })).status, 303);
	assert.deepEqual(await budgets('together'), [{ period: '1d', milli: 8000 }]);
	assert.equal((await save(page, {}, () => api('/team/update', { team_id: 'together', max_budget: 4, budget_duration: '1d' }))).status, 303);
	assert.deepEqual(await budgets('together'), [{ period: '1d', milli: 4000 }]);
});

test('a form whose memory of what it showed is no such thing is refused', async () => {
	const id = await make({ alias: 'damaged' });
	for (const shown of ['{', '[]', '{"alias": 3}', '7'])
		assert.equal((await save(`/keys/${id}/edit`, { shown, alias: 'x' })).status, 422, shown);
	assert.equal((await keyNow(id)).alias, 'damaged');
});

test('a mistake stands at its field in the page\'s words, and what was typed stays', async () => {
	for (const [field, value, words] of [['amount2', 'abc', /'abc' is not an amount of dollars/], ['rpm', 'many', /'many' is not a whole number/], ['models', 'cheap, no-such', /there is no model 'no-such'; the first that is there is 'cheap'/]]) {
		const reply = await ada.post('/keys/new', { alias: 'mistaken', amount1: '5', period1: '1d', [field]: value });
		assert.equal(reply.status, 422, field);
		const input = new RegExp(`<input name="${field}"[^>]*aria-invalid="true" aria-describedby="wrong"><small class="wrong" id="wrong">([^<]*)<`).exec(reply.text);
		assert.match(input?.[1].replaceAll('&#39;', "'") ?? '', words, field);
		assert.match(input[0], new RegExp(`value="${value}"`));
		assert.match(reply.text, /role="alert">Not saved: see the field that is marked/);
		assert.doesNotMatch(reply.text, /\/1mo&#39;|--|amount4/);
		assert.equal([...reply.text.matchAll(/aria-invalid/g)].length, 1);
	}
	const taken = await ada.post('/keys/new', { alias: 'twice' }), again = await ada.post('/keys/new', { alias: 'twice' });
	assert.equal(taken.status, 200);
	assert.match(again.text, /<input name="alias"[^>]*aria-invalid="true"/);
});

test('budgets of a key at one model are set, shown, left alone, changed and taken away by its form', async () => {
	const at = (id) => gw.sql(`SELECT model, period, limit_nano / 1000000 AS milli FROM budget WHERE scope = 'key_model' AND scope_id = '${id}' AND active ORDER BY model, period`);
	const refused = await ada.post('/keys/new', { alias: 'wrong', model_budgets: '5/1d' });
	assert.match(refused.text, /write it as 5\/1d@gpt-4o/);
	assert.match((await ada.post('/keys/new', { alias: 'wrong', model_budgets: '5/1d@nothing' })).text, /Take it anyway[^]*nothing/);
	const id = await make({ alias: 'at-models', model_budgets: ' 5/1d@cheap,\t0.50@cheap' }), path = `/keys/${id}/edit`;
	assert.deepEqual(await at(id), [{ model: 'cheap', period: '', milli: 500 }, { model: 'cheap', period: '1d', milli: 5000 }]);
	const spent = (await open(path)).model_budgets;
	assert.deepEqual(spent.split(', ').sort(), ['0.5@cheap', '5/1d@cheap']);
	const saved = await save(path, { alias: 'renamed' }, () => api('/key/update', { key: id, model_max_budget: { cheap: { budget_limit: 7, time_period: '1d' } } }));
	assert.equal(saved.status, 303, saved.text + gw.output());
	assert.deepEqual(await at(id), [{ model: 'cheap', period: '1d', milli: 7000 }]);
	assert.equal((await save(path, { model_budgets: '8/1d@cheap' })).status, 303);
	assert.deepEqual(await at(id), [{ model: 'cheap', period: '1d', milli: 8000 }]);
	assert.equal((await save(path, { model_budgets: '' })).status, 303);
	assert.deepEqual(await at(id), []);
});

test('a model that is not there is refused by form and command line until that is meant, and told by the API', async () => {
	const refused = await ada.post('/keys/new', { alias: 'early', models: 'later' });
	assert.match(refused.text, /name="force" value="1">Take it anyway/);
	assert.equal((await ada.post('/keys/new', { alias: 'early', models: 'later', force: '1' })).status, 200);
	for (const models of ['cheap', 'ch*', 'all-team-models']) assert.equal((await ada.post('/keys/new', { alias: `fine ${models}`, models })).status, 200, models);
	const cli = await gw.cli('keys', 'create', '--alias', 'early-too', '--models', 'cheap,later');
	assert.notEqual(cli.status, 0);
	assert.match(cli.stderr, /--force.*there is no model 'later'/);
	assert.equal((await gw.cli('keys', 'create', '--alias', 'early-too', '--models', 'cheap,later', '--force')).status, 0);
	const made = await api('/key/generate', { key_alias: 'early-three', models: ['later'] });
	assert.match(made.warnings[0], /there is no model 'later'/);
	const budget = { budget_limit: 1, time_period: '1d' };
	assert.match((await api('/key/generate', { key_alias: 'early-five', model_max_budget: { later: budget } })).warnings[0], /there is no model 'later'/);
	assert.equal((await api('/key/generate', { key_alias: 'early-four', models: ['cheap'], model_max_budget: { cheap: budget } })).warnings, undefined);
});

test('the page of a new key says where to send it, by curl, SDKs and Claude Code', async () => {
	const page = (await ada.post('/keys/new', { alias: 'with-lines' })).text.replaceAll('&quot;', '"');
	const [, secret] = /<code id="secret">(sk-[^<]+)</.exec(page);
	for (const line of [`curl ${gw.base}/v1/chat/completions -H "Authorization: Bearer ${secret}"`, `OpenAI(base_url="${gw.base}/v1", api_key="${secret}")`,
		`Anthropic(base_url="${gw.base}", api_key="${secret}")`, `ANTHROPIC_BASE_URL=${gw.base} ANTHROPIC_AUTH_TOKEN=${secret} claude --model cheap`]) assert.ok(page.includes(line), line);
	const reply = await fetch(/curl (\S+)/.exec(page)[1], { method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: /-d '([^']+)'/.exec(page.replaceAll('&#39;', "'"))[1] });
	assert.equal(reply.status, 200);
});

// The last good day of a key, and what the trail says of it, are days of the settings' zone.
test('an expiry is a day of the settings\' zone, in the form, the list and the trail', async () => {
	const own = await gateway({ settings: settings([deployment('cheap', up.base)], { sideways: { timezone: 'Etc/GMT-14' } }) });
	makeAdmin(own, 'ada');
	const far = new Panel(own.base);
	await far.signIn('ada');
	await own.key('--alias', 'short');
	const id = (await own.sql('SELECT id FROM virtual_key'))[0].id, at = `/keys/${id}/edit`;
	const fields = fieldsOf((await far.get(at)).text, at);
	assert.equal((await far.send('POST', at, { fields: { ...fields, expires: '2040-02-29' } })).status, 303);
	assert.equal((await own.sql('SELECT expires_ms FROM virtual_key'))[0].expires_ms, Date.parse('2040-03-01T00:00:00+14:00'));
	assert.match((await far.get(at)).text, /name="expires"[^>]*value="2040-02-29"/);
	assert.match((await far.get('/keys')).text, /2040-02-29/);
	assert.match((await far.get('/audit')).text, /2040-03-01 00:00:00/);
});

test('a change of models that names one which is not there is taken, and told, as a new key is', async () => {
	const made = await api('/key/generate', { models: ['cheap'] });
	assert.equal(made.warnings, undefined);
	assert.match((await api('/key/update', { key: made.key, models: ['no-such'] })).warnings[0], /no model 'no-such'/);
	assert.equal((await api('/key/update', { key: made.key, rpm_limit: 5 })).warnings, undefined);
});
