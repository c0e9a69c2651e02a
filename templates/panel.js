// Everything works without this.  Adds: a button that copies, a question before what cannot be undone.
document.addEventListener('click', (event) => {
	const button = event.target.closest('[data-copy]');
	if (!button) return;
	const source = document.getElementById(button.dataset.copy);
	navigator.clipboard.writeText(source.textContent.trim()).then(() => {
		button.textContent = 'Copied';
	}, () => {
		getSelection().selectAllChildren(source);
	});
});
for (const button of document.querySelectorAll('[data-copy]')) button.hidden = !navigator.clipboard;
for (const form of document.querySelectorAll('form[data-ask]')) {
	form.addEventListener('submit', (event) => {
		if (!confirm(form.dataset.ask)) event.preventDefault();
	});
}
