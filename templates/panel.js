// Everything works without this.  Adds: a button that copies, a question before what cannot be undone, renewing that waits while
// nobody looks or somebody writes, and keeps what is open.
document.addEventListener('click', (event) => {
	const button = event.target.closest('[data-copy]');
	if (!button) return;
	const source = document.getElementById(button.dataset.copy);
	const copied = () => { button.textContent = 'Copied'; };
	getSelection().selectAllChildren(source); // what is left to do by hand where neither way works
	if (navigator.clipboard) navigator.clipboard.writeText(source.textContent.trim()).then(copied, () => {});
	else if (document.execCommand('copy')) copied(); // without HTTPS there is only the old way
});
for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;
for (const form of document.querySelectorAll('form[data-ask]')) {
	form.addEventListener('submit', (event) => {
		if (!confirm(form.dataset.ask)) event.preventDefault();
	});
}

const renew = Number(document.body.dataset.renew ?? 0) * 1000;
const kept = `opened ${location.pathname}`;
if (renew) {
	for (const id of JSON.parse(sessionStorage.getItem(kept) ?? '[]')) document.getElementById(id)?.setAttribute('open', '');
	sessionStorage.removeItem(kept);
	let due = Date.now() + renew;
	setInterval(() => {
		const busy = document.activeElement?.closest('form, .chart') || document.querySelector('.dates[open]');
		if (Date.now() < due || busy || document.hidden) return;
		due = Infinity;
		sessionStorage.setItem(kept, JSON.stringify([...document.querySelectorAll('details[open][id]')].map((one) => one.id)));
		location.reload();
	}, 1000);
}
