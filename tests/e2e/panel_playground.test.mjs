// The playground: an answer that is written into the page as it comes, charged to the key that was chosen.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, ada, secret;

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([deployment('cheap', up.base), deployment('cheap-too', up.base), deployment('dear', up.base, { tier: 'premium' })],
		{ router: { fallbacks: [{ cheap: ['dear', 'cheap-too'] }], allowed_fails: 1000 } }) });
	makeAdmin(gw, 'ada');
	makeAdmin(gw, 'eve', 'viewer');
	secret = await gw.key('--alias', 'payer', '--budget', '1/1d', '--models', 'cheap,cheap-too');
	ada = new Panel(gw.base);
	await ada.signIn('ada');
});

const ask = (fields) => ada.post('/playground', { model: 'cheap', key: 'payer', prompt: 'Say <b>hi</b>', ...fields }, { from: '/playground' });
const spent = async () => (await gw.sql(`SELECT coalesce(sum(cost_nano), 0) AS n FROM request r JOIN virtual_key k ON k.id = r.key_id WHERE k.alias = 'payer'`))[0].n;

test('the answer, what it cost and where it went stand on the page, and the key has paid', async () => {
	const before = await spent(), reply = await ask({});
	assert.equal(reply.status, 200);
	const [, answer] = /<pre id="answer">\n?([\s\S]*?)<\/pre>/.exec(reply.text);
	assert.ok(answer.trim().length > 0, reply.text);
	assert.doesNotMatch(answer, /<[a-z]/);
	const id = /\/requests\/([0-9a-z]{26})">Where it went and why/.exec(reply.text)[1], row = await gw.record(id);
	assert.match(reply.text, /It cost \$[0-9.]+\. It went to cheap, cheap/);
	assert.equal(row.route, 'playground');
	assert.equal(row.end_user, 'ada');
	assert.equal(await spent() - before, row.cost_nano);
	assert.match(reply.text, /<textarea name="prompt" required>Say &lt;b&gt;hi&lt;\/b&gt;<\/textarea>/);
	assert.match(reply.text, /<\/html>\s*$/);
	assert.match(reply.headers['content-security-policy'], /default-src 'none'/);
});

test('a fallback is told, and a failure stands where the answer would', async () => {
	up.always('cheap', play.status(500));
	assert.match((await ask({})).text, /It went to cheap-too, cheap, after 1 model groups that could not answer; 1 dearer not taken/);
	up.always('cheap-too', play.status(500));
	assert.match((await ask({})).text, /class="problem" role="alert">[^<]+<[\s\S]*Where it went and why/);
	for (const name of ['cheap', 'cheap-too']) up.always(name, play.status(200));
});

test('mistakes are told by the form, a model that the key may not use by the answer, and viewers have no playground', async () => {
	for (const [fields, words] of [[{ key: 'nobody' }, /no key &#39;nobody&#39;; give its id/], [{ key: '' }, /choose the key/], [{ prompt: '' }, /write a prompt/]]) {
		const reply = await ask(fields);
		assert.equal(reply.status, 422);
		assert.match(reply.text, words);
	}
	assert.match((await ask({ model: 'dear' })).text, /role="alert">[^<]*dear/);
	const eve = new Panel(gw.base);
	await eve.signIn('eve');
	assert.equal((await eve.get('/playground')).status, 403);
	assert.doesNotMatch((await eve.get('/')).text, /\/playground/);
	assert.equal((await eve.post('/playground', { model: 'cheap', key: 'payer', prompt: 'hi' })).status, 403);
});

test('a key that was typed itself pays, and stands in no page, also when it is none', async () => {
	up.always('cheap', play.ok());
	const reply = await ask({ key: secret });
	assert.match(reply.text, /It cost/);
	assert.match(reply.text, /name="key" value="payer"/);
	assert.ok(!reply.text.includes(secret));
	const unknown = await ask({ key: 'sk-nobody-has-this-one-0001' });
	assert.equal(unknown.status, 422);
	assert.ok(!unknown.text.includes('nobody-has'), unknown.text);
});
