// What differs on purpose, and what is LiteLLM's own: each with its reason.
//	what   the difference as beside.mjs prints it, LiteLLM's on the left
//	at     names of requests; without it all
//	whose  'ours': on purpose; 'theirs': LiteLLM's own, which no client needs or which is a fault there
export const listed = [
];
