// The panel's pages in Debian's Firefox: what another engine lays out differently.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { picture, SHOTS, stage, WIDTHS } from './lib/browser.mjs';
import { Firefox } from './lib/firefox.mjs';
import { PASSWORD } from './lib/panel.mjs';
import { upstream } from './lib/story.mjs';

let up;

before(async () => { up = await upstream(); });

for (const dark of [false, true])
	describe(`Firefox, ${dark ? 'dark' : 'light'}`, () => {
		let gw, pages, fox;
		before(async () => {
			({ gw, pages } = await stage(up, 'fastcgi'));
			fox = await Firefox.start({ dark });
			await fox.goto(`${gw.base}/admin/sign-in`);
			await fox.ask(`(document.querySelector('[name=name]').value = 'ada', document.querySelector('[name=password]').value = ${JSON.stringify(PASSWORD)}, document.querySelector('main form').submit(), 1)`).catch(() => {});
			for (let at = ''; !at.endsWith('/admin/');) {
				at = await fox.ask('location.pathname').catch(() => '');
				await new Promise((resolve) => { setTimeout(resolve, 100); });
			}
		});
		after(() => fox?.stop());

		for (const width of WIDTHS)
			test(`all pages at ${width} px`, async () => {
				await fox.size(width, 900);
				const found = [];
				for (const link of pages) {
					await fox.goto(`${gw.base}/admin${link}`);
					// Wider than the window; text that is cut by its own box; a word beyond the window that no window of a table scrolls to.
					for (const fault of await fox.ask(`[
						...(document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the page is wider than the window'] : []),
						...[...document.querySelectorAll('button, .badge, h1, h2, dd, nav a, label, summary')].filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
							&& getComputedStyle(one).overflowX === 'hidden' && getComputedStyle(one).textOverflow !== 'ellipsis').map((one) => 'cut: ' + one.outerHTML.slice(0, 120)),
						...[...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && !one.closest('.table, .plot, svg, pre, .hidden, .skip') && one.getBoundingClientRect().right > innerWidth + 1)
							.map((one) => 'beyond the window: ' + one.outerHTML.slice(0, 120)),
						...(window.hacked === undefined ? [] : ['a planted script ran']) ]`)) found.push(`${link}: ${fault}`);
					if (width === 900) {
						await fox.ask(`(() => { ${axe.source}; })()`);
						for (const one of await fox.ask(`globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }).then((all) => all.violations.map((one) => one.id + ': ' + one.nodes[0].html.slice(0, 200)))`))
							found.push(`${link}: ${one}`);
					}
					if (SHOTS) await fox.picture(path.join(SHOTS, `firefox-${picture(link)}-${width}-${dark ? 'dark' : 'light'}.png`));
				}
				assert.deepEqual(found, []);
			});
	});
